package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Json;
import dev.claudevm.server.RunningServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Keys over REST: what is taken, what is refused, and whose they are. */
@SuppressWarnings("NullAway.Init")
class SshKeysTest {

    private static final String OTHER = "00000000-0000-4000-8000-00000000000b";

    @TempDir
    static Path base;

    private static RunningServer server;

    @BeforeAll
    static void start() throws Exception {
        Path home = Files.createDirectories(base.resolve("home"));
        Files.writeString(home.resolve("config.yaml"), "ssh: {port: 0}\n");
        server = new RunningServer(home);
        jdbc().sql("insert into app_user (id, name, created_at) values (:id, 'other', current_timestamp)")
                .param("id", OTHER)
                .update();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JdbcClient jdbc() {
        return server.context().getBean(JdbcClient.class);
    }

    private static String key(String name, String... type) throws Exception {
        Path file = base.resolve(name);
        String[] line = {"ssh-keygen", "-q", "-N", "", "-C", name + " comment", "-f", file.toString()};
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.command().addAll(java.util.List.of(type));
        assertThat(builder.inheritIO().start().waitFor()).isZero();
        return Files.readString(base.resolve(name + ".pub")).strip();
    }

    private static JsonNode add(Map<String, String> wish, int status) throws Exception {
        var answer = server.send(
                "POST",
                "/api/v1/ssh-keys",
                Json.MAPPER.writeValueAsString(wish),
                "Authorization",
                "Bearer " + server.apiToken(),
                "Content-Type",
                "application/json");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return Json.MAPPER.readTree(answer.body());
    }

    @Test
    void aKeyIsListedWithItsFingerprintUntilItIsRemoved() throws Exception {
        String text = key("mine", "-t", "ed25519");
        JsonNode first = add(Map.of("key", "# from the laptop\n" + text + "\n"), 201);
        JsonNode again = add(Map.of("key", text, "name", "twice"), 201);
        assertThat(again).isEqualTo(first);
        JsonNode key = first.path("keys").path(0);
        assertThat(key.path("name").asString("")).isEqualTo("mine comment");
        assertThat(key.path("type").asString("")).isEqualTo("ssh-ed25519");
        assertThat(key.path("fingerprint").asString("")).startsWith("SHA256:");
        String[] token = {"Authorization", "Bearer " + server.apiToken()};
        assertThat(server.get("/api/v1/ssh-keys", token).body())
                .contains(key.path("id").asString(""));
        String path = "/api/v1/ssh-keys/" + key.path("id").asString("");
        assertThat(server.send("DELETE", path, "", token).statusCode()).isEqualTo(204);
        assertThat(server.send("DELETE", path, "", token).statusCode()).isEqualTo(404);
        assertThat(server.get("/api/v1/ssh-keys", token).body()).doesNotContain("mine comment");
    }

    @Test
    void otherKindsOfKeysAreTakenToo() throws Exception {
        String both = key("rsa", "-t", "rsa", "-b", "3072") + "\n" + key("ecdsa", "-t", "ecdsa") + "\n";
        assertThat(add(Map.of("key", both), 201).path("keys").size()).isEqualTo(2);
    }

    @Test
    void whatIsNoGoodKeyIsRefusedWithAWord() throws Exception {
        String good = key("good", "-t", "ed25519");
        key("short", "-t", "rsa", "-b", "1024");
        assertThat(said(Files.readString(base.resolve("good")))).contains("private key");
        assertThat(said(Files.readString(base.resolve("short.pub")))).contains("too short");
        assertThat(said("")).contains("no key");
        assertThat(said("hello")).contains("no public key");
        assertThat(said(good.substring(0, 40))).contains("damaged");
        assertThat(said("command=\"x\" " + good)).contains("no public key");
        assertThat(said("ssh-ed25519-cert-v01@openssh.com AAAA")).contains("no public key");
        add(Map.of(), 422);
        add(Map.of("key", good, "url", "https://example.org/x.keys"), 422);
    }

    private static String said(String key) throws Exception {
        return add(Map.of("key", key), 422).path("detail").asString("");
    }

    @Test
    void theKeyOfAnotherUserIsNotMineAndGoesWithThatUser() throws Exception {
        String text = key("theirs", "-t", "ed25519");
        SshKeyRing ring = server.context().getBean(SshKeyRing.class);
        SshKey theirs = ring.add(OTHER, text, null).getFirst();
        assertThat(add(Map.of("key", text), 409).path("detail").asString("")).contains("another user");
        assertThat(server.get("/api/v1/ssh-keys", "Authorization", "Bearer " + server.apiToken())
                        .body())
                .doesNotContain(theirs.id());
        assertThatThrownBy(() -> ring.remove("00000000-0000-4000-8000-000000000001", theirs.id()))
                .isInstanceOf(Problem.class);
        assertThat(ring.find(theirs.fingerprint()).orElseThrow().userName()).isEqualTo("other");
        jdbc().sql("delete from app_user where id = :id").param("id", OTHER).update();
        assertThat(ring.find(theirs.fingerprint())).isEmpty();
        jdbc().sql("insert into app_user (id, name, created_at) values (:id, 'other', current_timestamp)")
                .param("id", OTHER)
                .update();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://github.com/x.keys",
                "https://127.0.0.1/x.keys",
                "https://localhost/x.keys",
                "https://10.1.2.3/x.keys",
                "https://[::1]/x.keys",
                "https://[fd00::1]/x.keys",
                "https://169.254.169.254/latest",
                "https://me:secret@github.com/x.keys",
                "file:///etc/passwd",
                "x"
            })
    void keysAreFetchedFromPublicPlacesOverHttpsOnly(String url) throws Exception {
        assertThat(add(Map.of("url", url), 422).path("todo").asString("")).isNotBlank();
    }
}
