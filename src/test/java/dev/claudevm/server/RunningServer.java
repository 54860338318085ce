package dev.claudevm.server;

import dev.claudevm.fake.Databases;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.springframework.context.ConfigurableApplicationContext;

/** The real server on a free port, as {@code claude-vm web} starts it, and a browser-like client without a cookie jar. */
public final class RunningServer implements AutoCloseable {

    private final WebServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    public RunningServer(Path home) {
        this(new WebOptions(home, 0, null, null, false, false));
    }

    RunningServer(WebOptions options) {
        Databases.of(Objects.requireNonNull(options.home())).forEach(System::setProperty);
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        server = WebServer.start(options, out);
        Databases.NAMES.forEach(System::clearProperty);
        server.welcome(options, out, false);
    }

    public String url() {
        return server.url();
    }

    public ConfigurableApplicationContext context() {
        return server.context();
    }

    public String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** @return the code in the printed link */
    public String code() {
        String line = printed()
                .lines()
                .filter(printedLine -> printedLine.startsWith("Open "))
                .findFirst()
                .orElseThrow();
        return line.substring(line.indexOf("token=") + "token=".length());
    }

    public String apiToken() throws IOException {
        return Files.readString(server.home().tokenFile()).strip();
    }

    /** @param headers name, value, name, value … */
    public HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, "", headers);
    }

    public HttpResponse<String> postForm(String path, String form, String... headers)
            throws IOException, InterruptedException {
        return send("POST", path, form, with(headers, "Content-Type", "application/x-www-form-urlencoded"));
    }

    public HttpResponse<String> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /** Logs in with a new link. @return the Cookie header of that browser */
    public String newDevice() throws IOException, InterruptedException {
        HttpResponse<String> made = send("POST", "/api/v1/login-links", "", "Authorization", "Bearer " + apiToken());
        String code = made.body().replaceAll("(?s).*token=([^\"]+)\".*", "$1");
        return cookie(postForm("/login/link", "token=" + code));
    }

    public static String cookie(HttpResponse<?> response) {
        List<String> cookies = response.headers().allValues("set-cookie");
        return cookies.getFirst().substring(0, cookies.getFirst().indexOf(';'));
    }

    private static String[] with(String[] headers, String name, String value) {
        String[] more = java.util.Arrays.copyOf(headers, headers.length + 2);
        more[headers.length] = name;
        more[headers.length + 1] = value;
        return more;
    }

    @Override
    public void close() {
        server.close();
        client.shutdownNow();
    }
}
