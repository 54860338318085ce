package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One search by content: ripgrep when the workspace has it, else git's grep, else grep. Matches are read one by one, when
 * somebody wants the next; so a reader that takes nothing costs nothing. One thread reads, any may close.
 */
final class Search implements AutoCloseable {

    /** Longest line of the program that is read; a longer one (of a minified file) is skipped. */
    private static final int MAX_LINE_BYTES = 1024 * 1024;

    /**
     * What is looked for.
     *
     * @param regex {@code text} is a regular expression of the program that searches
     * @param matchCase null: only when there is a capital letter in it
     * @param word only whole words
     * @param include like {@code *.java} or {@code src/**}; a leading {@code !} excludes
     * @param ignoredToo also what git ignores
     */
    record Wish(
            String text,
            boolean regex,
            @Nullable Boolean matchCase,
            boolean word,
            List<String> include,
            boolean ignoredToo) {

        Wish {
            if (text.isEmpty() || text.length() > 1_000 || text.indexOf('\0') >= 0 || text.indexOf('\n') >= 0) {
                throw FileProblem.of(
                        FileProblem.BAD,
                        "The text to look for is empty, longer than 1000 letters, or has more than one line.",
                        "Look for a part of one line.");
            }
            if (include.size() > 20 || include.stream().anyMatch(g -> g.isEmpty() || g.length() > 200)) {
                throw FileProblem.of(
                        FileProblem.BAD, "There are too many patterns, or one is empty or too long.", "Take fewer.");
            }
        }

        private boolean sensitive() {
            return matchCase != null ? matchCase : text.chars().anyMatch(Character::isUpperCase);
        }
    }

    private enum Tool {
        RIPGREP,
        GIT,
        GREP
    }

    private final FileBounds bounds;
    private final TreePath path;
    private final Wish wish;
    private final Pinned folder;
    private final Tool tool;
    private final Program program;
    private final InputStream in;
    private final long begin = System.nanoTime();
    private final byte[] buffer = new byte[64 * 1024];
    private int at;
    private int filled;
    private int matches;
    private int files;
    private @Nullable String lastFile;
    private volatile boolean done;

    Search(Tree tree, TreePath path, Wish wish, FileBounds bounds, Map<String, String> environment) throws IOException {
        this.bounds = bounds;
        this.path = path;
        this.wish = wish;
        this.folder = tree.folder(path);
        try {
            this.tool = Program.installed("rg", environment)
                    ? Tool.RIPGREP
                    : Program.installed("git", environment) && inGit(environment) ? Tool.GIT : Tool.GREP;
            this.program = Program.start(
                    command(), folder.shared(), environment, new byte[0], Duration.ofSeconds(bounds.searchSeconds()));
            this.in = program.output();
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private boolean inGit(Map<String, String> environment) throws IOException {
        try (Program git = Program.start(
                List.of("git", "rev-parse", "--is-inside-work-tree"),
                folder.shared(),
                environment,
                new byte[0],
                Duration.ofSeconds(3))) {
            return new String(git.all(100), StandardCharsets.US_ASCII).startsWith("true") && git.exitCode() == 0;
        }
    }

    private List<String> command() {
        return switch (tool) {
            case RIPGREP -> ripgrep();
            case GIT -> git();
            case GREP -> grep();
        };
    }

    private List<String> ripgrep() {
        List<String> words = new ArrayList<>(List.of(
                "rg",
                "--no-config",
                "--no-messages",
                "--json",
                "--hidden",
                "--no-require-git",
                "--glob",
                "!.git",
                "--threads",
                "2",
                "--max-filesize",
                Long.toString(bounds.searchFileBytes())));
        wish.include.forEach(glob -> words.addAll(List.of("--glob", glob)));
        words.add(wish.sensitive() ? "--case-sensitive" : "--ignore-case");
        if (!wish.regex) {
            words.add("--fixed-strings");
        }
        if (wish.word) {
            words.add("--word-regexp");
        }
        if (wish.ignoredToo) {
            words.add("--no-ignore");
        }
        words.addAll(List.of("--regexp", wish.text, "--", "./"));
        return words;
    }

    private List<String> git() {
        List<String> words = new ArrayList<>(List.of(
                "git",
                "-c",
                "core.fsmonitor=false",
                "grep",
                "--untracked",
                "-I",
                "-n",
                "-z",
                "--no-color",
                wish.regex ? "-E" : "-F"));
        if (wish.ignoredToo) {
            words.add("--no-exclude-standard");
        }
        options(words);
        words.addAll(List.of("-e", wish.text, "--", "."));
        for (String glob : wish.include) {
            words.add(glob.startsWith("!") ? ":(exclude,glob)**/" + glob.substring(1) : ":(glob)**/" + glob);
        }
        if (wish.include.stream().anyMatch(g -> !g.startsWith("!"))) {
            words.remove(".");
        }
        return words;
    }

    private List<String> grep() {
        List<String> words = new ArrayList<>(
                List.of("grep", "-r", "-I", "-n", "-Z", "-s", "--exclude-dir=.git", wish.regex ? "-E" : "-F"));
        if (!wish.ignoredToo) {
            words.add("--exclude-dir=node_modules");
        }
        for (String glob : wish.include) {
            words.add(glob.startsWith("!") ? "--exclude=" + glob.substring(1) : "--include=" + glob);
        }
        options(words);
        words.addAll(List.of("-e", wish.text, "--", "./"));
        return words;
    }

    private void options(List<String> words) {
        if (!wish.sensitive()) {
            words.add("-i");
        }
        if (wish.word) {
            words.add("-w");
        }
    }

    /** @return the next match, then one {@code end} or {@code failed}, then null; as they go over the wire */
    @Nullable
    Map<String, Object> next() {
        try {
            while (!done) {
                if (matches >= bounds.searchMatches()) {
                    return end("matches");
                }
                byte[] line = line();
                if (line == null) {
                    return atTheEnd();
                }
                Map<String, Object> match = tool == Tool.RIPGREP ? json(line) : plain(line);
                if (match != null) {
                    matches++;
                    String file = String.valueOf(match.get("path"));
                    files += file.equals(lastFile) ? 0 : 1;
                    lastFile = file;
                    return match;
                }
            }
            return null;
        } catch (IOException e) {
            return done ? null : end("cancelled");
        }
    }

    private Map<String, Object> atTheEnd() throws IOException {
        int code = program.exitCode();
        if (program.late()) {
            return end("time");
        }
        String complaint = program.complaint();
        if (code >= 2 && matches == 0 && !complaint.isEmpty()) {
            close();
            return Map.of(
                    "type",
                    "failed",
                    "error",
                    "This cannot be looked for: " + complaint,
                    "todo",
                    wish.regex ? "Correct the expression, or look for it as plain text." : "Look for something else.");
        }
        return end(null);
    }

    private Map<String, Object> end(@Nullable String why) {
        close();
        Map<String, Object> end = new LinkedHashMap<>();
        end.put("type", "end");
        end.put("matches", matches);
        end.put("files", files);
        end.put("complete", why == null);
        if (why != null) {
            end.put("limit", why);
        }
        end.put("tool", tool == Tool.RIPGREP ? "rg" : tool == Tool.GIT ? "git grep" : "grep");
        end.put("ms", (System.nanoTime() - begin) / 1_000_000);
        return end;
    }

    private @Nullable Map<String, Object> json(byte[] line) {
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(line);
        } catch (JacksonException e) {
            return null;
        }
        if (!node.path("type").asString("").equals("match")) {
            return null;
        }
        JsonNode data = node.path("data");
        List<int[]> ranges = new ArrayList<>();
        for (JsonNode part : data.path("submatches")) {
            ranges.add(new int[] {part.path("start").asInt(), part.path("end").asInt()});
        }
        return match(bytes(data.path("path")), data.path("line_number").asLong(), bytes(data.path("lines")), ranges);
    }

    private static byte[] bytes(JsonNode textOrBytes) {
        return textOrBytes.has("bytes")
                ? Base64.getDecoder().decode(textOrBytes.path("bytes").asString(""))
                : textOrBytes.path("text").asString("").getBytes(StandardCharsets.UTF_8);
    }

    /** git: {@code path 0 line 0 text}; grep: {@code path 0 line : text} */
    private @Nullable Map<String, Object> plain(byte[] line) {
        int zero = indexOf(line, (byte) 0, 0);
        int second = zero < 0 ? -1 : indexOf(line, tool == Tool.GIT ? (byte) 0 : (byte) ':', zero + 1);
        if (second < 0) {
            return null;
        }
        long number;
        try {
            number = Long.parseLong(new String(line, zero + 1, second - zero - 1, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            return null;
        }
        byte[] text = Arrays.copyOfRange(line, second + 1, line.length);
        List<int[]> ranges = new ArrayList<>();
        if (!wish.regex) {
            String whole = new String(text, StandardCharsets.ISO_8859_1);
            String wanted = new String(wish.text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            for (int i = 0; i + wanted.length() <= whole.length(); i++) {
                if (whole.regionMatches(!wish.sensitive(), i, wanted, 0, wanted.length())) {
                    ranges.add(new int[] {i, i + wanted.length()});
                    i += wanted.length() - 1;
                }
            }
        }
        return match(Arrays.copyOf(line, zero), number, text, ranges);
    }

    private static int indexOf(byte[] in, byte what, int from) {
        for (int i = from; i < in.length; i++) {
            if (in[i] == what) {
                return i;
            }
        }
        return -1;
    }

    /** @param ranges in bytes of {@code text}; go out in UTF-16 code units of the piece that is shown */
    private Map<String, Object> match(byte[] file, long number, byte[] text, List<int[]> ranges) {
        int start = file.length > 2 && file[0] == '.' && file[1] == '/' ? 2 : 0;
        TreePath inFolder = TreePath.of(Arrays.copyOfRange(file, start, file.length));
        String whole = path.isRoot() ? inFolder.toString() : path + "/" + inFolder;
        int first = ranges.isEmpty() ? 0 : Math.min(ranges.getFirst()[0], text.length);
        String before = new String(text, 0, first, StandardCharsets.UTF_8);
        int skipped = Math.max(0, before.length() - bounds.lineChars() / 4);
        if (skipped > 0 && skipped < before.length() && Character.isLowSurrogate(before.charAt(skipped))) {
            skipped++;
        }
        String all = new String(text, StandardCharsets.UTF_8).stripTrailing();
        String shown = all.substring(Math.min(skipped, all.length()));
        boolean cut = skipped > 0 || shown.length() > bounds.lineChars();
        shown = shown.length() > bounds.lineChars() ? shown.substring(0, bounds.lineChars()) : shown;
        List<List<Integer>> marks = new ArrayList<>();
        for (int[] range : ranges) {
            int from = chars(text, range[0]) - skipped;
            int to = chars(text, range[1]) - skipped;
            if (from < shown.length() && marks.size() < 50) {
                marks.add(List.of(Math.max(0, from), Math.min(to, shown.length())));
            }
        }
        Map<String, Object> match = new LinkedHashMap<>();
        match.put("type", "match");
        match.put("path", whole);
        match.put("line", number);
        match.put("text", shown);
        match.put("ranges", marks);
        match.put("cut", cut);
        return match;
    }

    private static int chars(byte[] text, int bytes) {
        return new String(text, 0, Math.min(bytes, text.length), StandardCharsets.UTF_8).length();
    }

    private byte @Nullable [] line() throws IOException {
        java.io.ByteArrayOutputStream line = new java.io.ByteArrayOutputStream();
        boolean tooLong = false;
        // A path may have line ends in it: git and grep say one, a zero, and then the line.
        boolean inPath = tool != Tool.RIPGREP;
        while (true) {
            if (at == filled) {
                filled = Math.max(0, in.read(buffer));
                at = 0;
                if (filled == 0) {
                    return line.size() == 0 || tooLong ? null : line.toByteArray();
                }
            }
            int end = at;
            while (end < filled && (inPath || buffer[end] != '\n')) {
                inPath &= buffer[end] != 0;
                end++;
            }
            tooLong |= line.size() + end - at > MAX_LINE_BYTES;
            if (!tooLong) {
                line.write(buffer, at, end - at);
            }
            boolean whole = end < filled;
            at = whole ? end + 1 : end;
            if (whole && !tooLong) {
                return line.toByteArray();
            }
            if (whole) {
                line.reset();
                tooLong = false;
                inPath = tool != Tool.RIPGREP;
            }
        }
    }

    @Override
    public void close() {
        done = true;
        program.close();
        folder.close();
    }
}
