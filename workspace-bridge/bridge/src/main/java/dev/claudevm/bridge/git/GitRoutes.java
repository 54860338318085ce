package dev.claudevm.bridge.git;

import dev.claudevm.bridge.checkpoint.Checkpoints;
import dev.claudevm.bridge.checkpoint.Checkpoints.UnknownCheckpoint;
import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.JacksonException;

/** The part of the bridge's HTTP API about the project's own git: section 9 of the architecture. */
public final class GitRoutes {

    private static final int MAX_BODY_BYTES = 4 * 1024 * 1024;
    private static final int LOG_PAGE = 50;
    private static final int MAX_LOG_PAGE = 500;
    private static final int MAX_SKIP = 10_000_000;
    private static final int MAX_CONTEXT = 1_000_000;

    /** Platform threads: they read what programs print. Few at once, some in line; more are refused. */
    private static final Scheduler PROGRAMS = Schedulers.newBoundedElastic(6, 64, "git", 60, true);

    private final Repository repository;
    private final Staging staging;
    private final Branches branches;
    private final Merging merging;
    private final Remotes remotes;
    private final Diffs diffs;

    /** @param inherited environment of git: PATH, HOME, TMPDIR. @param checkpoints keep what is thrown away */
    public GitRoutes(Path project, Map<String, String> inherited, Checkpoints checkpoints) {
        repository = new Repository(new GitProgram(project, inherited));
        staging = new Staging(repository, checkpoints);
        branches = new Branches(repository, staging);
        merging = new Merging(repository, staging);
        remotes = new Remotes(repository, Clock.systemUTC());
        diffs = new Diffs(repository);
    }

    /** To be joined to the bridge's own, which let only the control plane in. */
    public RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .GET("/v1/git", _ -> json(this::overview))
                .POST("/v1/git/init", _ -> json(this::init))
                .GET("/v1/git/diff", this::diff)
                .GET("/v1/git/file", this::file)
                .POST("/v1/git/stage", r -> with(r, Paths.class, this::stage))
                .POST("/v1/git/unstage", r -> with(r, Paths.class, this::unstage))
                .POST("/v1/git/discard", r -> with(r, Paths.class, b -> staging.discard(Repository.paths(b.paths()))))
                .POST("/v1/git/discard/undo", r -> with(r, UndoBody.class, this::undo))
                .POST("/v1/git/commit", r -> with(r, CommitBody.class, b -> staging.commit(b.message(), b.head())))
                .PUT("/v1/git/author", r -> with(r, AuthorBody.class, this::author))
                .PUT("/v1/git/remote", r -> with(r, RemoteBody.class, this::remote))
                .GET("/v1/git/branches", _ -> json(() -> Map.of("branches", branches.list())))
                .POST("/v1/git/branches", r -> with(r, BranchBody.class, this::create))
                .POST("/v1/git/switch", r -> with(r, BranchBody.class, this::checkOut))
                .GET("/v1/git/stashes", _ -> json(() -> Map.of("stashes", branches.stashes())))
                .POST("/v1/git/stashes", r -> with(r, StashBody.class, this::stash))
                .POST("/v1/git/stashes/pop", r -> with(r, PopBody.class, this::pop))
                .GET("/v1/git/log", this::log)
                .GET("/v1/git/commits/{oid}", r -> json(() -> branches.show(r.pathVariable("oid"))))
                .POST(
                        "/v1/git/resolve",
                        r -> with(r, ResolveBody.class, b -> merging.resolve(Repository.path(b.path()), b.take())))
                .POST("/v1/git/continue", _ -> json(() -> Map.of("output", merging.goOn())))
                .POST("/v1/git/abort", _ -> json(() -> Map.of("checkpointId", merging.abort())))
                .POST("/v1/git/fetch", r -> with(r, JobBody.class, b -> remotes.fetch(id(b.id()))))
                .POST("/v1/git/pull", r -> with(r, JobBody.class, b -> remotes.pull(id(b.id()), b.how())))
                .POST("/v1/git/push", r -> with(r, JobBody.class, b -> remotes.push(id(b.id()))))
                .POST("/v1/git/pull-request", r -> with(r, RequestBody.class, this::pullRequest))
                .GET("/v1/git/job", _ -> json(() -> java.util.Collections.singletonMap("job", remotes.job())))
                .DELETE("/v1/git/job/{id}", this::stop)
                .filter((request, next) -> Mono.defer(() -> next.handle(request))
                        .onErrorResume(GitProblem.class, GitRoutes::problem)
                        .onErrorResume(
                                UnknownCheckpoint.class,
                                e -> problem(GitProblem.of(
                                        GitProblem.MISSING, String.valueOf(e.getMessage()), "Look again.")))
                        .onErrorResume(
                                java.util.concurrent.RejectedExecutionException.class,
                                _ -> problem(GitProblem.of(
                                        GitProblem.UNAVAILABLE, "Too much is asked of git at once.", "Try again.")))
                        .onErrorResume(IOException.class, e -> problem(failure(e))))
                .build();
    }

    record Paths(@Nullable List<String> paths, @Nullable Boolean all) {}

    record UndoBody(@Nullable String checkpointId, @Nullable List<String> paths) {}

    record CommitBody(@Nullable String message, @Nullable String head) {}

    record AuthorBody(@Nullable String name, @Nullable String email) {}

    record RemoteBody(@Nullable String name, @Nullable String url) {}

    record BranchBody(@Nullable String name, @Nullable Boolean remote) {}

    record StashBody(@Nullable String message) {}

    record PopBody(int number, @Nullable String oid) {}

    record ResolveBody(@Nullable String path, @Nullable String take) {}

    record JobBody(@Nullable String id, @Nullable String how) {}

    record RequestBody(
            @Nullable String id,
            @Nullable String title,
            @Nullable String body,
            @Nullable String base,
            @Nullable Boolean draft) {}

    private Overview overview() throws IOException {
        try {
            return Overview.read(repository, remotes.job());
        } catch (GitProblem e) {
            if (e.kind().equals("none")) {
                return Overview.none(remotes.job());
            }
            throw e;
        }
    }

    private Overview init() throws IOException {
        repository.changing(() -> repository.line("config", "--get", "init.defaultBranch") == null
                ? repository.must("make a repository", "init", "-q", "--initial-branch=main")
                : repository.must("make a repository", "init", "-q"));
        return overview();
    }

    private Overview stage(Paths body) throws IOException {
        if (Boolean.TRUE.equals(body.all())) {
            staging.stageAll();
        } else {
            staging.stage(Repository.paths(body.paths()));
        }
        return overview();
    }

    private Overview unstage(Paths body) throws IOException {
        if (Boolean.TRUE.equals(body.all())) {
            staging.unstageAll();
        } else {
            staging.unstage(Repository.paths(body.paths()));
        }
        return overview();
    }

    private Map<String, Object> undo(UndoBody body) throws IOException {
        return Map.of("kept", staging.undo(String.valueOf(body.checkpointId()), Repository.paths(body.paths())));
    }

    private Overview author(AuthorBody body) throws IOException {
        staging.author(body.name(), body.email());
        return overview();
    }

    private Overview remote(RemoteBody body) throws IOException {
        String name = body.name() == null || body.name().isBlank()
                ? "origin"
                : body.name().strip();
        String url = body.url() == null ? "" : body.url().strip();
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
                || url.isEmpty()
                || url.startsWith("-")
                || url.length() > 2000
                || url.matches("(?s).*\\p{Cntrl}.*")) {
            throw GitProblem.of(GitProblem.BAD, "That is no address of a remote.", "Use its https or ssh address.");
        }
        repository.changing(() -> {
            boolean there = repository.line("config", "--get", "remote." + name + ".url") != null;
            return there
                    ? repository.must("name the remote", "remote", "set-url", "--", name, url)
                    : repository.must("name the remote", "remote", "add", "--", name, url);
        });
        return overview();
    }

    private Overview create(BranchBody body) throws IOException {
        branches.create(body.name());
        return overview();
    }

    private Overview checkOut(BranchBody body) throws IOException {
        branches.checkOut(body.name(), Boolean.TRUE.equals(body.remote()));
        return overview();
    }

    private Overview stash(StashBody body) throws IOException {
        branches.stash(body.message());
        return overview();
    }

    private Overview pop(PopBody body) throws IOException {
        if (body.number() < 0) {
            throw GitProblem.of(GitProblem.BAD, "That is no stash.", "Look at the list again.");
        }
        branches.pop(body.number(), body.oid());
        return overview();
    }

    private Job pullRequest(RequestBody body) throws IOException {
        String base = body.base() == null || body.base().isBlank() ? null : repository.branchName(body.base());
        return remotes.pullRequest(
                id(body.id()),
                new Remotes.Request(
                        body.title() == null ? "" : body.title().strip(),
                        body.body() == null ? "" : body.body(),
                        base,
                        Boolean.TRUE.equals(body.draft())));
    }

    private Mono<ServerResponse> stop(ServerRequest request) {
        remotes.stop(request.pathVariable("id"));
        return ServerResponse.noContent().build();
    }

    private static String id(@Nullable String id) {
        return id == null ? "" : id;
    }

    private Mono<ServerResponse> diff(ServerRequest request) {
        TreePath path = Repository.path(request.queryParam("path").orElse(null));
        TreePath from = request.queryParam("from")
                .filter(f -> !f.isEmpty())
                .map(Repository::path)
                .orElse(null);
        String side = request.queryParam("side").orElse("worktree");
        int context = number(request, "context", 3, MAX_CONTEXT);
        boolean whole = request.queryParam("whole").map("true"::equals).orElse(false);
        return json(() -> diffs.diff(path, from, side, context, whole));
    }

    private Mono<ServerResponse> file(ServerRequest request) {
        TreePath path = Repository.path(request.queryParam("path").orElse(null));
        String side = request.queryParam("side").orElse("worktree");
        boolean now = !request.queryParam("state").orElse("new").equals("old");
        return blocking(() -> {
                    repository.gitFolder();
                    return diffs.content(path, side, now);
                })
                .flatMap(found -> found.map(bytes -> ServerResponse.ok()
                                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                                .bodyValue(bytes))
                        .orElseGet(() -> problem(GitProblem.of(
                                GitProblem.MISSING, path + " is not there in this state.", "Look again."))));
    }

    private Mono<ServerResponse> log(ServerRequest request) {
        int skip = number(request, "skip", 0, MAX_SKIP);
        int limit = Math.max(1, number(request, "limit", LOG_PAGE, MAX_LOG_PAGE));
        return json(() -> branches.log(skip, limit));
    }

    private static int number(ServerRequest request, String name, int otherwise, int most) {
        String text = request.queryParam(name).orElse(String.valueOf(otherwise));
        if (!text.matches("[0-9]{1,8}") || Integer.parseInt(text) > most) {
            throw GitProblem.of(
                    GitProblem.BAD, "\"" + text + "\" is no " + name + ".", "Use a number from 0 to " + most + ".");
        }
        return Integer.parseInt(text);
    }

    private interface Handler<B, A> {
        A handle(B body) throws IOException;
    }

    private static <B> Mono<ServerResponse> with(ServerRequest request, Class<B> type, Handler<B, ?> handler) {
        return DataBufferUtils.join(request.body(BodyExtractors.toDataBuffers()), MAX_BODY_BYTES)
                .map(GitRoutes::bytes)
                .switchIfEmpty(Mono.error(() -> GitProblem.of(GitProblem.BAD, "The body is empty.", "Send JSON.")))
                .flatMap(bytes -> {
                    B body;
                    try {
                        body = Json.MAPPER.readValue(bytes, type);
                    } catch (JacksonException e) {
                        throw GitProblem.of(
                                GitProblem.BAD,
                                "The body is not what was expected: " + e.getOriginalMessage(),
                                "See docs/git.md.");
                    }
                    if (body == null) {
                        throw GitProblem.of(GitProblem.BAD, "The body is null.", "See docs/git.md.");
                    }
                    return json(() -> handler.handle(body));
                });
    }

    private static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    private static <T> Mono<T> blocking(Callable<T> work) {
        return Mono.fromCallable(work).subscribeOn(PROGRAMS);
    }

    private static Mono<ServerResponse> json(Callable<?> work) {
        return blocking(() -> Json.MAPPER.writeValueAsBytes(work.call()))
                .flatMap(bytes -> ServerResponse.ok()
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(bytes));
    }

    private static GitProblem failure(IOException e) {
        System.getLogger(GitRoutes.class.getName()).log(System.Logger.Level.WARNING, "git could not be run", e);
        return GitProblem.of(
                HttpStatus.SERVICE_UNAVAILABLE.value(),
                String.valueOf(e.getMessage()),
                "Remove the cause and try again.");
    }

    private static Mono<ServerResponse> problem(GitProblem problem) {
        return ServerResponse.status(problem.status())
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(Json.MAPPER.writeValueAsBytes(problem.body()));
    }
}
