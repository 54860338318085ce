package dev.claudevm.cli.chat;

import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Carries out what is typed in a chat. Used under the session's lock. */
public final class ChatCommands {

    /** Names of the commands, for completion. */
    public static final List<String> NAMES = List.of(
            "/queue", "/edit", "/move", "/drop", "/now", "/pause", "/resume", "/stop", "/mode", "/open", "/diff",
            "/quit", "/help");

    static final List<String> HELP = List.of(
            "A line is a message; while the agent works it waits in the queue.",
            "a, A, d [reason]      allow, always allow, deny what is asked (a 2: the one numbered 2)",
            "1   1,3   = words     answer a question",
            "/queue                what waits        /edit N [text]   change it      /drop N   take it back",
            "/now N                say it at once    /move N [M]      before M, or to the end",
            "/pause  /resume       hold the queue    /stop            interrupt the agent",
            "/mode MODE            what it may do unasked             /open     what it asks",
            "/diff [all] [PATH]    what the last turn, or all of them, changed",
            "/quit (Ctrl-D)        leave; the agent goes on. Other /commands are the agent's own");

    /**
     * What follows a typed line.
     *
     * @param lines to show
     * @param messageId of the message that was said; null: none
     * @param prefill what the next line begins with
     */
    public record Next(
            boolean quit, List<String> lines, @Nullable String messageId, String prefill) {

        static final Next GO_ON = say();

        static Next say(String... lines) {
            return new Next(false, List.of(lines), null, "");
        }
    }

    private final ConversationView view;
    private final Writes writes;
    private final Outbox outbox;
    private final Changes changes;
    private List<Request> openBefore = List.of();

    ChatCommands(ConversationView view, Writes writes, Outbox outbox, Changes changes) {
        this.view = view;
        this.changes = changes;
        this.writes = writes;
        this.outbox = outbox;
    }

    void lineBegins() {
        openBefore = view.open();
    }

    /** @throws CliException when it makes no sense or could not be written down */
    Next typed(String line) {
        List<Request> asked =
                Stream.concat(openBefore.stream(), view.open().stream()).toList();
        Typed typed = Typed.parse(
                line,
                asked.stream().anyMatch(Request.Approval.class::isInstance),
                asked.stream().anyMatch(Request.Question.class::isInstance));
        return switch (typed) {
            case Typed.Message message -> message(message.text());
            case Typed.Decision decision -> decide(decision);
            case Typed.Choice choice -> choose(choice);
            case Typed.Slash slash -> slash(slash, line);
        };
    }

    private Next message(String text) {
        String id = UUID.randomUUID().toString();
        outbox.add(writes.message(id, text));
        return new Next(false, List.of(), id, "");
    }

    private Next decide(Typed.Decision decision) {
        Request.Approval approval = meant(decision.number(), Request.Approval.class);
        if (decision.decision().equals("always")
                && approval.opened().options().stream()
                        .noneMatch(option -> option.id().equals("always"))) {
            throw wrong("Number " + approval.number() + " cannot be allowed for always.", "Say a or d.");
        }
        outbox.add(writes.decide(approval.opened().approvalId(), decision.decision(), decision.reason()));
        return Next.GO_ON;
    }

    private Next choose(Typed.Choice choice) {
        Request.Question question = meant(choice.number(), Request.Question.class);
        outbox.add(
                writes.answer(question.opened().questionId(), QuestionAnswers.of(question.opened(), choice.choice())));
        return Next.GO_ON;
    }

    /**
     * An answer without a number means the only open one, and only if nothing was closed since the line was begun:
     * otherwise it might hit another than the one that the person looked at.
     */
    private <R extends Request> R meant(OptionalInt number, Class<R> kind) {
        List<R> open =
                view.open().stream().filter(kind::isInstance).map(kind::cast).toList();
        if (number.isPresent()) {
            int asked = number.getAsInt();
            return open.stream()
                    .filter(request -> request.number() == asked)
                    .findFirst()
                    .orElseThrow(() -> wrong(
                            view.answeredBy(asked)
                                    .map(by -> "Number " + asked + " was answered by " + by + ".")
                                    .orElse("Nothing open has the number " + asked + "."),
                            "See /open."));
        }
        for (Request before : openBefore) {
            if (kind.isInstance(before) && view.request(before.number()).isEmpty()) {
                String by = view.answeredBy(before.number()).orElse("the agent");
                openBefore = view.open();
                throw wrong(
                        "Number " + before.number() + " was closed by " + by + " meanwhile.", "Nothing was answered.");
            }
        }
        if (open.size() != 1) {
            throw wrong(
                    "Several are open: "
                            + String.join(
                                    ", ",
                                    open.stream()
                                            .map(request -> "" + request.number())
                                            .toList()) + ".",
                    "Say which, for example a "
                            + (open.isEmpty() ? 1 : open.getFirst().number()) + ".");
        }
        return open.getFirst();
    }

    private Next slash(Typed.Slash slash, String line) {
        String rest = slash.rest();
        return switch (slash.name()) {
            case "quit", "exit" -> new Next(true, List.of(), null, "");
            case "help" -> new Next(false, HELP, null, "");
            case "queue" -> new Next(false, queueLines(), null, "");
            case "open" -> new Next(false, openLines(), null, "");
            case "diff" -> {
                changes.show(rest);
                yield Next.GO_ON;
            }
            case "edit" -> edit(rest);
            case "move" -> move(rest);
            case "drop" -> withWaiting(rest, waiting -> writes.withdraw(waiting.messageId()));
            case "now" -> withWaiting(rest, waiting -> writes.now(waiting.messageId()));
            case "pause" -> send(writes.pause());
            case "resume" -> send(writes.resume());
            case "stop" -> send(writes.interrupt());
            case "mode" ->
                rest.isEmpty()
                        ? Next.say("Mode: " + (view.mode() == null ? "the agent's own" : view.mode()))
                        : send(writes.mode(rest));
            default -> {
                if (view.commands().stream().anyMatch(command -> command.name().equals(slash.name()))) {
                    yield message(line.strip());
                }
                throw wrong(
                        "/" + slash.name() + " is neither ours nor the agent's.",
                        "See /help; a space before it sends it as it is.");
            }
        };
    }

    List<String> queueLines() {
        if (view.queue().isEmpty()) {
            return List.of("Nothing waits.");
        }
        List<String> lines = new ArrayList<>();
        lines.add(view.paused() ? "Waiting (paused):" : "Waiting:");
        view.queue()
                .forEach(waiting -> lines.add("  " + waiting.number() + "  "
                        + waiting.text().lines().findFirst().orElse("")));
        return lines;
    }

    private List<String> openLines() {
        return view.open().isEmpty()
                ? List.of("Nothing is asked.")
                : view.open().stream()
                        .map(request -> switch (request) {
                            case Request.Approval approval ->
                                "[" + approval.number() + "] "
                                        + approval.opened().tool() + " "
                                        + approval.opened().title();
                            case Request.Question question ->
                                "[" + question.number() + "] "
                                        + question.opened()
                                                .questions()
                                                .getFirst()
                                                .question();
                        })
                        .toList();
    }

    private Next edit(String rest) {
        String[] parts = rest.split("\\s+", 2);
        ConversationView.Waiting waiting = waiting(parts[0]);
        if (parts.length == 1) {
            return new Next(false, List.of(), null, "/edit " + waiting.number() + " " + waiting.text());
        }
        return send(writes.edit(waiting.messageId(), parts[1]));
    }

    private Next move(String rest) {
        String[] parts = rest.split("\\s+", 2);
        ConversationView.Waiting what = waiting(parts[0]);
        return send(writes.move(
                what.messageId(), parts.length == 1 ? null : waiting(parts[1]).messageId()));
    }

    private Next withWaiting(String number, Function<ConversationView.Waiting, Outbox.Item> write) {
        return send(write.apply(waiting(number)));
    }

    private ConversationView.Waiting waiting(String number) {
        try {
            return view.waiting(Integer.parseInt(number.strip()))
                    .orElseThrow(() -> wrong("Nothing that waits has the number " + number + ".", "See /queue."));
        } catch (NumberFormatException e) {
            throw wrong("Which one?", "Say its number, see /queue.");
        }
    }

    private Next send(Outbox.Item item) {
        outbox.add(item);
        return Next.GO_ON;
    }

    private static CliException wrong(String what, String todo) {
        return new CliException(ExitCode.USAGE, what, todo);
    }
}
