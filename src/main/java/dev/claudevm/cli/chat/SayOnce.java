package dev.claudevm.cli.chat;

import dev.claudevm.cli.PlainText;
import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ConversationStream;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Delta;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Says one message and shows what follows until its turn ends, for scripts. The agent's text goes to {@code out}, what
 * happens besides to {@code err}; with JSON, every event goes to {@code out}, a line each.
 */
public final class SayOnce implements ConversationStream.Reader, Outbox.Listener, Waits.Listener, AutoCloseable {

    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;
    private final EventText text = new EventText(new Ink(false));
    private final StreamedText streamed = new StreamedText();
    private final String messageId = UUID.randomUUID().toString();
    private final ConversationStream stream;
    private final Outbox outbox;
    private final Writes writes;
    private final Waits waits;
    private volatile boolean heard;
    private @Nullable String turnId;
    private volatile @Nullable ExitCode exit;
    private volatile @Nullable CliException refusal;

    /** @param known the number of the newest event: what is older is not shown */
    public SayOnce(
            ApiClient api,
            String conversationId,
            long known,
            Path outbox,
            PrintStream out,
            PrintStream err,
            boolean json) {
        this.out = out;
        this.err = err;
        this.json = json;
        this.stream = new ConversationStream(api, conversationId, known);
        this.outbox = new Outbox(outbox, api, this);
        this.waits = new Waits(api, conversationId, this);
        this.writes = new Writes(api.server().url().toString(), conversationId);
    }

    /**
     * @return OK when the turn was done, FAILED when it failed, was interrupted or never came
     * @throws CliException when the message was refused
     */
    public ExitCode say(String message) {
        outbox.add(writes.message(messageId, message));
        outbox.start();
        waits.start();
        stream.follow(this);
        CliException refused = refusal;
        if (refused != null) {
            throw refused;
        }
        ExitCode end = exit;
        return end == null ? ExitCode.FAILED : end;
    }

    @Override
    public void event(Event event, JsonNode line) {
        heard |= event.body() instanceof EventBody.MessageQueued queued && messageId.equals(queued.messageId());
        boolean mine = turnId != null || isMine(event.body());
        if (json) {
            out.println(Json.MAPPER.writeValueAsString(line));
            out.flush();
        }
        switch (event.body()) {
            case EventBody.TurnStarted started when messageId.equals(started.messageId()) -> turnId = started.turnId();
            case EventBody.MessageSteered steered
            when messageId.equals(steered.messageId()) -> turnId = steered.turnId();
            case EventBody.MessageReturned returned when messageId.equals(returned.messageId()) -> turnId = null;
            case EventBody.Text finished
            when turnId != null && !json -> {
                streamed.on(finished).forEach(out::println);
                out.flush();
            }
            case EventBody.TurnFinished finished
            when finished.turnId().equals(turnId) -> {
                tell(event);
                end(finished.outcome() == EventBody.Outcome.DONE ? ExitCode.OK : ExitCode.FAILED);
            }
            case EventBody.MessageWithdrawn withdrawn
            when messageId.equals(withdrawn.messageId()) -> {
                tell(event);
                end(ExitCode.FAILED);
            }
            case EventBody.AgentFailed _ -> {
                tell(event);
                end(ExitCode.FAILED);
            }
            case EventBody.MessageQueued _ -> {}
            case EventBody.ApprovalOpened opened -> {
                err.println("Waiting for somebody to allow this (in the browser, or with `claude-vm chat`):");
                text.approval(opened, null).forEach(err::println);
            }
            default -> {
                if (mine) {
                    tell(event);
                }
            }
        }
    }

    @Override
    public void delta(Delta delta) {
        if (!json && turnId != null && "text".equals(delta.kind())) {
            streamed.on(delta, Integer.MAX_VALUE / 2).forEach(out::println);
            out.flush();
        }
    }

    @Override
    public void lost(String why) {
        err.println("offline, trying again (" + PlainText.line(why) + ")");
    }

    @Override
    public void back() {
        err.println("online again");
    }

    @Override
    public boolean waits() {
        return !heard;
    }

    /** A script does not wait for a person. */
    @Override
    public void waitsFor(String what, String todo, boolean passing) {
        if (passing) {
            err.println(PlainText.line(what));
        } else {
            refusal = new CliException(
                    ExitCode.FAILED, what, (todo + " The message is kept: its turn begins when that is done.").strip());
            stream.close();
        }
    }

    @Override
    public void stored(Outbox.Item item) {
        // Its events follow.
    }

    @Override
    public void refused(Outbox.Item item, CliException why) {
        if (item.path().contains(messageId)) {
            refusal = why;
            stream.close();
        }
    }

    @Override
    public void waiting(Outbox.Item item, String why) {
        err.println("not stored yet, trying again: " + PlainText.line(why));
    }

    @Override
    public void close() {
        waits.close();
        stream.close();
        outbox.close();
    }

    private boolean isMine(EventBody body) {
        return switch (body) {
            case EventBody.AgentRetrying _ -> true;
            case EventBody.WorkspaceStarted _ -> true;
            default -> false;
        };
    }

    private void tell(Event event) {
        if (!json) {
            text.log(event).forEach(err::println);
        }
    }

    private void end(ExitCode how) {
        exit = how;
        stream.close();
    }
}
