package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.cli.chat.ChatSession;
import dev.claudevm.cli.chat.Ink;
import dev.claudevm.cli.chat.Opening;
import dev.claudevm.cli.chat.SayOnce;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code chat}: talks in a conversation; with a message on the standard input, says that and shows its turn. */
@Command(
        name = "chat",
        description = {
            "Talk to a coding agent.",
            "With a message on the standard input: says it, shows the turn, and ends with 1 when the turn failed."
        })
final class ChatCommand implements Verb {

    @Option(
            names = {"-w", "--workspace"},
            paramLabel = "WORKSPACE",
            description = "Pick one of its conversations.")
    @Nullable
    String workspace;

    @Option(
            names = {"-c", "--conversation"},
            paramLabel = "CONVERSATION",
            description = "This conversation.")
    @Nullable
    String conversation;

    private final ClaudeVm root;

    ChatCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        Surroundings here = root.surroundings();
        try (ApiClient api = root.api()) {
            String id = conversation != null ? conversation : picked(api, here);
            String segment = Ids.conversation(id);
            Path outbox = here.home().resolve("outbox").resolve(segment);
            return here.typing()
                    ? talk(api, id, Opening.of(api, segment), outbox)
                    : say(api, id, last(api, segment), outbox);
        }
    }

    /** @throws CliException where nobody can pick and there is not exactly one */
    private String picked(ApiClient api, Surroundings here) {
        Picker picker = new Picker(api, here);
        return here.typing() ? picker.pick(workspace) : picker.only(workspace);
    }

    /** @throws CliException when there is no such conversation */
    private static long last(ApiClient api, String segment) {
        return api.get("conversations/" + segment + "/events?after=0&limit=1")
                .path("last")
                .asLong(0);
    }

    private Answer say(ApiClient api, String id, long known, Path outbox) {
        Surroundings here = root.surroundings();
        String message;
        try {
            message = new String(here.in().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "Cannot read the message: " + e.getMessage(), "", e);
        }
        if (message.isBlank()) {
            throw new CliException(
                    ExitCode.USAGE, "There is nothing to say.", "Give the message: echo … | claude-vm chat -c " + id);
        }
        try (SayOnce once = new SayOnce(api, id, known, outbox, here.out(), here.err(), root.json)) {
            return new Answer.Said(once.say(message));
        }
    }

    private Answer talk(ApiClient api, String id, Opening opening, Path outbox) {
        boolean colours = !root.surroundings().environment().containsKey("NO_COLOR");
        try (Shell shell = new Shell();
                ChatSession session = new ChatSession(api, id, opening.last(), outbox, shell, new Ink(colours))) {
            session.begin(opening);
            session.start();
            shell.run(session);
            int unsent = session.unsent();
            if (unsent > 0) {
                root.surroundings()
                        .err()
                        .println("The server does not have " + unsent
                                + " of these yet; they are kept and sent when you come back to this conversation.");
            }
            return new Answer.Said(ExitCode.OK);
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "Cannot use this terminal: " + e.getMessage(), "", e);
        }
    }
}
