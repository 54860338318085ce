package dev.claudevm.conversation;

import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.WorkspaceAgents;
import dev.claudevm.workspace.WorkspaceId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/** Which agents' programs are where the workspaces run. Messages to an agent whose program is on its way wait here, where the page says why. */
@Component
class Arrivals {

    private static final Duration TELL_EVERY = Duration.ofSeconds(1);

    private final WorkspaceAgents programs;
    private final Agents agents;
    private final CommandRepository commands;
    private final Feed feed;
    private final Map<WorkspaceId, Set<String>> there = new ConcurrentHashMap<>();
    private final Map<Awaited, Agents.Need> needs = new ConcurrentHashMap<>();

    Arrivals(WorkspaceAgents programs, Agents agents, CommandRepository commands, Feed feed) {
        this.programs = programs;
        this.agents = agents;
        this.commands = commands;
        this.feed = feed;
    }

    private record Awaited(WorkspaceId workspace, String agent) {}

    /** Its bridge has gone; it may come home from somewhere else. */
    void forget(WorkspaceId id) {
        there.remove(id);
        needs.keySet().removeIf(awaited -> awaited.workspace().equals(id));
    }

    /** @return false also when nobody has looked yet */
    boolean isThere(WorkspaceId id, String agent) {
        return there.getOrDefault(id, Set.of()).contains(agent);
    }

    /** Looks. @return whether the program of now is there */
    boolean look(WorkspaceId id, String agent) {
        Set<String> known = there.computeIfAbsent(id, key -> ConcurrentHashMap.newKeySet());
        if (!programs.has(id, agent)) {
            known.remove(agent);
            return false;
        }
        known.add(agent);
        if (needs.remove(new Awaited(id, agent)) != null) {
            tell(id, agent);
        }
        return true;
    }

    /** Takes as long as it takes. @return false: it could not be brought, and who waits is told why */
    boolean bring(WorkspaceId id, String agent, BooleanSupplier wanted) {
        String label = agents.find(agent).map(Agents.KnownAgent::label).orElse(agent);
        String begun = label + "'s program is being copied to where the workspace runs";
        say(id, agent, new Agents.Need(begun + " …", "", true));
        AtomicLong told = new AtomicLong(System.nanoTime());
        try {
            programs.bring(id, agent, wanted, figure -> {
                if (wanted.getAsBoolean()) {
                    needs.put(new Awaited(id, agent), new Agents.Need(begun + ", " + figure + " …", "", true));
                }
                if (System.nanoTime() - told.get() > TELL_EVERY.toNanos()) {
                    told.set(System.nanoTime());
                    tell(id, agent);
                }
            });
            return true;
        } catch (Problem e) {
            if (wanted.getAsBoolean()) {
                say(
                        id,
                        agent,
                        new Agents.Need(
                                label + "'s program could not be copied. " + e.getMessage(),
                                e.todo() + " It is tried again by itself.",
                                false));
            } else {
                needs.remove(new Awaited(id, agent));
            }
            return false;
        }
    }

    /** @return what keeps the agent from working in this workspace */
    Optional<Agents.Need> need(WorkspaceId id, String agent) {
        return agents.need(agent).or(() -> Optional.ofNullable(needs.get(new Awaited(id, agent))));
    }

    private void say(WorkspaceId id, String agent, Agents.Need need) {
        needs.put(new Awaited(id, agent), need);
        tell(id, agent);
    }

    private void tell(WorkspaceId id, String agent) {
        for (CommandRepository.Undelivered waiting : commands.undelivered()) {
            if (waiting.workspace().equals(id) && waiting.agent().equals(agent)) {
                feed.publishPending(waiting.conversation());
                feed.publishConversation(waiting.conversation());
                feed.publishOverview();
            }
        }
    }
}
