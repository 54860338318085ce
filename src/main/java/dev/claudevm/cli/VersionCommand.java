package dev.claudevm.cli;

import dev.claudevm.protocol.Json;
import java.util.List;
import picocli.CommandLine.Command;
import tools.jackson.databind.node.ObjectNode;

/** {@code version}. */
@Command(name = "version", description = "Show the version.")
final class VersionCommand implements Verb {

    /** The start script says what it has built; a jar alone knows its version. */
    private static String version() {
        String built = System.getProperty("claudevm.version", "");
        if (!built.isBlank()) {
            return built;
        }
        String manifest = VersionCommand.class.getPackage().getImplementationVersion();
        return manifest == null ? "unknown" : manifest;
    }

    @Override
    public Answer run() {
        String[] words = version().split(" ", 2);
        ObjectNode json = Json.MAPPER.createObjectNode().put("version", words[0]);
        if (words.length > 1) {
            json.put("commit", words[1]);
        }
        return new Answer.Lines(
                json.put("java", Runtime.version().toString()),
                List.of("claude-vm " + words[0] + (words.length > 1 ? " (" + words[1] + ")" : "") + ", Java "
                        + Runtime.version().feature()));
    }
}
