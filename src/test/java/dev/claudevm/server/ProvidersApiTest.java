package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Providers over REST, in the real server. */
@SuppressWarnings("NullAway.Init")
class ProvidersApiTest {

    @TempDir
    static Path home;

    @TempDir
    static Path project;

    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = new RunningServer(home);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonNode call(String method, String path, String body, int status) throws Exception {
        HttpResponse<String> answer = server.send(
                method,
                "/api/v1/" + path,
                body,
                "Authorization",
                "Bearer " + server.apiToken(),
                "Content-Type",
                "application/json");
        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isEqualTo(status);
        return answer.body().isEmpty() ? Json.MAPPER.createObjectNode() : Json.MAPPER.readTree(answer.body());
    }

    private static JsonNode provider(String name) throws Exception {
        return call("GET", "providers", "", 200).path("providers").values().stream()
                .filter(each -> each.path("id").asString("").equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aProviderIsAddedChangedAndDeleted() throws Exception {
        JsonNode kinds = call("GET", "provider-kinds", "", 200).path("kinds");
        JsonNode docker = kinds.values().stream()
                .filter(kind -> kind.path("name").asString("").equals("docker"))
                .findFirst()
                .orElseThrow();
        assertThat(docker.path("options").values().stream()
                        .map(option -> option.path("name").asString("")))
                .containsExactly("host", "image", "cpus", "memory", "pids");

        String silent = "\"host\": \"unix://" + home + "/nobody.sock\"";
        JsonNode failed = call(
                "POST", "providers", "{\"name\": \"small\", \"kind\": \"docker\", \"options\": {" + silent + "}}", 409);
        assertThat(failed.path("check").asString("")).isEqualTo("failed");
        assertThat(failed.path("detail").asString("")).contains("nobody.sock");

        JsonNode added = call(
                "POST",
                "providers",
                "{\"name\": \"small\", \"kind\": \"docker\", \"options\": {" + silent
                        + ", \"cpus\": \"1.5\"}, \"check\": false}",
                201);
        assertThat(added.path("origin").asString("")).isEqualTo("added");
        assertThat(added.path("available").asBoolean(true)).isFalse();
        assertThat(added.path("reason").asString("")).contains("nobody.sock");

        call("PATCH", "providers/small", "{\"options\": {\"cpus\": null, \"pids\": \"100\"}, \"check\": false}", 200);
        JsonNode options = provider("small").path("options");
        assertThat(options.toString())
                .contains("{\"name\":\"pids\",\"value\":\"100\",\"secret\":false,\"given\":true}")
                .contains("{\"name\":\"cpus\",\"value\":null,\"secret\":false,\"given\":false}");
        JsonNode tooFew = call("PATCH", "providers/small", "{\"options\": {\"pids\": \"10\"}, \"check\": false}", 422);
        assertThat(tooFew.path("detail").asString("")).contains("50");

        call("DELETE", "providers/small", "", 204);
        call("DELETE", "providers/small", "", 404);
        call("DELETE", "providers/local", "", 409);
        call("PATCH", "providers/small", "{\"options\": {}}", 404);
    }

    @Test
    void theDefaultIsOfTheProjectElseOfThePerson() throws Exception {
        String of =
                "?source=" + java.net.URLEncoder.encode(project.toString(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(call("GET", "default-provider", "", 200).path("provider").asString(""))
                .isEqualTo("local");
        call("PUT", "default-provider", "{\"source\": \"" + project + "\", \"provider\": \"docker\"}", 200);
        assertThat(call("GET", "default-provider" + of, "", 200)
                        .path("provider")
                        .asString(""))
                .isEqualTo("docker");
        assertThat(provider("local").path("isDefault").asBoolean(false)).isTrue();
        call("PUT", "default-provider", "{\"source\": \"" + project + "\", \"provider\": null}", 200);
        assertThat(call("GET", "default-provider" + of, "", 200)
                        .path("provider")
                        .asString(""))
                .isEqualTo("local");
        call("PUT", "default-provider", "{\"provider\": \"nobody\"}", 422);
        call("GET", "default-provider?source=nonsense", "", 422);
    }

    @Test
    void secretsAreSealedAnew() throws Exception {
        call("PUT", "agents/claude/key", "{\"key\": \"sk-ant-api03-secret\"}", 200);
        JsonNode done = call("POST", "secrets/rotate", "", 200);
        assertThat(done.path("sealed").asInt(0)).isEqualTo(1);
        assertThat(done.path("key").asString("")).endsWith("secret.key");
        assertThat(done.toString()).doesNotContain("sk-ant");
        assertThat(call("GET", "agents/claude", "", 200).path("keyOrigin").asString(""))
                .isEqualTo("settings");
    }
}
