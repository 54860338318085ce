package dev.claudevm.cli;

import dev.claudevm.protocol.Json;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code version}. */
@Command(name = "version", description = "Show the version.")
final class VersionCommand implements Verb {

    @Override
    public Answer run() {
        String version = System.getProperty("claudevm.version", "development");
        return new Answer.Lines(
                Json.MAPPER
                        .createObjectNode()
                        .put("version", version)
                        .put("java", Runtime.version().toString()),
                List.of("claude-vm " + version + " (Java " + Runtime.version().feature() + ")"));
    }
}
