package dev.claudevm.bridge;

import dev.claudevm.protocol.EventBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The readable rendering of a conversation that its tmux pane shows ({@code pane.txt}). It is for people only: when the
 * disk is full, lines of it are lost, nothing else.
 */
final class Pane {

    private static final String BOLD = "\033[1m";
    private static final String DIM = "\033[2m";
    private static final String CYAN = "\033[36m";
    private static final String GREEN = "\033[32m";
    private static final String RED = "\033[31m";
    private static final String YELLOW = "\033[33m";
    private static final String OFF = "\033[0m";
    private static final int OUTPUT_LINES = 6;

    private final Path file;
    private final String label;

    /** @param label what the agent is called */
    Pane(Path file, String label) {
        this.file = file;
        this.label = label;
    }

    /** Begins anew, with these events. */
    void begin(List<EventBody> events) {
        try {
            Files.writeString(
                    file, DIM + "claude-vm: type a message and press Enter; detach with Ctrl-B d" + OFF + "\n");
        } catch (IOException e) {
            return;
        }
        show(events);
    }

    void show(List<EventBody> events) {
        StringBuilder text = new StringBuilder();
        for (EventBody event : events) {
            String line = line(event);
            if (line != null) {
                text.append(line).append('\n');
            }
        }
        if (text.isEmpty()) {
            return;
        }
        try {
            Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            System.getLogger(Pane.class.getName())
                    .log(System.Logger.Level.DEBUG, "The pane misses some lines: " + e.getMessage());
        }
    }

    private @Nullable String line(EventBody event) {
        return switch (event) {
            case EventBody.MessageQueued m -> BOLD + CYAN + plain(m.by()) + OFF + " " + plain(m.text());
            case EventBody.MessageEdited m -> DIM + "edited by " + plain(m.by()) + ": " + OFF + plain(m.text());
            case EventBody.MessageWithdrawn m -> DIM + "a message was withdrawn by " + plain(m.by()) + OFF;
            case EventBody.MessageSteered _ -> DIM + "said to the running turn" + OFF;
            case EventBody.MessageReturned m -> YELLOW + "the message waits again: " + plain(m.why()) + OFF;
            case EventBody.QueuePaused p -> YELLOW + "queue paused by " + plain(p.by()) + OFF;
            case EventBody.QueueResumed p -> DIM + "queue resumed by " + plain(p.by()) + OFF;
            case EventBody.TurnFinished t ->
                switch (t.outcome()) {
                    case DONE -> DIM + "── done ──" + OFF;
                    case INTERRUPTED -> YELLOW + "── interrupted ──" + OFF;
                    case FAILED -> RED + "── failed: " + plain(t.why() == null ? "" : t.why()) + " ──" + OFF;
                };
            case EventBody.Text t -> BOLD + GREEN + plain(label) + OFF + " " + plain(t.markdown());
            case EventBody.Thinking t -> DIM + plain(t.markdown()) + OFF;
            case EventBody.ToolStarted t -> DIM + "• " + OFF + plain(t.name()) + " " + plain(t.title());
            case EventBody.ToolFinished t -> (t.ok() ? DIM : RED) + head(plain(t.output())) + OFF;
            case EventBody.ApprovalOpened a ->
                YELLOW + BOLD + "approval needed: " + plain(a.tool()) + " " + plain(a.title()) + OFF;
            case EventBody.ApprovalResolved a ->
                YELLOW + a.decision().name().toLowerCase(java.util.Locale.ROOT) + " by " + plain(a.by()) + OFF;
            case EventBody.QuestionOpened q -> {
                StringBuilder text = new StringBuilder(YELLOW + BOLD + "question:" + OFF);
                q.questions().forEach(i -> text.append(' ').append(plain(i.question())));
                yield text.toString();
            }
            case EventBody.QuestionAnswered q ->
                YELLOW + (q.withdrawn() ? "question withdrawn" : "answered by " + plain(q.by())) + OFF;
            case EventBody.AgentStarted a -> DIM + (a.resumed() ? "agent resumed" : "agent started") + OFF;
            case EventBody.AgentExited a -> YELLOW + plain(a.what()) + OFF;
            case EventBody.AgentRetrying r ->
                YELLOW + "trying again (" + r.attempt() + "/" + r.maxAttempts() + "): " + plain(r.why()) + OFF;
            case EventBody.AgentFailed f -> RED + plain(f.what()) + OFF + "\n" + plain(f.todo());
            case EventBody.ModeChanged m -> DIM + "mode: " + plain(m.mode()) + OFF;
            case EventBody.Notice n -> DIM + plain(n.text()) + OFF;
            case EventBody.WorkspaceStarted _ -> DIM + "workspace started" + OFF;
            case EventBody.WorkspaceStopped s -> DIM + "workspace stopped: " + plain(s.why()) + OFF;
            case EventBody.Plan p -> {
                StringBuilder text = new StringBuilder(DIM + "plan:" + OFF);
                p.entries()
                        .forEach(e -> text.append("\n  ")
                                .append(e.status().equals("completed") ? "[x] " : "[ ] ")
                                .append(plain(e.content())));
                yield text.toString();
            }
            case EventBody.CheckpointRestored r ->
                YELLOW + plain(r.by()) + " restored " + (r.hunk() == null ? "" : "a change of ")
                        + (r.path() == null ? "all files" : plain(r.path())) + OFF;
            case EventBody.CheckpointFailed f -> YELLOW + plain(f.what()) + OFF;
            case EventBody.CheckpointTaken _,
                    EventBody.MessageMoved _,
                    EventBody.TurnStarted _,
                    EventBody.AgentReady _,
                    EventBody.Unknown _ -> null;
        };
    }

    /** What others wrote must not steer the terminal. */
    static String plain(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c ->
                        result.appendCodePoint(c == '\n' || c == '\t' || !Character.isISOControl(c) ? c : '\ufffd'));
        return result.toString();
    }

    private static String head(String output) {
        List<String> lines = output.lines().limit(OUTPUT_LINES + 1L).toList();
        String shown = String.join("\n", lines.subList(0, Math.min(lines.size(), OUTPUT_LINES)))
                .indent(2)
                .stripTrailing();
        return lines.size() > OUTPUT_LINES ? shown + "\n  …" : shown;
    }
}
