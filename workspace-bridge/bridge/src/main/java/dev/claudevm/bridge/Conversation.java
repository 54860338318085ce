package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import dev.claudevm.agents.AgentState;
import dev.claudevm.agents.Fact;
import dev.claudevm.bridge.Commit.RawMark;
import dev.claudevm.bridge.ConversationCore.AgentDied;
import dev.claudevm.bridge.ConversationState.Waiting;
import dev.claudevm.bridge.checkpoint.Checkpoints;
import dev.claudevm.protocol.Bridge.AgentSpec;
import dev.claudevm.protocol.Bridge.ConversationSpec;
import dev.claudevm.protocol.Bridge.ConversationStatus;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventBody.Attachment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One conversation at work. One virtual thread owns everything in here; others reach it through its mailbox. It looks
 * at the agent's output often while a turn runs and seldom while it rests.
 */
final class Conversation {

    private static final System.Logger LOG = System.getLogger(Conversation.class.getName());
    private static final int MAX_EVENTS_A_COMMIT = 200;
    private static final long LOOK_EVERY_MILLIS = 200;
    private static final long ASK_TMUX_EVERY_MILLIS = 2000;
    private static final int PANE_EVENTS = 200;
    private static final long TROUBLE_MILLIS = 500;

    private final ConversationSpec spec;
    private final Path folder;
    private final long generation;
    private final Adapter adapter;
    private final Supplier<AgentSpec> agent;
    private final AgentLauncher launcher;
    private final Tmux tmux;
    private final ConversationCore core;
    private final AgentFacts facts;
    private final Pane pane;
    private final TypedMessages typed;
    private final ConversationJournal journal;
    private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final TurnGate gate;
    private final ConversationCheckpoints checkpoints;
    private final Unfinished unfinished = new Unfinished();
    private final Interruption interruption;

    private volatile ConversationState state;
    private AgentState agentState;
    private @Nullable AgentRun run;
    private @Nullable RawTail tail;
    private int launchedRun;
    private long lookedAt;
    private long askedTmuxAt;
    private long heardAt;
    private volatile boolean closing;

    Conversation(
            ConversationSpec spec,
            Path folder,
            long createdIn,
            BridgeConfig config,
            Adapter adapter,
            Supplier<AgentSpec> agent,
            Tmux tmux,
            java.time.Clock clock,
            Checkpoints workspaceCheckpoints,
            TurnGate gate)
            throws IOException {
        this.spec = spec;
        this.folder = folder;
        this.generation = config.generation();
        this.adapter = adapter;
        this.agent = agent;
        this.tmux = tmux;
        this.launcher = new AgentLauncher(config);
        this.core = new ConversationCore(spec.agent(), adapter);
        this.facts = new AgentFacts(spec.id());
        this.pane = new Pane(folder.resolve("pane.txt"), agent.get().label());
        this.typed = new TypedMessages(folder.resolve("typed"));
        this.journal = ConversationJournal.open(
                folder.resolve("journal.ndjson"), clock, ConversationState.begin(createdIn, spec.mode()));
        this.state = journal.opened();
        this.agentState = adapter.begin(launcher.launch(spec.id(), state));
        this.interruption = new Interruption(config.stopPatience().toMillis());
        this.gate = gate;
        this.checkpoints = new ConversationCheckpoints(
                workspaceCheckpoints,
                gate,
                journal.checkpoints(),
                commit -> ask(() -> {
                            commit(commit);
                            return true;
                        })
                        .thenAccept(_ -> {}));
        Thread.ofVirtual().name("conversation " + spec.id()).start(this::live);
    }

    ConversationSpec spec() {
        return spec;
    }

    ConversationStatus status() {
        ConversationState s = state;
        return new ConversationStatus(
                spec.id(),
                spec.agent(),
                s.lastSeq(),
                s.running() != null,
                s.queue().size());
    }

    /** @return the answer when it is on the disk; fails with an IOException that says what to do when it cannot be */
    CompletableFuture<CommandResult> command(Command command) {
        return command instanceof Command.Restore restore
                ? ask(() -> restore(restore)).thenCompose(answer -> answer)
                : ask(() -> take(command));
    }

    /** @return when all commands before are done: whether no turn runs and none would begin; a paused queue begins none */
    CompletableFuture<Boolean> settled() {
        return ask(() -> state.running() == null && (state.queue().isEmpty() || state.pausedBy() != null));
    }

    /** @return what the journal says of checkpoints; any thread may read it */
    CheckpointLog checkpoints() {
        return checkpoints.log();
    }

    /** @param after the last event that the reader has */
    CompletableFuture<Follower> follow(long after) {
        return ask(() -> {
            Follower follower = new Follower(journal.events(), after);
            follower.upTo(state.lastSeq());
            unfinished.whole().forEach(d -> follower.delta(d, unfinished::whole));
            followers.add(follower);
            return follower;
        });
    }

    /** Writes {@code workspace.stopped} and ends the thread; the agent goes on. */
    CompletableFuture<Void> stop(@Nullable String why) {
        mailbox.add(() -> {
            if (why != null) {
                try {
                    commit(Commit.of(List.of(new EventBody.WorkspaceStopped(why))));
                } catch (IOException e) {
                    LOG.log(System.Logger.Level.WARNING, e.getMessage());
                }
            }
            closing = true;
        });
        return ended;
    }

    /** Looks at once whether something can go on, for example because agents have become known. */
    void wake() {
        mailbox.add(() -> {});
    }

    /** @return finds the whole output of a tool; any thread */
    ToolOutput toolOutput() {
        return new ToolOutput(folder.resolve("runs"), adapter, launcher.launch(spec.id(), state));
    }

    private interface Job<T> {
        T run() throws IOException;
    }

    private <T> CompletableFuture<T> ask(Job<T> job) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        mailbox.add(() -> {
            try {
                answer.complete(job.run());
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    // --- the owner's thread ------------------------------------------------------------------------------------------

    private void live() {
        checkpoints.begin();
        long troubleUntil = 0;
        boolean begun = false;
        while (!closing) {
            try {
                Runnable job = mailbox.poll(pauseMillis(), TimeUnit.MILLISECONDS);
                while (job != null && !closing) {
                    job.run();
                    job = mailbox.poll();
                }
                if (closing || millis() < troubleUntil) {
                    continue;
                }
                if (!begun) {
                    begin();
                    begun = true;
                }
                tick();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "Conversation " + spec.id() + ": " + e.getMessage(), e);
                troubleUntil = millis() + TROUBLE_MILLIS;
                begun = false; // what was folded but not written is folded again
            }
        }
        followers.forEach(Follower::close);
        ended.complete(null);
    }

    private long pauseMillis() {
        ConversationState s = state;
        if (!s.alive()) {
            return 500;
        }
        if (s.running() == null && unfinished.isEmpty()) {
            return 50;
        }
        return millis() - heardAt < 5000 ? 4 : 12;
    }

    private static long millis() {
        return System.nanoTime() / 1_000_000;
    }

    private void begin() throws IOException {
        pane.begin(journal.lastEvents(PANE_EVENTS));
        if (state.alive()) {
            attach();
            AgentRun current = run;
            if (current != null && (current.began() || tmux.has("conv-" + spec.id()))) {
                launchedRun = current.number();
            }
        }
        askedTmuxAt = 0;
        lookedAt = 0;
    }

    private void tick() throws IOException {
        AgentRun current = run;
        if (current != null) {
            current.flush();
            digest(false);
            endIfDeaf(current);
            look(current);
            for (Command message : typed.read(state.alive())) {
                take(message);
                typed.done(message.id());
            }
        }
        if (state.generation() != generation) {
            commit(Commit.of(List.of(new EventBody.WorkspaceStarted(generation))));
        }
        proceed();
    }

    /** An agent that hangs does not read that it should stop. */
    private void endIfDeaf(AgentRun current) throws IOException {
        ConversationState.Running running = state.running();
        if (running != null && interruption.overdue(running.turnId(), millis()) && current.end()) {
            interruption.ended(current.number());
        }
    }

    private void look(AgentRun current) throws IOException {
        long now = millis();
        if (now - lookedAt < LOOK_EVERY_MILLIS || launchedRun != current.number()) {
            return;
        }
        lookedAt = now;
        boolean thorough = now - askedTmuxAt >= ASK_TMUX_EVERY_MILLIS;
        if (thorough) {
            askedTmuxAt = now;
        }
        AgentDied died = current.died(thorough);
        if (died == null) {
            return;
        }
        digest(true);
        if (interruption.hasEnded(current.number())) {
            died = new AgentDied(
                    died.exitCode(), "The agent did not stop when it was asked to, so it was ended.", died.lastWords());
        }
        if (died.exitCode() == null && state.generation() != generation) {
            died = new AgentDied(null, "The workspace was stopped while the agent ran.", died.lastWords());
        }
        Commit last = Commit.of(List.of());
        for (Fact fact : adapter.ended(agentState)) {
            last = last.and(facts.on(state.after(last), fact));
        }
        commit(last.and(core.on(state.after(last), died)));
        detach();
    }

    private void proceed() throws IOException {
        for (Commit next = core.next(state, this::attachments);
                next != null;
                next = core.next(state, this::attachments)) {
            if (!gate.enter()) {
                return;
            }
            try {
                commit(next);
            } finally {
                gate.leave();
            }
            launchIfNew();
        }
        launchIfNew();
    }

    private void launchIfNew() throws IOException {
        AgentRun current = run;
        if (current == null || !state.alive() || launchedRun == current.number()) {
            return;
        }
        launchedRun = current.number();
        askedTmuxAt = millis();
        try {
            launcher.start(current, adapter, agent.get(), launcher.launch(spec.id(), state));
        } catch (IOException e) {
            commit(core.on(state, new AgentDied(null, "The agent could not be started: " + e.getMessage(), "")));
            detach();
        }
    }

    private List<Attachment> attachments(Waiting message) {
        return message.attachments() == 0 ? List.of() : journal.attachments(message);
    }

    private CompletableFuture<CommandResult> restore(Command.Restore command) {
        CommandResult known = journal.took(command.id());
        return known != null ? CompletableFuture.completedFuture(known) : checkpoints.restore(command);
    }

    private CommandResult take(Command command) throws IOException {
        CommandResult known = journal.took(command.id());
        if (known != null) {
            return known;
        }
        Commit commit = core.on(state, agentState, command, journal::answeredBy, this::attachments);
        ConversationState.Running running = state.running();
        commit(commit);
        if (command instanceof Command.Interrupt && running != null) {
            interruption.asked(running.turnId(), millis());
        }
        return commit.took().values().iterator().next();
    }

    /** Writes down, then shows and says. */
    private void commit(Commit commit) throws IOException {
        if (commit.isEmpty()) {
            return;
        }
        String line = journal.append(commit);
        state = state.after(commit);
        AgentRun current = run;
        if (state.alive() && (current == null || current.number() != state.run())) {
            attach();
        } else if (current != null && commit.send() != null) {
            current.saySoon(ConversationJournal.bytes(commit.send()));
        }
        CrashPoint.AFTER_SEND.reached(line);
        if (!commit.events().isEmpty()) {
            followers.removeIf(Follower::closed);
            followers.forEach(f -> f.upTo(state.lastSeq()));
            pane.show(commit.events());
            checkpoints.on(commit.events());
        }
    }

    /** Brings the newest run's input and the adapter's state to where the journal is. */
    private void attach() throws IOException {
        detach();
        AgentRun current = new AgentRun(folder, spec.id(), state.run(), tmux);
        run = current;
        agentState = adapter.begin(launcher.launch(spec.id(), state));
        journal.missing(state, current.said(), current::saySoon);
        int maxLine = (int) Math.min(
                dev.claudevm.protocol.Limits.AGENT_LINE_BYTES,
                Runtime.getRuntime().maxMemory() / 8);
        RawTail fresh = new RawTail(current.raw(), 0, maxLine);
        tail = fresh;
        long digested = state.raw().offset();
        while (fresh.position() < digested) {
            List<RawTail.Line> lines = fresh.read(digested);
            if (lines.isEmpty() && !fresh.more()) {
                // Only the journal is fsynced: after a power failure the agent's output may lack its end. The agent is
                // dead then.
                break;
            }
            for (RawTail.Line line : lines) {
                for (Fact fact : step(line)) {
                    unfinished.on(fact);
                }
            }
        }
    }

    private void detach() throws IOException {
        if (tail != null) {
            tail.close();
        }
        tail = null;
        run = null;
        unfinished.clear();
    }

    private List<Fact> step(RawTail.Line line) {
        if (line.text() == null) {
            return List.of(new Fact.Noticed("The agent wrote a line of " + line.bytes() + " bytes; it was left out."));
        }
        try {
            Adapter.Step step = adapter.on(agentState, line.text());
            agentState = step.state();
            return step.facts();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "A line of the agent was not understood", e);
            return List.of();
        }
    }

    /** @param all also when somebody waits in the mailbox */
    private void digest(boolean all) throws IOException {
        RawTail from = tail;
        AgentRun current = run;
        if (from == null || current == null) {
            return;
        }
        while (from.more() && (all || mailbox.isEmpty())) {
            List<EventBody> events = new ArrayList<>();
            List<String> heard = new ArrayList<>();
            ConversationState then = state;
            long end = state.raw().offset();
            for (RawTail.Line line : from.read(Long.MAX_VALUE)) {
                heardAt = millis();
                List<Fact> said = step(line);
                boolean pieces = said.stream().anyMatch(f -> f instanceof Fact.Partial);
                if (pieces || events.size() >= MAX_EVENTS_A_COMMIT) {
                    flush(current, events, heard, end);
                    then = state;
                }
                for (Fact fact : said) {
                    var delta = unfinished.on(fact);
                    if (delta != null) {
                        followers.forEach(f -> f.delta(delta, unfinished::whole));
                    }
                    Commit commit = facts.on(then, fact);
                    events.addAll(commit.events());
                    heard.addAll(commit.heard());
                    then = then.after(commit);
                }
                end = line.end();
            }
            flush(current, events, heard, end);
        }
    }

    private void flush(AgentRun current, List<EventBody> events, List<String> heard, long end) throws IOException {
        Commit commit =
                new Commit(List.copyOf(events), new RawMark(current.number(), end), Map.of(), null, List.copyOf(heard));
        events.clear();
        heard.clear();
        commit(commit);
    }
}
