package dev.claudevm.agents.demo;

import dev.claudevm.agents.demo.Output.Result;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Really does what a tool call says, in the working directory. Stateless. */
final class Tools {

    private static final int OUTPUT_BYTES = 32 * 1024 * 1024;

    private final Path folder;

    Tools(Path folder) {
        this.folder = folder;
    }

    Result run(String tool, JsonNode input) throws InterruptedException {
        try {
            return switch (tool) {
                case "Bash" -> bash(input.path("command").asString(""));
                case "Read" -> read(input.path("file_path").asString(""));
                case "Write" ->
                    write(
                            input.path("file_path").asString(""),
                            input.path("content").asString(""));
                case "Edit" ->
                    edit(
                            input.path("file_path").asString(""),
                            input.path("old_string").asString(""),
                            input.path("new_string").asString(""));
                case "TodoWrite" -> Result.ok("The list was changed.", null);
                case "ExitPlanMode" -> Result.ok("The plan is approved.", null);
                case "AskUserQuestion" -> Result.ok("The answers: " + input.path("answers"), input);
                default -> Result.failed("The demo agent has no tool " + tool + ".");
            };
        } catch (ClosedByInterruptException stopped) {
            throw new InterruptedException();
        } catch (IOException failure) {
            return Result.failed(failure.toString());
        }
    }

    private Result bash(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("bash", "-c", command)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        CompletableFuture<String> out = read(process.getInputStream());
        CompletableFuture<String> err = read(process.getErrorStream());
        int code;
        try {
            code = process.waitFor();
        } catch (InterruptedException interrupted) {
            List<ProcessHandle> children = process.descendants().toList();
            process.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
            throw interrupted;
        }
        String printed = out.join().stripTrailing();
        String complained = err.join().stripTrailing();
        String both = printed.isEmpty() || complained.isEmpty() ? printed + complained : printed + "\n" + complained;
        if (code != 0) {
            return Result.failed(("Exit code " + code + "\n" + both).strip());
        }
        ObjectNode structured = Json.MAPPER.createObjectNode();
        structured.put("stdout", printed).put("stderr", complained).put("interrupted", false);
        return Result.ok(both, structured);
    }

    /** Each stream has a thread of its own: a full pipe that nobody reads would stop the command. */
    private static CompletableFuture<String> read(InputStream stream) {
        CompletableFuture<String> all = new CompletableFuture<>();
        Thread.ofPlatform().name("output").daemon().start(() -> all.complete(text(stream)));
        return all;
    }

    private static String text(InputStream stream) {
        try (stream) {
            String text = new String(stream.readNBytes(OUTPUT_BYTES), StandardCharsets.UTF_8);
            stream.transferTo(java.io.OutputStream.nullOutputStream());
            return text;
        } catch (IOException closed) {
            return "";
        }
    }

    private Result read(String path) throws IOException {
        Path file = folder.resolve(path);
        if (!Files.isRegularFile(file)) {
            return Result.failed("File does not exist.");
        }
        String text = Files.readString(file);
        ObjectNode structured = Json.MAPPER.createObjectNode().put("type", "text");
        structured
                .putObject("file")
                .put("filePath", file.toString())
                .put("numLines", text.lines().count());
        return Result.ok(text, structured);
    }

    private Result write(String path, String content) throws IOException {
        Path file = folder.resolve(path);
        boolean existed = Files.exists(file);
        String before = existed ? Files.readString(file) : "";
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.writeString(file, content);
        ObjectNode structured = Json.MAPPER.createObjectNode().put("type", existed ? "update" : "create");
        structured.put("filePath", file.toString()).put("content", content);
        ArrayNode patch = structured.putArray("structuredPatch");
        if (existed && !before.equals(content)) {
            hunk(patch, 1, before.lines().toList(), content.lines().toList());
        }
        return Result.ok("The file is written.", structured);
    }

    private Result edit(String path, String old, String replacement) throws IOException {
        Path file = folder.resolve(path);
        if (!Files.isRegularFile(file)) {
            return Result.failed("File does not exist.");
        }
        String before = Files.readString(file);
        int at = before.indexOf(old);
        if (old.isEmpty() || at < 0) {
            return Result.failed("The text to replace is not in the file.");
        }
        String after = before.substring(0, at) + replacement + before.substring(at + old.length());
        Files.writeString(file, after);
        ObjectNode structured = Json.MAPPER.createObjectNode().put("filePath", file.toString());
        int lineStart = before.lastIndexOf('\n', at - 1) + 1;
        int end = at + old.length();
        int oldEnd = before.indexOf('\n', end);
        String oldLines = before.substring(lineStart, oldEnd < 0 ? before.length() : oldEnd);
        String newLines = oldLines.substring(0, at - lineStart) + replacement + oldLines.substring(end - lineStart);
        int number = (int) before.substring(0, lineStart).lines().count() + 1;
        hunk(
                structured.putArray("structuredPatch"),
                number,
                oldLines.lines().toList(),
                newLines.lines().toList());
        return Result.ok("The file is changed.", structured);
    }

    private static void hunk(ArrayNode patch, int line, List<String> before, List<String> after) {
        ObjectNode hunk = patch.addObject();
        hunk.put("oldStart", line).put("oldLines", before.size());
        hunk.put("newStart", line).put("newLines", after.size());
        ArrayNode lines = hunk.putArray("lines");
        before.forEach(each -> lines.add("-" + each));
        after.forEach(each -> lines.add("+" + each));
    }
}
