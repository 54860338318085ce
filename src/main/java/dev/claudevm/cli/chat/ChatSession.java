package dev.claudevm.cli.chat;

import dev.claudevm.cli.PlainText;
import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ConversationStream;
import dev.claudevm.protocol.Delta;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A conversation that somebody sits in front of. Events come by a thread of its own, typed lines by the caller's; both
 * take this object's lock, so that what is shown and what a number means never change under the typing hand.
 */
public final class ChatSession implements ConversationStream.Reader, Outbox.Listener, Waits.Listener, AutoCloseable {

    private final Screen screen;
    private final Ink ink;
    private final EventText text;
    private final Outbox outbox;
    private final ConversationStream stream;
    private final ChatCommands commands;
    private final ConversationView view = new ConversationView();
    private final StreamedText streamed = new StreamedText();
    private final Set<String> typedHere = new HashSet<>();
    private final Set<String> waitedHere = new HashSet<>();
    private final Set<String> unheard = new HashSet<>();
    private final Waits waits;
    private boolean lost;

    /**
     * @param known the number of the newest event that needs not be heard: {@link Opening#last}
     * @param outbox folder of what this user said in this conversation and the server does not have
     */
    public ChatSession(ApiClient api, String conversationId, long known, Path outbox, Screen screen, Ink ink) {
        this.screen = screen;
        this.ink = ink;
        this.text = new EventText(ink);
        this.outbox = new Outbox(outbox, api, this);
        this.stream = new ConversationStream(api, conversationId, known);
        this.waits = new Waits(api, conversationId, this);
        this.commands = new ChatCommands(
                view,
                new Writes(api.server().url().toString(), conversationId),
                this.outbox,
                new Changes(api, conversationId, screen, ink));
    }

    /** Shows how the conversation stands. */
    public synchronized void begin(Opening opening) {
        view.begin(opening);
        opening.past().forEach(event -> screen.print(past(event)));
        view.open().forEach(request -> screen.print(asked(request)));
        if (!view.queue().isEmpty()) {
            screen.print(commands.queueLines().stream()
                    .map(line -> ink.dim("  " + PlainText.line(line)))
                    .toList());
        }
        JsonNode need = opening.state().path("agentNeeds");
        if (need.isObject()) {
            waitsFor(need.path("what").asString(""), need.path("todo").asString(""), true);
        }
        screen.prompt(prompt());
    }

    public void start() {
        waits.start();
        List<Outbox.Item> left = outbox.start();
        if (!left.isEmpty()) {
            screen.print(text.note("sending what was not sent last time: "
                    + String.join(
                            ", ",
                            left.stream().map(item -> "\"" + item.what() + "\"").toList())));
        }
        Thread.ofVirtual().name("events").start(() -> {
            try {
                stream.follow(this);
            } catch (CliException e) {
                screen.print(List.of(ink.bad("✗ " + PlainText.line(e.what())), "  " + PlainText.line(e.todo())));
            }
        });
    }

    /** A new line is begun: what is open now is what the person sees while typing it. */
    public synchronized void lineBegins() {
        commands.lineBegins();
        screen.prompt(prompt());
    }

    /** @return what comes next; never throws for what was typed */
    public synchronized ChatCommands.Next typed(String line) {
        if (line.isBlank()) {
            return ChatCommands.Next.GO_ON;
        }
        try {
            ChatCommands.Next next = commands.typed(line);
            if (next.messageId() != null) {
                typedHere.add(next.messageId());
                unheard.add(next.messageId());
            }
            screen.print(next.lines().stream()
                    .map(said -> ink.dim("  " + PlainText.line(said)))
                    .toList());
            return next;
        } catch (CliException e) {
            screen.print(List.of(ink.bad("✗ " + PlainText.line(e.what()) + " " + PlainText.line(e.todo()))));
            return ChatCommands.Next.GO_ON;
        }
    }

    @Override
    public synchronized void event(Event event, JsonNode json) {
        boolean working = view.working();
        view.on(event);
        if (event.body() instanceof EventBody.MessageQueued queued) {
            unheard.remove(queued.messageId());
        }
        screen.print(live(event.body(), event, working));
        screen.prompt(prompt());
    }

    @Override
    public synchronized void delta(Delta delta) {
        if ("text".equals(delta.kind())) {
            screen.print(streamed.on(delta, screen.width()));
        }
    }

    @Override
    public synchronized void lost(String why) {
        lost = true;
        screen.print(List.of(ink.ask("  — offline, trying again (" + PlainText.line(why) + ")")));
        screen.prompt(prompt());
    }

    @Override
    public synchronized void back() {
        lost = false;
        screen.print(text.note("online again"));
        screen.prompt(prompt());
    }

    @Override
    public synchronized boolean waits() {
        return !unheard.isEmpty() && !lost;
    }

    @Override
    public void waitsFor(String what, String todo, boolean passing) {
        screen.print(text.note(todo.isEmpty() ? what : what + " " + todo));
    }

    @Override
    public void stored(Outbox.Item item) {
        // The journal's event will say it.
    }

    @Override
    public void refused(Outbox.Item item, CliException why) {
        synchronized (this) {
            unheard.removeIf(messageId -> item.path().endsWith("/" + messageId));
        }
        screen.print(List.of(
                ink.bad("✗ \"" + PlainText.line(item.what()) + "\": " + PlainText.line(why.what())),
                "  " + PlainText.line(why.todo())));
    }

    @Override
    public void waiting(Outbox.Item item, String why) {
        screen.print(text.note("kept here until the server has it: \"" + item.what() + "\""));
    }

    @Override
    public void close() {
        waits.close();
        stream.close();
        outbox.close();
    }

    /** @return how many things the server does not have yet; they are kept for the next time */
    public int unsent() {
        return outbox.waiting().size();
    }

    private List<String> live(EventBody body, Event event, boolean wasWorking) {
        return switch (body) {
            case EventBody.MessageQueued queued
            when typedHere.contains(queued.messageId()) -> {
                if (wasWorking || view.paused()) {
                    waitedHere.add(queued.messageId());
                    yield text.note("waits as " + numberOf(queued.messageId()));
                }
                yield List.of();
            }
            case EventBody.TurnStarted started
            when started.messageId() != null ->
                waitedHere.contains(started.messageId())
                        ? text.note("now: " + view.textOf(started.messageId()))
                        : List.of();
            case EventBody.Text finished -> streamed.on(finished);
            case EventBody.ApprovalOpened opened -> asked(opened.approvalId());
            case EventBody.QuestionOpened opened -> asked(opened.questionId());
            default -> text.log(event);
        };
    }

    /** What was asked in the past is shown only while it is open, after the past. */
    private List<String> past(Event event) {
        return switch (event.body()) {
            case EventBody.ApprovalOpened _ -> List.of();
            case EventBody.QuestionOpened _ -> List.of();
            default -> text.log(event);
        };
    }

    private List<String> asked(String requestId) {
        return view.numberOf(requestId).stream()
                .boxed()
                .flatMap(number -> view.request(number).stream())
                .flatMap(request -> asked(request).stream())
                .toList();
    }

    private List<String> asked(Request request) {
        return switch (request) {
            case Request.Approval approval -> text.approval(approval.opened(), approval.number());
            case Request.Question question -> text.question(question.opened(), question.number());
        };
    }

    private String numberOf(String messageId) {
        return view.queue().stream()
                .filter(waiting -> waiting.messageId().equals(messageId))
                .map(waiting -> "" + waiting.number())
                .findFirst()
                .orElse("?");
    }

    private String prompt() {
        List<String> state = new ArrayList<>();
        if (lost) {
            state.add("offline");
        }
        if (!view.open().isEmpty()) {
            state.add(String.join(
                    " ",
                    view.open().stream()
                            .map(request -> "[" + request.number() + "]?")
                            .toList()));
        } else if (view.working()) {
            state.add("working");
        }
        if (view.paused()) {
            state.add("paused");
        }
        return (state.isEmpty() ? "" : String.join(" ", state) + " ") + "> ";
    }
}
