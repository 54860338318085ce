package dev.claudevm.conversation;

import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Looks after messages that wait for their agent: what the agent needs is tried again, and who watches is told. */
@Component
class Preparations {

    private static final long TRY_EVERY_MS = 60_000;

    private final CommandRepository commands;
    private final Agents agents;
    private final Feed feed;

    Preparations(CommandRepository commands, Agents agents, Feed feed) {
        this.commands = commands;
        this.agents = agents;
        this.feed = feed;
    }

    @EventListener
    void on(AgentNeedsChanged changed) {
        for (CommandRepository.Undelivered waiting : commands.undelivered()) {
            if (waiting.agent().equals(changed.agent())) {
                feed.publishPending(waiting.conversation());
                feed.publishConversation(waiting.conversation());
            }
        }
    }

    /** A network comes back, somebody installs npm: no message has to be said again for that. */
    @Scheduled(fixedDelay = TRY_EVERY_MS, initialDelay = 1_000)
    void tryAgain() {
        commands.undelivered().stream()
                .map(CommandRepository.Undelivered::agent)
                .distinct()
                .forEach(agents::prepare);
    }
}
