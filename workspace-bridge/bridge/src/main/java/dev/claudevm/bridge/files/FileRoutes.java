package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Trash;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The part of the bridge's HTTP API about files: section 8 of the architecture. */
public final class FileRoutes {

    private static final int PAGE = 500;
    private static final int WINDOW_LINES = 1_000;
    private static final int FOUND = 50;
    private static final int WRITE_AHEAD = 8;

    private final Tree tree;
    private final Listing listing;
    private final Content content;
    private final TextWindows windows;
    private final Saving saving;
    private final dev.claudevm.bridge.files.Trash trash;
    private final Moves moves;
    private final FileIndex index;
    private final Archive archive;
    private final Watching watching;
    private final FileBounds bounds;
    private final Map<String, String> environment;

    /**
     * @param state the bridge's folder; {@code files.json} in it may set bounds
     * @param environment PATH and HOME of the programs that search
     * @throws IOException when {@code files.json} is not what was expected
     */
    public FileRoutes(Path project, Path state, Map<String, String> environment) throws IOException {
        this.bounds = FileBounds.read(state.resolve("files.json"));
        this.environment = Map.copyOf(environment);
        Path own = state.resolve("files");
        tree = new Tree(project);
        Entries entries = new Entries(tree);
        Scratch scratch = new Scratch(own.resolve("unfinished"));
        listing = new Listing(tree, entries, new Ignored(environment), bounds);
        content = new Content(tree, entries, bounds);
        windows = new TextWindows(content, bounds);
        saving = new Saving(tree, content, scratch, bounds);
        trash = new dev.claudevm.bridge.files.Trash(
                own.resolve("trash"), tree, entries, scratch, bounds, environment, Clock.systemUTC());
        moves = new Moves(tree, entries, saving, trash);
        index = new FileIndex(tree, bounds, environment);
        archive = new Archive(tree, bounds, environment);
        watching = new Watching(tree, entries, bounds);
        scratch.recover(tree);
    }

    /** To be joined to the bridge's own, which let only the control plane in. */
    public RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .GET("/v1/files", this::list)
                .GET("/v1/files/info", this::info)
                .GET("/v1/files/content", this::content)
                .PUT("/v1/files/content", this::save)
                .GET("/v1/files/text", this::text)
                .GET("/v1/files/find", this::find)
                .GET("/v1/files/search", this::search)
                .GET("/v1/files/archive", this::archive)
                .GET("/v1/files/watch", this::watch)
                .POST("/v1/files/folder", this::makeFolder)
                .POST("/v1/files/move", this::move)
                .DELETE("/v1/files", this::delete)
                .GET("/v1/files/trash", _ -> json(() -> new Trash(trash.list())))
                .POST("/v1/files/trash/{id}/restore", this::restore)
                .DELETE("/v1/files/trash/{id}", this::forget)
                .filter((request, next) -> Mono.defer(() -> next.handle(request))
                        .onErrorResume(FileProblem.class, FileRoutes::problem)
                        .onErrorResume(
                                RejectedExecutionException.class,
                                _ -> problem(FileProblem.of(
                                        FileProblem.BUSY,
                                        "Too many searches and downloads are under way.",
                                        "Wait for one to end.")))
                        .onErrorResume(
                                IOException.class,
                                e -> problem(
                                        FileProblem.of(e, path(request, "path").toString()))))
                .build();
    }

    private static TreePath path(ServerRequest request, String name) {
        return Tree.parse(request.queryParam(name).orElse(""));
    }

    private static TreePath needed(ServerRequest request, String name) {
        TreePath path = path(request, name);
        if (path.isRoot()) {
            throw FileProblem.of(
                    FileProblem.BAD, "The parameter " + name + " is missing.", "Name something in the project.");
        }
        return path;
    }

    private static long number(ServerRequest request, String name, long otherwise, long least) {
        Optional<String> text = request.queryParam(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text.get());
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // As below.
        }
        throw FileProblem.of(
                FileProblem.BAD,
                "The parameter " + name + " is \"" + text.get() + "\".",
                "Give a number from " + least + " on.");
    }

    private static int count(ServerRequest request, String name, int otherwise) {
        return (int) Math.min(Integer.MAX_VALUE, number(request, name, otherwise, 1));
    }

    private static boolean flag(ServerRequest request, String name, boolean otherwise) {
        return request.queryParam(name).map(v -> v.equals("true")).orElse(otherwise);
    }

    private Mono<ServerResponse> list(ServerRequest request) {
        TreePath path = path(request, "path");
        int from = (int) Math.min(Integer.MAX_VALUE, number(request, "from", 0, 0));
        int limit = count(request, "limit", PAGE);
        boolean marks = flag(request, "marks", true);
        return json(() -> listing.page(path, from, limit, marks));
    }

    private Mono<ServerResponse> info(ServerRequest request) {
        TreePath path = path(request, "path");
        return json(() -> content.info(path));
    }

    private Mono<ServerResponse> content(ServerRequest request) {
        TreePath path = needed(request, "path");
        return Streams.blocking(() -> content.open(path)).flatMap(opened -> {
            try {
                return answer(request, opened);
            } catch (RuntimeException e) {
                opened.close();
                throw e;
            }
        });
    }

    private static Mono<ServerResponse> answer(ServerRequest request, Content.Opened opened) {
        String known = request.headers().firstHeader("If-None-Match");
        if (known != null && List.of(known.split("\\s*,\\s*")).contains(opened.etag())) {
            opened.close();
            return ServerResponse.status(HttpStatus.NOT_MODIFIED)
                    .header("ETag", opened.etag())
                    .build();
        }
        String ifRange = request.headers().firstHeader("If-Range");
        String wanted = request.headers().firstHeader("Range");
        Range range = wanted == null || (ifRange != null && !ifRange.equals(opened.etag()))
                ? null
                : Range.of(wanted, opened.size());
        long at = range == null ? 0 : range.first();
        long length = range == null ? opened.size() : range.last() - range.first() + 1;
        ServerResponse.BodyBuilder response = ServerResponse.status(range == null ? 200 : 206)
                .header("Content-Type", opened.media().mime() + charset(opened.media()))
                .header("ETag", opened.etag())
                .header("Accept-Ranges", "bytes")
                .header("Cache-Control", "no-cache")
                .header(
                        "Content-Disposition",
                        disposition(
                                flag(request, "download", false),
                                TreePath.of(opened.place().name()).toString()))
                .contentLength(length);
        if (range != null) {
            response.header("Content-Range", "bytes " + range.first() + "-" + range.last() + "/" + opened.size());
        }
        Flux<DataBuffer> body = Streams.bytes(opened, at, length);
        return response.body((message, _) -> message.writeWith(body));
    }

    private static String charset(Media media) {
        return media.encoding() == null
                ? ""
                : ";charset=" + media.encoding().name().toLowerCase(java.util.Locale.ROOT);
    }

    private static String disposition(boolean attachment, String name) {
        ContentDisposition.Builder builder = attachment ? ContentDisposition.attachment() : ContentDisposition.inline();
        return builder.filename(name, java.nio.charset.StandardCharsets.UTF_8)
                .build()
                .toString();
    }

    private Mono<ServerResponse> text(ServerRequest request) {
        TreePath path = needed(request, "path");
        Long line = request.queryParam("line").isPresent() ? Long.valueOf(number(request, "line", 1, 1)) : null;
        long at = number(request, "at", 0, 0);
        var start = new TextWindows.Start(line, at, flag(request, "exact", false));
        int lines = count(request, "lines", WINDOW_LINES);
        return json(() -> windows.window(path, start, lines));
    }

    private Mono<ServerResponse> save(ServerRequest request) {
        TreePath path = needed(request, "path");
        boolean parents = flag(request, "parents", false);
        @Nullable String none = request.headers().firstHeader("If-None-Match");
        var condition = new Saving.Condition(
                request.headers().firstHeader("If-Match"),
                none != null && none.strip().equals("*"),
                flag(request, "force", false));
        return Mono.usingWhen(
                        Streams.blocking(() -> saving.begin(path, parents)),
                        draft -> request.body(BodyExtractors.toDataBuffers())
                                .publishOn(Schedulers.boundedElastic(), WRITE_AHEAD)
                                .handle((buffer, sink) -> {
                                    try (var bytes = buffer.readableByteBuffers()) {
                                        while (bytes.hasNext()) {
                                            draft.write(bytes.next());
                                        }
                                    } catch (IOException | FileProblem e) {
                                        sink.error(e);
                                    } finally {
                                        DataBufferUtils.release(buffer);
                                    }
                                })
                                .doOnDiscard(DataBuffer.class, DataBufferUtils::release)
                                .then(Streams.blocking(() -> draft.commit(condition))),
                        draft -> closed(draft),
                        (draft, _) -> closed(draft),
                        draft -> closed(draft))
                .flatMap(etag -> Streams.blocking(() -> content.info(path))
                        .flatMap(info -> ServerResponse.ok()
                                .header("ETag", etag)
                                .contentType(MediaType.APPLICATION_JSON)
                                .bodyValue(Json.MAPPER.writeValueAsBytes(info))))
                // Before the answer leaves: whoever has it and searches next must find the file.
                .doOnTerminate(index::forget)
                .doOnCancel(index::forget);
    }

    private static Mono<Boolean> closed(Saving.Draft draft) {
        return Streams.blocking(() -> {
            draft.close();
            return true;
        });
    }

    private Mono<ServerResponse> makeFolder(ServerRequest request) {
        TreePath path = needed(request, "path");
        boolean parents = flag(request, "parents", false);
        return json(() -> moves.makeFolder(path, parents));
    }

    private Mono<ServerResponse> move(ServerRequest request) {
        TreePath from = needed(request, "from");
        TreePath to = needed(request, "to");
        boolean replace = flag(request, "replace", false);
        return json(() -> moves.move(from, to, replace)).doOnTerminate(index::forget);
    }

    private Mono<ServerResponse> delete(ServerRequest request) {
        TreePath path = needed(request, "path");
        boolean undo = flag(request, "undo", true);
        return (undo
                        ? json(() -> trash.delete(path))
                        : Streams.blocking(() -> {
                                    trash.deleteForGood(path);
                                    return true;
                                })
                                .flatMap(_ -> ServerResponse.noContent().build()))
                .doOnTerminate(index::forget);
    }

    private Mono<ServerResponse> restore(ServerRequest request) {
        TreePath to = path(request, "to");
        String id = request.pathVariable("id");
        return json(() -> trash.restore(id, to.isRoot() ? null : to, saving)).doOnTerminate(index::forget);
    }

    private Mono<ServerResponse> forget(ServerRequest request) {
        return Streams.blocking(() -> {
                    trash.forget(request.pathVariable("id"));
                    return true;
                })
                .flatMap(_ -> ServerResponse.noContent().build());
    }

    private Mono<ServerResponse> find(ServerRequest request) {
        String query = request.queryParam("q").orElse("");
        int limit = count(request, "limit", FOUND);
        return json(() -> index.find(query, limit));
    }

    private Mono<ServerResponse> search(ServerRequest request) {
        TreePath path = path(request, "path");
        @Nullable
        Boolean matchCase = switch (request.queryParam("case").orElse("smart")) {
            case "yes" -> Boolean.TRUE;
            case "no" -> Boolean.FALSE;
            default -> null;
        };
        var wish = new Search.Wish(
                request.queryParam("q").orElse(""),
                flag(request, "regex", false),
                matchCase,
                flag(request, "word", false),
                List.copyOf(request.queryParams().getOrDefault("glob", List.of())),
                flag(request, "ignored", false));
        return Streams.blocking(() -> {
                    tree.folder(path).close();
                    return true;
                })
                .flatMap(_ -> ServerResponse.ok()
                        .header("Content-Type", "application/x-ndjson")
                        .header("Cache-Control", "no-store")
                        .body((message, _) -> message.writeAndFlushWith(
                                Streams.search(() -> new Search(tree, path, wish, bounds, environment)))));
    }

    private Mono<ServerResponse> archive(ServerRequest request) {
        var wish = new Archive.Wish(
                path(request, "path"), !flag(request, "git", true), flag(request, "skipUnreadable", false));
        return Streams.blocking(() -> archive.open(wish))
                .flatMap(in -> ServerResponse.ok()
                        .header("Content-Type", "application/gzip")
                        .header("Cache-Control", "no-store")
                        .header("Content-Disposition", disposition(true, archive.name(wish.path())))
                        .body((message, _) -> message.writeWith(Streams.program(() -> in))));
    }

    private Mono<ServerResponse> watch(ServerRequest request) {
        List<TreePath> folders = new ArrayList<>();
        request.queryParams().getOrDefault("folder", List.of("")).forEach(f -> folders.add(Tree.parse(f)));
        return Streams.blocking(() -> watching.open(folders))
                .flatMap(watch -> ServerResponse.ok()
                        .contentType(MediaType.TEXT_EVENT_STREAM)
                        .header("Cache-Control", "no-store")
                        .body((message, _) -> message.writeAndFlushWith(Streams.watch(watch))));
    }

    private static Mono<ServerResponse> json(java.util.concurrent.Callable<?> work) {
        return Streams.blocking(() -> Json.MAPPER.writeValueAsBytes(work.call()))
                .flatMap(bytes -> ServerResponse.ok()
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(bytes));
    }

    private static Mono<ServerResponse> problem(FileProblem problem) {
        return ServerResponse.status(problem.status())
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(Json.MAPPER.writeValueAsBytes(problem.body()));
    }
}
