package dev.claudevm.bridge.git;

import dev.claudevm.bridge.git.GitProgram.Result;
import dev.claudevm.bridge.git.GitProgram.Wish;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fetch, pull, push and pull requests: one at a time, in a thread of its own, whoever looks. */
final class Remotes {

    private static final Duration LONGEST = Duration.ofMinutes(20);
    private static final int MAX_BYTES = 64 * 1024;
    private static final Pattern PAGE = Pattern.compile("https?://[^\\s'\"<>]+");
    private static final Set<String> HOW = Set.of("merge", "rebase", "ff-only");

    private final Repository repository;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Job job;
    private @Nullable Process process;

    Remotes(Repository repository, Clock clock) {
        this.repository = repository;
        this.clock = clock;
    }

    /** @return the last one, or the one that runs; null: there was none since the bridge started */
    @Nullable
    Job job() {
        lock.lock();
        try {
            return job;
        } finally {
            lock.unlock();
        }
    }

    private interface Work {
        Result run() throws IOException;
    }

    Job fetch(String id) {
        return begin(id, "fetch", () -> talk("fetch", "--progress", "--prune", "--all"));
    }

    /** @param how {@code merge}, {@code rebase}, {@code ff-only}; null: as git is configured, or only forward */
    Job pull(String id, @Nullable String how) {
        if (how != null && !HOW.contains(how)) {
            throw GitProblem.of(GitProblem.BAD, "\"" + how + "\" is no way to pull.", "Use merge, rebase or ff-only.");
        }
        return begin(
                id,
                "pull",
                () -> repository.changing(() -> {
                    String option = how == null ? configured() : how;
                    return switch (option) {
                        case "merge" -> talk("pull", "--progress", "--no-rebase", "--no-edit", "--ff");
                        case "rebase" -> talk("pull", "--progress", "--rebase");
                        case "ff-only" -> talk("pull", "--progress", "--ff-only");
                        default -> talk("pull", "--progress");
                    };
                }));
    }

    private String configured() throws IOException {
        boolean said = repository.line("config", "--get", "pull.rebase") != null
                || repository.line("config", "--get", "pull.ff") != null;
        return said ? "" : "ff-only";
    }

    /** The first push of a branch also says what it follows from then on. */
    Job push(String id) {
        return begin(id, "push", () -> {
            String branch = repository.branch();
            if (branch == null) {
                throw GitProblem.kind("detached", "No branch is checked out.", "Make a branch here, then push it.");
            }
            if (repository.head() == null) {
                throw GitProblem.kind("empty", "There is no commit yet.", "Commit first.");
            }
            Overview overview = Overview.read(repository, null);
            if (overview.remote() == null || overview.remote().startsWith("-")) {
                throw overview.remotes().isEmpty()
                        ? GitProblem.kind(
                                "none", "There is no remote to push to.", "Name one: its address is all it needs.")
                        : GitProblem.kind(
                                "none",
                                "There are several remotes, and none is called origin.",
                                "Push once in the terminal: git push -u <remote> " + branch + ".");
            }
            Status status = java.util.Objects.requireNonNull(overview.status());
            return status.upstream() == null
                    ? talk(
                            "push",
                            "--progress",
                            "-u",
                            overview.remote(),
                            "refs/heads/" + branch + ":refs/heads/" + branch)
                    : talk("push", "--progress");
        });
    }

    /** What a person says of a pull request. @param base the branch that it is for; null: the forge's default */
    record Request(String title, String body, @Nullable String base, boolean draft) {}

    Job pullRequest(String id, Request wanted) {
        if (wanted.title().isBlank() || wanted.title().length() > 500) {
            throw GitProblem.of(GitProblem.BAD, "A pull request needs a title.", "Say in a few words what it does.");
        }
        return begin(id, "pull-request", () -> {
            Overview overview = Overview.read(repository, null);
            Status status = java.util.Objects.requireNonNull(overview.status());
            String branch = status.branch();
            if (overview.program() == null || branch == null) {
                throw GitProblem.kind(
                        "none",
                        branch == null ? "No branch is checked out." : "The forge's program is not installed here.",
                        "Use the link to the forge's page.");
            }
            if (status.upstream() == null || !Integer.valueOf(0).equals(status.ahead())) {
                throw GitProblem.kind("rejected", "The branch is not pushed yet.", "Push it first.");
            }
            return forge(overview.program(), branch, wanted);
        });
    }

    private Result forge(String program, String branch, Request wanted) throws IOException {
        List<String> line = new ArrayList<>();
        if (program.equals("gh")) {
            line.addAll(
                    List.of("gh", "pr", "create", "--head=" + branch, "--title=" + wanted.title(), "--body-file=-"));
            line.addAll(wanted.base() == null ? List.of() : List.of("--base=" + wanted.base()));
        } else {
            line.addAll(List.of("glab", "mr", "create", "--yes", "--source-branch=" + branch));
            line.addAll(List.of("--title=" + wanted.title(), "--description=" + wanted.body()));
            line.addAll(wanted.base() == null ? List.of() : List.of("--target-branch=" + wanted.base()));
        }
        line.addAll(wanted.draft() ? List.of("--draft") : List.of());
        return repository
                .program()
                .run(new Wish(
                        GitProgram.arguments(line.toArray(String[]::new)),
                        GitProgram.bytes(program.equals("gh") ? wanted.body() : ""),
                        false,
                        false,
                        MAX_BYTES,
                        LONGEST,
                        this::heard,
                        this::runs));
    }

    private Result talk(String... arguments) throws IOException {
        List<byte[]> line = GitProgram.arguments("git");
        line.addAll(GitProgram.arguments(arguments));
        return repository
                .program()
                .run(new Wish(line, new byte[0], false, false, MAX_BYTES, LONGEST, this::heard, this::runs));
    }

    private void heard(String words) {
        lock.lock();
        try {
            if (job != null && job.running()) {
                job = job.heard(words);
            }
        } finally {
            lock.unlock();
        }
    }

    private void runs(Process started) {
        lock.lock();
        try {
            process = started;
        } finally {
            lock.unlock();
        }
    }

    private Job begin(String id, String what, Work work) {
        if (!id.matches("[A-Za-z0-9_-]{1,64}")) {
            throw GitProblem.of(GitProblem.BAD, "\"id\" is no id.", "Send a UUID that the client made.");
        }
        lock.lock();
        try {
            if (job != null && job.id().equals(id)) {
                return job;
            }
            if (job != null && job.running()) {
                throw GitProblem.kind("busy", "A " + job.what() + " is under way.", "Wait for its end, or stop it.");
            }
            Job begun = Job.begun(id, what, clock.instant());
            job = begun;
            Thread.ofPlatform().daemon().name("git " + what).start(() -> work(begun, work));
            return begun;
        } finally {
            lock.unlock();
        }
    }

    private void work(Job begun, Work work) {
        Job ended;
        try {
            Result result = work.run();
            String output = result.everything();
            if (result.exit() == 0) {
                ended = begun.done(output, page(output));
            } else {
                ended = begun.failed(GitProblem.failed(begun.what(), output));
            }
        } catch (GitProblem e) {
            ended = begun.failed(e);
        } catch (IOException | RuntimeException e) {
            System.getLogger(Remotes.class.getName()).log(System.Logger.Level.WARNING, "git " + begun.what(), e);
            ended = begun.failed(GitProblem.failed(begun.what(), String.valueOf(e.getMessage())));
        }
        lock.lock();
        try {
            job = ended;
            process = null;
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable String page(String output) {
        Matcher page = PAGE.matcher(output);
        String last = null;
        while (page.find()) {
            if (page.group().matches(".*(/pull/|/compare/|merge_requests|pull-requests|/pulls/).*")) {
                last = page.group();
            }
        }
        return last;
    }

    /** Ends what runs, if it is that one. */
    void stop(String id) {
        lock.lock();
        try {
            if (job != null && job.running() && job.id().equals(id) && process != null) {
                GitProgram.end(process);
            }
        } finally {
            lock.unlock();
        }
    }
}
