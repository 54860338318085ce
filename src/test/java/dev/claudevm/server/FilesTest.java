package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.CleanProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Files of a real workspace through the real server: what the Files tab and the command line get. */
class FilesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path base;

    private static ServerProcess server;
    private static String files;

    @BeforeAll
    static void start() throws Exception {
        Path project = Files.createDirectories(base.resolve("project"));
        Files.writeString(project.resolve("README.md"), "# A needle\n");
        server = ServerProcess.start(base, ServerProcess.wholeCompiler(Map.of()));
        files = "workspaces/" + server.runningWorkspace(project) + "/files";
    }

    @AfterAll
    static void stop() throws Exception {
        server.deleteWorkspace(files.split("/")[1]);
        server.close();
    }

    private static HttpResponse<InputStream> get(String path, String... headers) throws Exception {
        return server.send("GET", files + path, BodyPublishers.noBody(), headers);
    }

    private static HttpResponse<InputStream> save(String path, byte[] content, String... headers) throws Exception {
        return server.send(
                "PUT", files + "/content?path=" + encoded(path), BodyPublishers.ofByteArray(content), headers);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static JsonNode json(int status, HttpResponse<InputStream> response) throws IOException {
        String body = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(response.statusCode()).as(body).isEqualTo(status);
        JsonNode json = Json.MAPPER.readTree(body);
        if (status >= 400) {
            assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("application/problem+json");
            assertThat(json.path("detail").asString("")).isNotBlank();
            assertThat(json.path("todo").asString("")).isNotBlank();
        }
        return json;
    }

    @Test
    void twoWhoSaveTheSameFileLoseNothing() throws Exception {
        String name = "odd/ü %41\n-rf?.txt";
        json(404, save(name, "x".getBytes(StandardCharsets.UTF_8), "If-None-Match", "*"));
        json(200, server.send("POST", files + "/folder?path=odd", BodyPublishers.noBody()));
        HttpResponse<InputStream> made =
                save(name.replace("%41", "%2541"), "one".getBytes(StandardCharsets.UTF_8), "If-None-Match", "*");
        String etag = made.headers().firstValue("etag").orElseThrow();
        json(200, made);
        name = json(200, get("?path=odd")).path("entries").get(0).path("path").asString();
        json(200, save(name, "two".getBytes(StandardCharsets.UTF_8), "If-Match", etag));
        JsonNode refused = json(412, save(name, "three".getBytes(StandardCharsets.UTF_8), "If-Match", etag));
        assertThat(refused.path("yours").asString()).isEqualTo(etag);
        HttpResponse<InputStream> now = get("/content?path=" + encoded(name));
        assertThat(now.body().readAllBytes()).asString().isEqualTo("two");
        assertThat(now.headers().firstValue("etag"))
                .hasValue(refused.path("current").asString());
        json(428, save(name, "x".getBytes(StandardCharsets.UTF_8)));
        JsonNode deleted = json(200, server.send("DELETE", files + "?path=odd", BodyPublishers.noBody()));
        String restore = files + "/trash/" + deleted.path("id").asString() + "/restore";
        json(200, server.send("POST", restore, BodyPublishers.noBody()));
        assertThat(get("/content?path=" + encoded(name)).body().readAllBytes())
                .asString()
                .isEqualTo("two");
    }

    @Test
    void largeFilesGoBothWaysAndACutUploadLeavesTheOldOne() throws Exception {
        byte[] big = new byte[70_000_000];
        new Random(1).nextBytes(big);
        HttpResponse<InputStream> up = save("big.bin", big, "If-None-Match", "*");
        String etag = up.headers().firstValue("etag").orElse("");
        json(200, up);
        assertThat(get("/content?path=big.bin").body().readAllBytes()).isEqualTo(big);
        HttpResponse<InputStream> part = get("/content?path=big.bin", "Range", "bytes=69999990-");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body().readAllBytes()).isEqualTo(java.util.Arrays.copyOfRange(big, 69_999_990, 70_000_000));

        URI url = URI.create(server.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(("PUT /api/v1/" + files + "/content?path=big.bin HTTP/1.1\r\nHost: " + url.getAuthority()
                            + "\r\nAuthorization: Bearer " + server.token() + "\r\nIf-Match: " + etag
                            + "\r\nContent-Length: 50000000\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            out.write(new byte[3_000_000]);
            out.flush();
            socket.setSoLinger(true, 0);
        }
        JsonNode info = json(200, get("/info?path=big.bin"));
        assertThat(info.path("etag").asString()).isEqualTo(etag);
        // The bridge has nothing under way any more: the next save of the same file is free to go.
        json(200, save("big.bin", "small".getBytes(StandardCharsets.UTF_8), "If-Match", etag));
        assertThat(json(200, get("?path=")).path("entries").toString()).doesNotContain(".claude-vm-");
    }

    @Test
    void searchesWatchesAndArchivesAreStreamed() throws Exception {
        String found = new String(get("/search?q=needle").body().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(found).contains("\"path\":\"README.md\"").contains("\"type\":\"end\"");
        assertThat(json(200, get("/find?q=rdm"))
                        .path("hits")
                        .get(0)
                        .path("path")
                        .asString())
                .isEqualTo("README.md");
        try (BufferedReader watch =
                new BufferedReader(new InputStreamReader(get("/watch?folder=").body(), StandardCharsets.UTF_8))) {
            assertThat(watch.readLine()).isEqualTo("event: ready");
            json(200, save("watched.txt", "x".getBytes(StandardCharsets.UTF_8), "If-None-Match", "*"));
            await("the change is told")
                    .atMost(PATIENCE)
                    .until(() -> watch.readLine().contains("watched.txt"));
        }
        Path archive = base.resolve("a.tgz");
        Files.write(archive, get("/archive").body().readAllBytes());
        try (CleanProcess tar =
                CleanProcess.of("tar", "-tzf", archive.toString()).start()) {
            assertThat(tar.awaitExit(PATIENCE)).as(tar.log()).isZero();
            assertThat(String.join("\n", tar.out())).contains("/README.md");
        }
    }

    @Test
    void aPageInAWorkspaceRunsNoScriptHere() throws Exception {
        json(
                200,
                save("evil.html", "<script>alert(1)</script>".getBytes(StandardCharsets.UTF_8), "If-None-Match", "*"));
        HttpResponse<InputStream> page = get("/content?path=evil.html");
        assertThat(page.headers().allValues("content-security-policy"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("sandbox; default-src 'none'");
        assertThat(page.headers().firstValue("x-content-type-options")).hasValue("nosniff");
        page.body().close();
    }

    @Test
    void outOfTheProjectAndOutOfServiceAreProblems() throws Exception {
        json(400, get("/content?path=..%2f..%2fetc%2fpasswd"));
        json(400, get("/content?path=" + encoded("/etc/passwd")));
        json(404, get("/content?path=nothing"));
        json(404, server.send("GET", "workspaces/bold-fire-9999/files", BodyPublishers.noBody()));
        json(
                404,
                server.send("POST", files + "/trash/20200101000000-0000000000000000/restore", BodyPublishers.noBody()));
    }
}
