package dev.claudevm.cli;

import dev.claudevm.protocol.Json;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code completion}: a script for bash and zsh. */
@Command(
        name = "completion",
        description = {"Print a completion script for bash and zsh:", "source <(claude-vm completion)"})
final class CompletionCommand implements Verb {

    private final ClaudeVm root;

    CompletionCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        CommandLine whole = Main.commandLine(root.surroundings());
        String script = AutoComplete.bash("claude-vm", whole);
        return new Answer.Lines(Json.MAPPER.createObjectNode().put("script", script), List.of(script.split("\n", -1)));
    }
}
