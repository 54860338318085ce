package dev.claudevm.agents.demo;

import dev.claudevm.protocol.Json;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;

/** What the demo agent remembers of a conversation: the person's messages, one a line. Owned by the turn's thread. */
final class Transcript {

    private final Path file;
    private final List<String> said = new ArrayList<>();

    private Transcript(Path file) {
        this.file = file;
    }

    /** @param home its folder {@code .claude-vm-demo} holds one file a session */
    static Transcript open(Path home, String sessionId) throws IOException {
        Path folder = Files.createDirectories(home.resolve(".claude-vm-demo"));
        // The id comes from the command line and becomes a file's name.
        Transcript transcript = new Transcript(folder.resolve(sessionId.replaceAll("[^A-Za-z0-9-]", "_") + ".jsonl"));
        if (Files.exists(transcript.file)) {
            for (String line : Files.readAllLines(transcript.file, StandardCharsets.UTF_8)) {
                transcript.recall(line);
            }
        }
        return transcript;
    }

    private void recall(String line) {
        try {
            said.add(Json.MAPPER.readTree(line).path("said").asString(""));
        } catch (JacksonException torn) {
            // The last line of a process that was killed.
        }
    }

    void remember(String message) throws IOException {
        said.add(message);
        String line = Json.MAPPER.createObjectNode().put("said", message) + "\n";
        // Not by a channel: that would fail when the turn's thread is interrupted meanwhile.
        try (FileOutputStream out = new FileOutputStream(file.toFile(), true)) {
            out.write(line.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** @return the person's messages, oldest first */
    List<String> said() {
        return List.copyOf(said);
    }
}
