package dev.claudevm.cli.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * HTTP to one server. Simple calls go over {@link HttpURLConnection}: loading and starting {@link HttpClient} takes as long
 * as all the rest of a short command. Safe for use by many threads.
 */
final class Transport implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final int MAX_REFUSAL_BYTES = 64 * 1024;

    static {
        // What may be repeated is for the caller to say.
        System.setProperty("sun.net.http.retryPost", "false");
    }

    private final Server server;
    private final Object lock = new Object();
    private @Nullable HttpClient client;

    Transport(Server server) {
        this.server = server;
    }

    /** An answer, whatever it says. */
    record Response(int status, String body) {}

    Response call(String method, String path, @Nullable String json) throws IOException {
        // The older client cannot say PATCH.
        return method.equals("PATCH") ? patch(path, json) : plain(method, path, json);
    }

    private Response plain(String method, String path, @Nullable String json) throws IOException {
        HttpURLConnection call = open(method, path);
        if (json != null) {
            call.setDoOutput(true);
            call.setRequestProperty("Content-Type", "application/json");
            try (OutputStream out = call.getOutputStream()) {
                out.write(json.getBytes(StandardCharsets.UTF_8));
            }
        }
        return answer(call);
    }

    private HttpURLConnection open(String method, String path) throws IOException {
        HttpURLConnection call = (HttpURLConnection) uri(path).toURL().openConnection(Proxy.NO_PROXY);
        call.setConnectTimeout((int) CONNECT.toMillis());
        call.setReadTimeout((int) ANSWER.toMillis());
        call.setInstanceFollowRedirects(false);
        call.setRequestMethod(method);
        call.setRequestProperty("Accept", "application/json");
        if (server.token() != null) {
            call.setRequestProperty("Authorization", "Bearer " + server.token());
        }
        return call;
    }

    private static Response answer(HttpURLConnection call) throws IOException {
        int status = call.getResponseCode();
        try (InputStream in = status >= 400 ? call.getErrorStream() : call.getInputStream()) {
            return new Response(status, in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** An answer that is read as it comes. */
    record Body(int status, InputStream stream) implements AutoCloseable {

        String text() throws IOException {
            return new String(stream.readNBytes(MAX_REFUSAL_BYTES), StandardCharsets.UTF_8);
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    /** Waits for the answer as long as it takes. */
    Body download(String path) throws IOException {
        HttpURLConnection call = open("GET", path);
        call.setReadTimeout(0);
        int status = call.getResponseCode();
        InputStream in = status >= 400 ? call.getErrorStream() : call.getInputStream();
        return new Body(status, in == null ? InputStream.nullInputStream() : in);
    }

    Response upload(String path, Path file) throws IOException {
        HttpURLConnection call = open("POST", path);
        call.setReadTimeout(0);
        call.setDoOutput(true);
        call.setFixedLengthStreamingMode(Files.size(file));
        call.setRequestProperty("Content-Type", "application/zstd");
        try (OutputStream out = call.getOutputStream()) {
            Files.copy(file, out);
        }
        return answer(call);
    }

    private Response patch(String path, @Nullable String json) throws IOException {
        HttpRequest request = request(path)
                .timeout(ANSWER)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .method(
                        "PATCH",
                        json == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(json))
                .build();
        try {
            HttpResponse<String> answer = client().send(request, HttpResponse.BodyHandlers.ofString());
            return new Response(answer.statusCode(), answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Opens a stream of server-sent events, which has no limit of time. The caller closes it. */
    HttpResponse<InputStream> stream(String path, long lastEventId) throws IOException, InterruptedException {
        HttpRequest request = request(path)
                .header("Accept", "text/event-stream")
                .header("Last-Event-ID", Long.toString(lastEventId))
                .GET()
                .build();
        return client().send(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (client != null) {
                client.shutdownNow();
            }
        }
    }

    private HttpClient client() {
        synchronized (lock) {
            HttpClient made = client;
            if (made == null) {
                HttpClient.Builder builder = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT);
                if ("http".equals(server.url().getScheme())) {
                    builder.sslContext(trustingNobody());
                }
                made = builder.build();
                client = made;
            }
            return made;
        }
    }

    /** Without one the client reads all certificate authorities first, also where it needs none. */
    private static SSLContext trustingNobody() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[0], new TrustManager[0], null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        if (server.token() != null) {
            request.header("Authorization", "Bearer " + server.token());
        }
        return request;
    }

    private URI uri(String path) {
        return URI.create(server.url() + "/api/v1/" + path);
    }
}
