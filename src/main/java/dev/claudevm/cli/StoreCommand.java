package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.List;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** {@code store}: tries the object store. */
@Command(name = "store", description = "Check that the server's object store works.")
final class StoreCommand implements Verb {

    private final ClaudeVm root;

    StoreCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        try (ApiClient api = root.api()) {
            JsonNode result = api.post("store/check", null);
            if (!result.path("ok").asBoolean(false)) {
                throw new CliException(
                        ExitCode.FAILED,
                        result.path("error").asString(""),
                        result.path("todo").asString(""));
            }
            return new Answer.Lines(
                    result, List.of("The object store " + result.path("place").asString("") + " works."));
        }
    }
}
