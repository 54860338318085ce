package dev.claudevm.bridge.git;

import dev.claudevm.bridge.git.GitProgram.Result;
import dev.claudevm.bridge.tree.TreePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What differs in one file, and what it is on either side. A side is {@code worktree} (index to folder), {@code staged} (last
 * commit to index), {@code head} (last commit to folder) or the number of a commit (what that one did to its first parent).
 */
final class Diffs {

    static final int DIFF_BYTES = 512 * 1024;
    static final int WHOLE_DIFF_BYTES = 16 * 1024 * 1024;

    /** Largest file that is given out. */
    static final int CONTENT_BYTES = 20 * 1024 * 1024;

    private static final int HEADER_BYTES = 16 * 1024;

    private final Repository repository;

    Diffs(Repository repository) {
        this.repository = repository;
    }

    /**
     * One file, two states; the same shape as the diff of checkpoints.
     *
     * @param unified begins at the first {@code @@}; empty when binary or the same
     * @param lines of the file in the second state; null: it is not there or no text
     */
    record Diff(
            String path,
            String from,
            String to,
            String status,
            boolean binary,
            @Nullable String oldMode,
            @Nullable String mode,
            String unified,
            boolean truncated,
            @Nullable Long lines) {}

    Diff diff(TreePath path, @Nullable TreePath from, String side, int context, boolean whole) throws IOException {
        repository.gitFolder();
        int maxBytes = whole ? WHOLE_DIFF_BYTES : DIFF_BYTES;
        Result result = repository.ask(line(path, from, side, context), maxBytes + HEADER_BYTES);
        if (result.exit() > 1 || (result.exit() == 1 && result.out().length == 0)) {
            throw GitProblem.failed("compare " + path, result.words());
        }
        String text = result.text();
        int hunk = text.startsWith("@@") ? 0 : text.indexOf("\n@@") + 1;
        String header = hunk == 0 ? text : text.substring(0, hunk);
        boolean binary = hunk == 0 && header.contains("Binary files ");
        boolean truncated = result.cut();
        String unified =
                hunk == 0 ? "" : truncated ? text.substring(hunk, text.lastIndexOf('\n') + 1) : text.substring(hunk);
        String oldMode = mode(header, "old mode|deleted file mode");
        String mode = mode(header, "new mode|new file mode");
        String status = text.isEmpty()
                ? "="
                : header.contains("\nnew file mode") ? "A" : header.contains("\ndeleted file mode") ? "D" : "M";
        Long lines = binary || status.equals("D") ? null : lines(path, side);
        return new Diff(
                path.toString(),
                side + ":old",
                side + ":new",
                status,
                binary,
                oldMode,
                mode,
                unified,
                truncated,
                lines);
    }

    private List<byte[]> line(TreePath path, @Nullable TreePath from, String side, int context) throws IOException {
        List<byte[]> line = GitProgram.arguments(
                "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short", "-U" + context);
        switch (side) {
            case "worktree" -> {
                if (unknown(path)) {
                    line.addAll(GitProgram.arguments("--no-index", "--", "/dev/null"));
                    line.add(below(path));
                    return line;
                }
            }
            case "staged" -> line.addAll(GitProgram.arguments("--cached"));
            case "head" -> line.addAll(GitProgram.arguments(repository.head() == null ? "--cached" : "HEAD"));
            default -> {
                String commit = Repository.oid(side);
                String parent = repository.line("rev-parse", "--verify", "--quiet", commit + "^1");
                line.addAll(GitProgram.arguments(parent == null ? emptyTree() : parent, commit));
            }
        }
        line.addAll(GitProgram.arguments("--"));
        line.add(path.bytes());
        if (from != null) {
            line.add(2, GitProgram.bytes("--find-renames"));
            line.add(from.bytes());
        }
        return line;
    }

    private String emptyTree() throws IOException {
        return repository
                .must("read an empty tree", "hash-object", "-t", "tree", "/dev/null")
                .text()
                .strip();
    }

    /** @return whether it lies in the folder and git does not know it */
    private boolean unknown(TreePath path) throws IOException {
        List<byte[]> known = GitProgram.arguments("ls-files", "-z", "--");
        known.add(path.bytes());
        if (repository.ask(known, CONTENT_BYTES).out().length > 0) {
            return false;
        }
        return onDisk(path).isPresent();
    }

    /** @return the file or link itself, when no folder on the way is a link */
    private Optional<Path> onDisk(TreePath path) throws IOException {
        Path root = repository.program().project().toRealPath();
        TreePath parent = java.util.Objects.requireNonNull(path.parent());
        Path folder = parent.in(root);
        if (!Files.isDirectory(folder) || !folder.toRealPath().equals(folder)) {
            return Optional.empty();
        }
        Path file = path.in(root);
        return Files.isSymbolicLink(file) || Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? Optional.of(file)
                : Optional.empty();
    }

    private static byte[] below(TreePath path) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write('.');
        out.write('/');
        out.writeBytes(path.bytes());
        return out.toByteArray();
    }

    private static @Nullable String mode(String header, String names) {
        Matcher mode = Pattern.compile("(?m)^(?:" + names + ") ([0-7]{6})$").matcher(header);
        if (!mode.find()) {
            return null;
        }
        String octal = mode.group(1);
        return octal.startsWith("100") ? "0" + octal.substring(3) : octal;
    }

    private @Nullable Long lines(TreePath path, String side) throws IOException {
        byte[] content = content(path, side, true).orElse(null);
        if (content == null) {
            return null;
        }
        long ends = 0;
        for (byte b : content) {
            ends += b == '\n' ? 1 : 0;
        }
        return content.length == 0 || content[content.length - 1] == '\n' ? ends : ends + 1;
    }

    /** @param now the second state of the side, else the first. @return empty: there is no such file */
    Optional<byte[]> content(TreePath path, String side, boolean now) throws IOException {
        if (now && (side.equals("worktree") || side.equals("head"))) {
            Path file = onDisk(path).orElse(null);
            if (file == null || Files.isSymbolicLink(file)) {
                return Optional.empty();
            }
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.of(bounded(in.readNBytes(CONTENT_BYTES + 1), path));
            }
        }
        String revision = switch (side) {
            case "worktree" -> ":0:";
            case "staged" -> now ? ":0:" : "HEAD:";
            case "head" -> "HEAD:";
            default -> Repository.oid(side) + (now ? ":" : "^1:");
        };
        ByteArrayOutputStream name = new ByteArrayOutputStream();
        name.writeBytes(revision.getBytes(StandardCharsets.US_ASCII));
        name.writeBytes(path.bytes());
        List<byte[]> line = GitProgram.arguments("cat-file", "blob");
        line.add(name.toByteArray());
        Result result = repository.ask(line, CONTENT_BYTES + 1);
        return result.exit() == 0 ? Optional.of(bounded(result.out(), path)) : Optional.empty();
    }

    private static byte[] bounded(byte[] content, TreePath path) {
        if (content.length > CONTENT_BYTES) {
            throw GitProblem.of(
                    GitProblem.TOO_LARGE,
                    path + " is larger than " + CONTENT_BYTES + " bytes.",
                    "Look at it in Files.");
        }
        return content;
    }
}
