package dev.claudevm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.TestStores;
import dev.claudevm.testkit.CleanProcess;
import dev.claudevm.testkit.CuttingProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real restic against our backend, and somebody who means harm. */
class ResticBackendTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Grants grants = new Grants();
    private ObjectStore store;
    private ServerSocket listener;
    private Grant grant;
    private volatile boolean welcome = true;

    @BeforeEach
    void open() throws Exception {
        store = TestStores.folder(folder.resolve("store"));
        WorkspaceBackend backend = new WorkspaceBackend(new ResticBackend(store), grants);
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try {
                    Socket socket = listener.accept();
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            backend.serve(new Visitor(), socket.getInputStream(), socket.getOutputStream());
                        } catch (IOException cut) {
                            // The other end sees it.
                        }
                    });
                } catch (IOException closed) {
                    return;
                }
            }
        });
        grant = grants.open("bold-fire-1", Grant.Rights.APPEND);
    }

    @AfterEach
    void close() throws Exception {
        listener.close();
        http.shutdownNow();
        TestStores.close(store);
    }

    private final class Visitor implements dev.claudevm.gateway.HomeService.Visitor {
        @Override
        public String workspaceId() {
            return "bold-fire-1";
        }

        @Override
        public long generation() {
            return 1;
        }

        @Override
        public boolean welcome() {
            return welcome;
        }
    }

    private CleanProcess restic(int port, String... words) {
        List<String> command = new ArrayList<>(List.of("restic", "--no-cache"));
        command.addAll(List.of(words));
        return CleanProcess.of(command)
                .env("RESTIC_PASSWORD", "a password")
                .env("RESTIC_REPOSITORY", "rest:http://x:" + grant.secret() + "@127.0.0.1:" + port + "/")
                .in(folder)
                .start();
    }

    private void restic(String... words) {
        try (CleanProcess process = restic(listener.getLocalPort(), words)) {
            assertThat(process.awaitExit(LIMIT)).as(process.log()).isZero();
        }
    }

    private void makeRepository() throws Exception {
        new NewRepository(new SecureRandom())
                .make(store, ResticBackend.repository("bold-fire-1"), "a password", Instant.now());
    }

    private HttpResponse<String> call(String method, String path, byte[] body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.getLocalPort() + path))
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(
                                                        ("x:" + grant.secret()).getBytes(StandardCharsets.UTF_8)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String hash(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void resticSavesChecksAndRestoresAndAlsoReadsTheStoreWithoutUs() throws Exception {
        Path files = Files.createDirectories(folder.resolve("files/sub"));
        Files.writeString(files.resolve("a.txt"), "hello");
        Files.write(files.resolve("big"), new byte[3_000_000]);
        Files.createSymbolicLink(files.resolve("link"), Path.of("a.txt"));
        makeRepository();
        restic("backup", "files");
        restic("check", "--read-data");
        restic("restore", "latest", "--target", "out");
        assertThat(folder.resolve("out/files/sub/a.txt")).hasContent("hello");
        assertThat(Files.readSymbolicLink(folder.resolve("out/files/sub/link"))).hasToString("a.txt");
        try (CleanProcess direct = CleanProcess.of(
                        "restic", "--no-cache", "-r", "store/objects/workspaces/bold-fire-1/restic", "snapshots")
                .env("RESTIC_PASSWORD", "a password")
                .in(folder)
                .start()) {
            assertThat(direct.awaitExit(LIMIT)).as(direct.log()).isZero();
            assertThat(direct.log()).contains("1 snapshots");
        }
    }

    /** Files come, grow and shrink. */
    private static void change(Path files, AtomicBoolean ended) {
        try {
            for (int i = 0; !ended.get(); i++) {
                Files.writeString(files.resolve("changing-" + i % 50), "x".repeat(i % 5000));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aConnectionThatIsCutInTheMiddleWhileFilesChangeLeavesTheRepositorySoundAndTheNextSnapshotSucceeds()
            throws Exception {
        Path files = Files.createDirectories(folder.resolve("files"));
        byte[] noise = new byte[60_000_000];
        new java.util.Random(7).nextBytes(noise);
        Files.write(files.resolve("noise"), noise);
        makeRepository();
        AtomicBoolean ended = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> change(files, ended));
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", listener.getLocalPort());
                CleanProcess backup = restic(proxy.port(), "backup", "files")) {
            Awaitility.await("some of it has gone up")
                    .atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> proxy.bytesUp() > 20_000_000 || !backup.alive());
            proxy.mode(CuttingProxy.Mode.REFUSE);
            assertThat(backup.alive())
                    .as("it was cut in the middle: " + backup.log())
                    .isTrue();
            backup.kill9();
        }
        restic("unlock", "--remove-all");
        restic("check");
        restic("backup", "files");
        ended.set(true);
        writer.join();
        restic("check", "--read-data");
        restic("restore", "latest", "--target", "out");
        assertThat(Files.mismatch(files.resolve("noise"), folder.resolve("out/files/noise")))
                .isEqualTo(-1);
    }

    @Test
    void nobodyInAWorkspaceCanDeleteOrOverwriteItsPast() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "hello");
        makeRepository();
        restic("backup", "a.txt");
        List<ObjectStore.Entry> before = store.list("workspaces/bold-fire-1/restic/");
        assertThat(before).hasSizeGreaterThan(3);
        for (ObjectStore.Entry entry : before) {
            String path = entry.key()
                    .substring("workspaces/bold-fire-1/restic".length())
                    .replaceFirst("^/data/../", "/data/");
            if (!path.startsWith("/locks/")) {
                assertThat(call("DELETE", path, new byte[0]).statusCode())
                        .as(path)
                        .isEqualTo(403);
                assertThat(call("POST", path, "else".getBytes(StandardCharsets.UTF_8))
                                .statusCode())
                        .as(path)
                        .isIn(400, 403);
            }
        }
        assertThat(call("DELETE", "/", new byte[0]).statusCode()).isEqualTo(403);
        byte[] key = "{}".getBytes(StandardCharsets.UTF_8);
        assertThat(call("POST", "/keys/" + hash(key), key).statusCode()).isEqualTo(403);
        assertThat(store.list("workspaces/bold-fire-1/restic/")).containsAll(before);
        restic("check", "--read-data");
    }

    @Test
    void whatIsNotNamedByItsContentIsNotTaken() throws Exception {
        byte[] content = "content".getBytes(StandardCharsets.UTF_8);
        String name = hash(content);
        assertThat(call("POST", "/data/" + "0".repeat(64), content).statusCode())
                .isEqualTo(400);
        assertThat(call("GET", "/data/" + "0".repeat(64), new byte[0]).statusCode())
                .isEqualTo(404);
        assertThat(call("POST", "/data/" + name, content).statusCode()).isEqualTo(200);
        assertThat(call("POST", "/data/" + name, content).statusCode()).isEqualTo(200);
        assertThat(call("GET", "/data/" + name, new byte[0]).body()).isEqualTo("content");
    }

    @Test
    void thereIsNoWayToAnotherWorkspacesObjects() throws Exception {
        for (String path : List.of(
                "/../bold-fire-2/restic/config",
                "/%2e%2e/bold-fire-2/restic/config",
                "/data/../../bold-fire-2/restic/config",
                "/workspaces/bold-fire-2/restic/config",
                "//config",
                "/locks/..")) {
            assertThat(call("GET", path, new byte[0]).statusCode()).as(path).isIn(400, 403);
        }
        Grant others = grants.open("bold-fire-2", Grant.Rights.APPEND);
        Grant mine = grant;
        grant = others;
        assertThat(call("GET", "/config", new byte[0]).statusCode()).isEqualTo(401);
        grant = grants.open("bold-fire-1", Grant.Rights.KEEP);
        assertThat(call("GET", "/config", new byte[0]).statusCode()).isEqualTo(401);
        grant = mine;
        assertThat(call("GET", "/config", new byte[0]).statusCode()).isEqualTo(404);
    }

    @Test
    void anOldGenerationAndAGrantThatHasEndedAreRefused() throws Exception {
        assertThat(call("GET", "/config", new byte[0]).statusCode()).isEqualTo(404);
        welcome = false;
        assertThat(call("GET", "/config", new byte[0]).statusCode()).isEqualTo(401);
        welcome = true;
        grants.close(grant);
        assertThat(call("GET", "/config", new byte[0]).statusCode()).isEqualTo(401);
    }

    @Test
    void whoMayOnlyReadCanRestoreAndAddNothing() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "hello");
        makeRepository();
        restic("backup", "a.txt");
        grant = grants.open("bold-fire-1", Grant.Rights.READ);
        restic("restore", "latest", "--target", "out");
        assertThat(folder.resolve("out/a.txt")).hasContent("hello");
        byte[] content = "more".getBytes(StandardCharsets.UTF_8);
        assertThat(call("POST", "/data/" + hash(content), content).statusCode()).isEqualTo(403);
    }

    @Test
    void aCopyReadsTheRepositoryOfItsOriginalAndOnlyWhileItMay() throws Exception {
        byte[] content = "of the other one".getBytes(StandardCharsets.UTF_8);
        store.put(
                ResticBackend.repository("bold-fire-2") + "config",
                new java.io.ByteArrayInputStream(content),
                content.length);
        grant = grants.toRead("bold-fire-2", "bold-fire-1");
        assertThat(call("GET", "/config", new byte[0]).body()).isEqualTo("of the other one");
        assertThat(call("POST", "/data/" + hash(content), content).statusCode()).isEqualTo(403);
        assertThat(call("DELETE", "/config", new byte[0]).statusCode()).isEqualTo(403);
        grants.close(grant);
        assertThat(call("GET", "/config", new byte[0]).statusCode()).isEqualTo(401);
        // Somebody else's way there is none for this one.
        grant = grants.toRead("bold-fire-2", "bold-fire-3");
        assertThat(call("GET", "/config", new byte[0]).statusCode()).isEqualTo(401);
    }
}
