package dev.claudevm.agents.claude;

import dev.claudevm.protocol.EventBody.FileDiff;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What Edit, MultiEdit and Write did to a file, out of the structured copy of their result. */
final class Diffs {

    private Diffs() {}

    /** @return one diff, or none when the result is not about a file that changed */
    static List<FileDiff> of(JsonNode structured, String workingDirectory) {
        String path = structured.path("filePath").asString("");
        JsonNode patch = structured.path("structuredPatch");
        if (path.isEmpty() || !patch.isArray()) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        boolean created = structured.path("type").asString("").equals("create");
        if (patch.isEmpty() && created) {
            lines.addAll(created(structured.path("content").asString("")));
        }
        for (JsonNode hunk : patch) {
            lines.add("@@ -%d,%d +%d,%d @@"
                    .formatted(
                            hunk.path("oldStart").asInt(0),
                            hunk.path("oldLines").asInt(0),
                            hunk.path("newStart").asInt(0),
                            hunk.path("newLines").asInt(0)));
            hunk.path("lines").forEach(line -> lines.add(line.asString("")));
        }
        if (lines.isEmpty()) {
            return List.of();
        }
        return List.of(new FileDiff(
                relative(path, workingDirectory), count(lines, '+'), count(lines, '-'), String.join("\n", lines)));
    }

    private static List<String> created(String content) {
        List<String> lines = content.lines().map(line -> "+" + line).toList();
        if (lines.isEmpty()) {
            return List.of();
        }
        List<String> all = new ArrayList<>();
        all.add("@@ -0,0 +1," + lines.size() + " @@");
        all.addAll(lines);
        if (!content.endsWith("\n")) {
            all.add("\\ No newline at end of file");
        }
        return all;
    }

    /** Hunk headers begin with {@code @}, so every line that begins with a sign is content. */
    private static int count(List<String> lines, char sign) {
        return (int) lines.stream()
                .filter(line -> !line.isEmpty() && line.charAt(0) == sign)
                .count();
    }

    static String relative(String path, String workingDirectory) {
        String folder = workingDirectory.endsWith("/") ? workingDirectory : workingDirectory + "/";
        return path.startsWith(folder) && path.length() > folder.length() ? path.substring(folder.length()) : path;
    }
}
