package dev.claudevm.bridge.git;

import dev.claudevm.bridge.git.GitProgram.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Branches, stashes and the log. */
final class Branches {

    private static final int MAX_BRANCHES = 300;
    private static final int MAX_STASHES = 100;
    private static final int MAX_UNPUSHED = 500;
    private static final int MAX_LOG_BYTES = 4 * 1024 * 1024;
    private static final int LOG_FIELDS = 7;
    private static final int MAX_FILES = 1000;

    private final Repository repository;
    private final Staging staging;

    Branches(Repository repository, Staging staging) {
        this.repository = repository;
        this.staging = staging;
    }

    /** @param name without {@code refs/heads/} or {@code refs/remotes/}. @param remote it is one of a remote */
    record Branch(
            String name,
            boolean remote,
            boolean current,
            @Nullable String upstream,
            String at,
            String subject) {}

    /** Newest first. @return at most 300 */
    List<Branch> list() throws IOException {
        repository.gitFolder();
        Result result = repository.ask(
                "for-each-ref",
                "--count=" + MAX_BRANCHES,
                "--sort=-committerdate",
                "--format=%(refname)%00%(HEAD)%00%(upstream:short)%00%(committerdate:iso-strict)%00%(contents:subject)%00%(symref)%00",
                "refs/heads",
                "refs/remotes");
        List<String> fields = fields(result);
        List<Branch> branches = new ArrayList<>();
        for (int i = 0; i + 5 < fields.size(); i += 6) {
            String ref = fields.get(i).strip();
            boolean remote = ref.startsWith("refs/remotes/");
            if (fields.get(i + 5).isEmpty()) {
                branches.add(new Branch(
                        ref.substring(remote ? "refs/remotes/".length() : "refs/heads/".length()),
                        remote,
                        fields.get(i + 1).equals("*"),
                        fields.get(i + 2).isEmpty() ? null : fields.get(i + 2),
                        fields.get(i + 3),
                        fields.get(i + 4)));
            }
        }
        return branches;
    }

    private static List<String> fields(Result result) {
        return Status.records(result.out()).stream()
                .map(b -> new String(b, java.nio.charset.StandardCharsets.UTF_8))
                .toList();
    }

    /** Makes a branch at the commit that is checked out, and checks it out; changes in the folder come along. */
    void create(@Nullable String name) throws IOException {
        String branch = repository.branchName(name);
        repository.changing(() -> repository.must("make the branch", "switch", "-q", "-c", branch));
    }

    /** @param remote the name is one of a remote: a branch that follows it is made */
    void checkOut(@Nullable String name, boolean remote) throws IOException {
        String branch = repository.branchName(name);
        repository.changing(() -> {
            if (!repository.exists((remote ? "refs/remotes/" : "refs/heads/") + branch)) {
                throw GitProblem.of(
                        GitProblem.MISSING, "There is no branch \"" + branch + "\".", "Look at the list again.");
            }
            return remote
                    ? repository.must("switch the branch", "switch", "-q", "--track", branch)
                    : repository.must("switch the branch", "switch", "-q", "--no-guess", branch);
        });
    }

    /** @param number 0 is the newest. @param oid its commit: who pops it means this one */
    record Stash(int number, String oid, String message, String at) {}

    List<Stash> stashes() throws IOException {
        repository.gitFolder();
        if (!repository.exists("refs/stash")) {
            return List.of();
        }
        Result result = repository.ask(
                "log", "-g", "-z", "--max-count=" + MAX_STASHES, "--format=%H%x00%gs%x00%aI", "refs/stash", "--");
        List<String> fields = fields(result);
        List<Stash> stashes = new ArrayList<>();
        for (int i = 0; i + 2 < fields.size(); i += 3) {
            stashes.add(new Stash(i / 3, fields.get(i), fields.get(i + 1), fields.get(i + 2)));
        }
        return stashes;
    }

    /** Puts all changes aside, also files that git does not know. */
    void stash(@Nullable String message) throws IOException {
        String words = message == null ? "" : message.strip();
        if (words.length() > 1000 || words.indexOf('\0') >= 0) {
            throw GitProblem.of(GitProblem.BAD, "That is too long for a stash.", "Say it shorter.");
        }
        repository.changing(() -> {
            Status status = Status.read(repository);
            if (status.head() == null) {
                throw GitProblem.kind("empty", "There is no commit yet.", "Commit first; a stash stands on one.");
            }
            if (status.staged().isEmpty() && status.unstaged().isEmpty()) {
                throw GitProblem.kind("nothing", "There is nothing to put aside.", "Change something first.");
            }
            return words.isEmpty()
                    ? repository.must("put the changes aside", "stash", "push", "-q", "--include-untracked")
                    : repository.must(
                            "put the changes aside",
                            "stash",
                            "push",
                            "-q",
                            "--include-untracked",
                            "--message=" + words);
        });
    }

    /** Brings a stash back and drops it; when it does not fit, it stays. */
    void pop(int number, @Nullable String oid) throws IOException {
        Repository.oid(oid);
        repository.changing(() -> {
            if (!String.valueOf(oid)
                    .equals(repository.line("rev-parse", "--verify", "--quiet", "stash@{" + number + "}"))) {
                throw GitProblem.of(GitProblem.MISSING, "That stash is not there any more.", "Look at the list again.");
            }
            staging.checkpoint();
            return repository.must("bring the stash back", "stash", "pop", "-q", "--index", "stash@{" + number + "}");
        });
    }

    /** @param unpushed the upstream does not have it. @param refs branches and tags that name it */
    record Commit(
            String oid,
            List<String> parents,
            String author,
            String email,
            String at,
            String subject,
            List<String> refs,
            boolean unpushed) {}

    /** @param more there are older ones */
    record Log(List<Commit> commits, boolean more) {}

    Log log(int skip, int limit) throws IOException {
        repository.gitFolder();
        if (repository.head() == null) {
            return new Log(List.of(), false);
        }
        Result result = repository.ask(
                GitProgram.arguments(
                        "log",
                        "-z",
                        "--encoding=UTF-8",
                        "--no-show-signature",
                        "--skip=" + skip,
                        "--max-count=" + (limit + 1),
                        "--decorate=short",
                        "--format=%H%x00%P%x00%an%x00%ae%x00%aI%x00%s%x00%D",
                        "HEAD",
                        "--"),
                MAX_LOG_BYTES);
        if (result.exit() != 0) {
            throw GitProblem.failed("read the log", result.words());
        }
        List<String> unpushed = unpushed();
        List<String> fields = fields(result);
        List<Commit> commits = new ArrayList<>();
        for (int i = 0; i + LOG_FIELDS - 1 < fields.size(); i += LOG_FIELDS) {
            commits.add(new Commit(
                    fields.get(i),
                    words(fields.get(i + 1), " "),
                    fields.get(i + 2),
                    fields.get(i + 3),
                    fields.get(i + 4),
                    fields.get(i + 5),
                    words(fields.get(i + 6), ", "),
                    unpushed.contains(fields.get(i))));
        }
        boolean more = commits.size() > limit;
        return new Log(more ? List.copyOf(commits.subList(0, limit)) : commits, more);
    }

    private static List<String> words(String text, String by) {
        return text.isEmpty() ? List.of() : List.of(text.split(by));
    }

    private List<String> unpushed() throws IOException {
        Result result = repository.ask("rev-list", "--max-count=" + MAX_UNPUSHED, "@{upstream}..HEAD", "--");
        return result.exit() == 0 ? result.text().lines().toList() : List.of();
    }

    /** @param files what it did to its first parent, at most 1,000 */
    record Shown(
            String oid,
            String message,
            String author,
            String email,
            String at,
            List<Status.Entry> files,
            boolean more) {}

    Shown show(String commit) throws IOException {
        String oid = Repository.oid(commit);
        Result about = repository.ask(
                "log",
                "-1",
                "-z",
                "--encoding=UTF-8",
                "--no-show-signature",
                "--format=%B%x00%an%x00%ae%x00%aI",
                oid,
                "--");
        List<String> fields = fields(about);
        if (about.exit() != 0 || fields.size() < 4) {
            throw GitProblem.of(GitProblem.MISSING, "There is no commit " + oid + ".", "Look at the log again.");
        }
        Result result = repository.ask(
                "diff-tree",
                "-r",
                "-z",
                "--root",
                "--no-commit-id",
                "--name-status",
                "--no-renames",
                "-m",
                "--first-parent",
                oid,
                "--");
        List<byte[]> records = Status.records(result.out());
        List<Status.Entry> files = new ArrayList<>();
        for (int i = 0; i + 1 < records.size() && files.size() < MAX_FILES; i += 2) {
            String status = new String(records.get(i), java.nio.charset.StandardCharsets.US_ASCII);
            String path =
                    dev.claudevm.bridge.tree.TreePath.of(records.get(i + 1)).toString();
            files.add(new Status.Entry(path, null, status, null, false));
        }
        return new Shown(
                oid,
                fields.get(0).strip(),
                fields.get(1),
                fields.get(2),
                fields.get(3),
                files,
                records.size() / 2 > files.size() || result.cut());
    }
}
