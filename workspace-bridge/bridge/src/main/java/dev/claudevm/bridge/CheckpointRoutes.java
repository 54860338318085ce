package dev.claudevm.bridge;

import dev.claudevm.bridge.checkpoint.Checkpoints;
import dev.claudevm.bridge.tree.TreePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What can be asked about checkpoints; section 2 of the architecture. Restoring is a command of a conversation. */
final class CheckpointRoutes {

    private static final int DEFAULT_FILES = 1000;
    private static final int MAX_FILES = 10_000;
    private static final int MAX_CONTEXT = 1_000_000;
    private static final int MAX_LEFT_OUT = 1000;

    private final Conversations conversations;

    CheckpointRoutes(Conversations conversations) {
        this.conversations = conversations;
    }

    RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .GET("/v1/conversations/{id}/checkpoints", this::list)
                .GET("/v1/checkpoints/{id}/changes", this::changes)
                .GET("/v1/checkpoints/{id}/diff", this::diff)
                .GET("/v1/checkpoints/{id}/file", this::file)
                .GET("/v1/checkpoints/{id}/left-out", this::leftOut)
                .build();
    }

    private Checkpoints checkpoints() {
        return conversations.checkpoints();
    }

    private Mono<ServerResponse> list(ServerRequest request) {
        return BridgeServer.json(
                conversations.get(request.pathVariable("id")).checkpoints().listing());
    }

    private Mono<ServerResponse> changes(ServerRequest request) {
        int limit = number(request, "limit", DEFAULT_FILES, MAX_FILES);
        TreePath after = request.queryParam("after").map(TreePath::parse).orElse(null);
        return answer(() -> checkpoints().changes(request.pathVariable("id"), to(request), after, limit));
    }

    private Mono<ServerResponse> diff(ServerRequest request) {
        TreePath path = path(request);
        int context = number(request, "context", 3, MAX_CONTEXT);
        int bytes = request.queryParam("whole").map(Boolean::parseBoolean).orElse(false)
                ? Checkpoints.WHOLE_DIFF_BYTES
                : Checkpoints.DIFF_BYTES;
        return answer(() -> checkpoints().diff(request.pathVariable("id"), to(request), path, context, bytes));
    }

    private record LeftOutOf(String path, String why, long bytes) {}

    private record LeftOutList(List<LeftOutOf> leftOut, int total) {}

    private Mono<ServerResponse> leftOut(ServerRequest request) {
        return answer(() -> {
            var all = checkpoints().leftOut(request.pathVariable("id"));
            return new LeftOutList(
                    all.stream()
                            .limit(MAX_LEFT_OUT)
                            .map(l -> new LeftOutOf(l.path().toString(), l.why(), l.bytes()))
                            .toList(),
                    all.size());
        });
    }

    private Mono<ServerResponse> file(ServerRequest request) {
        TreePath path = path(request);
        return BridgeServer.blocking(() -> content(request.pathVariable("id"), path))
                .flatMap(found -> found.map(bytes -> ServerResponse.ok()
                                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                                .bodyValue(bytes))
                        .orElseGet(() -> BridgeServer.problem(
                                HttpStatus.NOT_FOUND.value(),
                                "There is no file " + path + " in this checkpoint.",
                                "Use a path of the changes.")))
                .onErrorResume(TooLarge.class, _ -> tooLarge(path))
                .onErrorResume(IOException.class, CheckpointRoutes::failed);
    }

    private Optional<byte[]> content(String id, TreePath path) throws IOException {
        Bounded bytes = new Bounded();
        return checkpoints().content(id, path, bytes) ? Optional.of(bytes.toByteArray()) : Optional.empty();
    }

    private static final class TooLarge extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static final class Bounded extends ByteArrayOutputStream {
        @Override
        public synchronized void write(byte[] b, int off, int len) {
            if (count + len > Checkpoints.CONTENT_BYTES) {
                throw new TooLarge();
            }
            super.write(b, off, len);
        }
    }

    private static Mono<ServerResponse> tooLarge(TreePath path) {
        return BridgeServer.problem(
                HttpStatus.CONTENT_TOO_LARGE.value(),
                path + " is larger than " + Checkpoints.CONTENT_BYTES + " bytes.",
                "Restore it to look at it.");
    }

    /** @return what {@code to} names; {@code now} takes a checkpoint */
    private String to(ServerRequest request) throws IOException {
        String to = request.queryParam("to").orElse("now");
        if (!to.equals("now")) {
            return to;
        }
        try {
            return checkpoints().take().join().id();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static TreePath path(ServerRequest request) {
        return TreePath.parse(request.queryParam("path")
                .orElseThrow(() -> new IllegalArgumentException("The parameter path is missing.")));
    }

    private static int number(ServerRequest request, String name, int otherwise, int most) {
        String text = request.queryParam(name).orElse(String.valueOf(otherwise));
        try {
            int value = Integer.parseInt(text);
            if (value >= 0 && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " must be a number, not " + text + ".", e);
        }
        throw new IllegalArgumentException(name + " must be between 0 and " + most + ".");
    }

    private static <T> Mono<ServerResponse> answer(BridgeServer.Work<T> work) {
        return BridgeServer.blocking(work)
                .flatMap(BridgeServer::json)
                .onErrorResume(IOException.class, CheckpointRoutes::failed);
    }

    private static Mono<ServerResponse> failed(IOException e) {
        System.getLogger(CheckpointRoutes.class.getName())
                .log(System.Logger.Level.WARNING, "Checkpoints could not be read", e);
        return ServerResponse.status(HttpStatus.SERVICE_UNAVAILABLE)
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(dev.claudevm.protocol.Json.MAPPER.writeValueAsBytes(
                        Map.of("error", String.valueOf(e.getMessage()), "todo", "Remove the cause and try again.")));
    }
}
