package dev.claudevm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.config.ServerConfig;
import dev.claudevm.testkit.FaultyServer;
import dev.claudevm.testkit.S3Server;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real S3 server that checks signatures, and what may stand between it and us. */
class S3StoreTest extends ObjectStoreContract {

    @TempDir
    static Path folder;

    private static S3Server server;
    private static FaultyServer faulty;
    private static JcloudsStore store;

    @BeforeAll
    static void open() throws Exception {
        server = S3Server.start(folder.resolve("s3"));
        faulty = FaultyServer.before(server.port());
        store = s3(faulty.port(), S3Server.BUCKET, "team/one", S3Server.SECRET_KEY);
    }

    @AfterAll
    static void close() {
        store.close();
        faulty.close();
        server.close();
    }

    @AfterEach
    void wellAgain() {
        faulty.answer(0);
        faulty.slow(0);
    }

    @Override
    ObjectStore store() {
        return store;
    }

    private static JcloudsStore s3(int port, String bucket, String prefix, String secret) {
        return Stores.s3(
                new ServerConfig.Store(
                        "s3", null, "http://127.0.0.1:" + port, "eu-test-1", bucket, prefix, true, null, null),
                S3Server.ACCESS_KEY,
                secret);
    }

    private static StoreCheck.Result check(JcloudsStore of) {
        try (of) {
            return new StoreCheck(of, Clock.systemUTC()).check();
        }
    }

    @Test
    void aStoreThatWorksPassesTheCheckAndKeepsNothingOfIt() throws Exception {
        assertThat(new StoreCheck(store, Clock.systemUTC()).check().ok()).isTrue();
        assertThat(store.list("check/")).isEmpty();
    }

    @Test
    void aWrongSecretSaysSoAndIsNotShown() {
        StoreCheck.Result result = check(s3(server.port(), S3Server.BUCKET, null, "wrong-secret-key"));
        assertThat(result.ok()).isFalse();
        assertThat(result.error()).contains("refuses the access key").doesNotContain("wrong-secret-key");
        assertThat(result.todo()).contains("store.secretKey");
    }

    @Test
    void aBucketThatDoesNotExistSaysSo() {
        StoreCheck.Result result = check(s3(server.port(), "nobodys-bucket", null, S3Server.SECRET_KEY));
        assertThat(result.error()).contains("no bucket").contains("nobodys-bucket");
        assertThat(result.todo()).contains("store.bucket");
    }

    @Test
    void keysAreBelowThePrefix() throws Exception {
        put("g/x", "mine");
        assertThat(Files.readString(server.objects().resolve("team/one/g/x"))).isEqualTo("mine");
        try (JcloudsStore other = s3(server.port(), S3Server.BUCKET, "team/two", S3Server.SECRET_KEY)) {
            assertThat(other.list("g/")).isEmpty();
        }
    }

    @Test
    void requestsAreSignedForTheRegionThatIsConfigured() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                JcloudsStore any = s3(listener.getLocalPort(), "bucket", null, "secret")) {
            CompletableFuture<String> head = CompletableFuture.supplyAsync(() -> {
                try (Socket client = listener.accept()) {
                    StringBuilder text = new StringBuilder();
                    InputStream in = client.getInputStream();
                    while (text.indexOf("\r\n\r\n") < 0) {
                        text.append((char) in.read());
                    }
                    client.getOutputStream()
                            .write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    return text.toString();
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThat(any.head("x")).isEmpty();
            assertThat(head.get(20, TimeUnit.SECONDS)).contains("/eu-test-1/s3/aws4_request");
        }
    }

    @ParameterizedTest
    @CsvSource({"500, UNAVAILABLE", "503, UNAVAILABLE", "403, REFUSED", "507, FULL"})
    void anErrorOfTheStoreIsAnErrorAndLeavesWhatWasThere(int status, StoreException.Kind kind) throws Exception {
        put("h/" + status, "before");
        faulty.answer(status);
        assertThatThrownBy(() -> put("h/" + status, "after!"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
        assertThatThrownBy(() -> store.list("h/")).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> get("h/" + status, null)).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.delete("h/" + status)).isInstanceOf(StoreException.class);

        faulty.answer(0);
        assertThat(get("h/" + status, null)).isEqualTo("before");
    }

    @Test
    void aSlowStoreIsWaitedFor() throws Exception {
        faulty.slow(200_000);
        String text = "slow ".repeat(40_000);
        put("i/slow", text);
        assertThat(get("i/slow", null)).isEqualTo(text);
    }

    @Test
    void aStoreThatIsGoneIsMissedAndFoundAgain() throws Exception {
        put("j/x", "kept");
        server.kill();
        assertThatThrownBy(() -> put("j/y", "lost"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE));
        server.restart();
        assertThat(get("j/x", null)).isEqualTo("kept");
        put("j/y", "now");
        assertThat(get("j/y", null)).isEqualTo("now");
    }
}
