package dev.claudevm.bridge.git;

import dev.claudevm.bridge.git.GitProgram.Result;
import dev.claudevm.bridge.git.GitProgram.Wish;
import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The project's repository as the other classes use it: questions, and changes one after the other. */
final class Repository {

    private static final Duration QUESTION = Duration.ofSeconds(30);
    private static final Duration CHANGE = Duration.ofMinutes(5);
    private static final long PATIENCE_SECONDS = 20;
    private static final int MAX_ANSWER_BYTES = 8 * 1024 * 1024;
    private static final Pattern OID = Pattern.compile("[0-9a-f]{40}([0-9a-f]{24})?");

    private final GitProgram program;
    private final ReentrantLock changing = new ReentrantLock();

    Repository(GitProgram program) {
        this.program = program;
    }

    GitProgram program() {
        return program;
    }

    interface Work<T> {
        T run() throws IOException;
    }

    /** Changes never run into each other here; git's own locks guard against others. */
    <T> T changing(Work<T> work) throws IOException {
        try {
            if (!changing.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw GitProblem.kind("busy", "git is at work in this workspace.", "Wait for it, then do it again.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
        try {
            return work.run();
        } finally {
            changing.unlock();
        }
    }

    private static List<byte[]> git(List<byte[]> arguments) {
        List<byte[]> all = new ArrayList<>(GitProgram.arguments("git"));
        all.addAll(arguments);
        return all;
    }

    /** Asks; whatever comes of it is the caller's. */
    Result ask(List<byte[]> arguments, int maxBytes) throws IOException {
        return program.run(new Wish(git(arguments), new byte[0], true, true, maxBytes, QUESTION, null, null));
    }

    Result ask(String... arguments) throws IOException {
        return ask(GitProgram.arguments(arguments), MAX_ANSWER_BYTES);
    }

    /** @return the answer, null when git has none */
    @Nullable
    String line(String... arguments) throws IOException {
        Result result = ask(arguments);
        return result.exit() == 0 ? result.text().strip() : null;
    }

    /** Changes something. @return how it came out, also when it failed */
    Result change(byte[] stdin, boolean literal, List<byte[]> arguments) throws IOException {
        return program.run(
                new Wish(git(arguments), stdin, false, literal, GitProgram.MAX_WORDS_BYTES, CHANGE, null, null));
    }

    /** Changes something. @param what as in "git could not …" */
    Result must(String what, byte[] stdin, boolean literal, List<byte[]> arguments) throws IOException {
        Result result = change(stdin, literal, arguments);
        if (result.exit() != 0) {
            throw GitProblem.failed(what, result.everything());
        }
        return result;
    }

    Result must(String what, String... arguments) throws IOException {
        return must(what, new byte[0], false, GitProgram.arguments(arguments));
    }

    /** Changes something about paths, which git reads from its input. */
    Result mustWith(String what, List<TreePath> paths, String... arguments) throws IOException {
        List<byte[]> all = GitProgram.arguments(arguments);
        all.addAll(GitProgram.arguments("--pathspec-from-file=-", "--pathspec-file-nul"));
        return must(what, GitProgram.list(paths), true, all);
    }

    /** @return the folder of what git keeps. @throws GitProblem 409 of kind {@code none} when the project has no git */
    Path gitFolder() throws IOException {
        Result result = ask("rev-parse", "--absolute-git-dir");
        if (result.exit() != 0) {
            if (result.words().contains("not a git repository")) {
                throw GitProblem.kind("none", "This project is not a git repository.", "Make it one (git init).");
            }
            throw GitProblem.failed("read the repository", result.words());
        }
        String text = new String(result.out(), StandardCharsets.UTF_8);
        return Path.of(text.substring(0, text.length() - 1));
    }

    /** @return the commit that HEAD names; null: there is none yet */
    @Nullable
    String head() throws IOException {
        return line("rev-parse", "--verify", "--quiet", "HEAD^{commit}");
    }

    /** @return the branch that is checked out, also one without a commit; null: HEAD is detached */
    @Nullable
    String branch() throws IOException {
        return line("symbolic-ref", "--quiet", "--short", "HEAD");
    }

    static String oid(@Nullable String text) {
        if (text == null || !OID.matcher(text).matches()) {
            throw GitProblem.of(GitProblem.BAD, "That is no commit.", "Name it by its full number.");
        }
        return text;
    }

    /** @return the name, when it can be one of a branch. @throws GitProblem 400 */
    String branchName(@Nullable String name) throws IOException {
        if (name == null
                || name.isBlank()
                || name.startsWith("-")
                || name.length() > 250
                || ask("check-ref-format", "refs/heads/" + name).exit() != 0) {
            throw GitProblem.of(
                    GitProblem.BAD,
                    "\"" + (name == null ? "" : name) + "\" is no name for a branch.",
                    "Use letters, digits, - and /, without spaces.");
        }
        return name;
    }

    boolean exists(String ref) throws IOException {
        return ask("show-ref", "--verify", "--quiet", "--", ref).exit() == 0;
    }

    static TreePath path(@Nullable String text) {
        TreePath path;
        try {
            path = TreePath.address(text == null ? "" : text);
        } catch (IllegalArgumentException e) {
            throw GitProblem.of(GitProblem.BAD, String.valueOf(e.getMessage()), "Use a path that the status lists.");
        }
        if (path.isRoot() || path.inGit()) {
            throw GitProblem.of(
                    GitProblem.BAD, "\"" + path + "\" is no file of the project.", "Use a path that the status lists.");
        }
        return path;
    }

    static List<TreePath> paths(@Nullable List<String> texts) {
        if (texts == null || texts.isEmpty()) {
            throw GitProblem.of(GitProblem.BAD, "No path is named.", "Send \"paths\".");
        }
        return texts.stream().map(Repository::path).toList();
    }
}
