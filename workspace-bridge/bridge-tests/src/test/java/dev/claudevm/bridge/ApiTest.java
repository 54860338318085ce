package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Json;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The HTTP API: who is let in, and what bad requests are told. */
class ApiTest {

    private static final List<String> PATHS = List.of(
            "GET /v1/health",
            "PUT /v1/agents",
            "PATCH /v1/agents",
            "PUT /v1/conversations/c1",
            "POST /v1/conversations/c1/commands",
            "GET /v1/conversations/c1/events",
            "GET /v1/conversations/c1/tools/x/output",
            "GET /v1/conversations/c1/checkpoints",
            "GET /v1/checkpoints/x/changes",
            "GET /v1/checkpoints/x/diff?path=a",
            "GET /v1/checkpoints/x/file?path=a",
            "GET /v1/checkpoints/x/left-out",
            "GET /v1/files",
            "PUT /v1/files/content?path=x",
            "GET /v1/files/search?q=x",
            "DELETE /v1/files?path=x",
            "POST /v1/stop",
            "GET /nothing");

    @Test
    void withoutTheTokenEveryRequestIsRefused() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            for (String path : PATHS) {
                String[] request = path.split(" ");
                assertThat(given.send(request[0], request[1], "", null).statusCode())
                        .as(path)
                        .isEqualTo(401);
                assertThat(given.send(request[0], request[1], "", "wrong").statusCode())
                        .as(path)
                        .isEqualTo(401);
            }
            String old = given.token();
            given.kill9();
            given.start();
            assertThat(given.send("GET", "/v1/health", "", old).statusCode()).isEqualTo(401);
            assertThat(given.send("GET", "/v1/health", null).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void badRequestsAreToldWhatIsWrong() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            String commands = "/v1/conversations/c1/commands";
            String enqueue = "{\"command\":\"enqueue\",\"id\":\"i\",\"by\":\"a\",\"attachments\":[],\"text\":";
            problem(given, 400, "POST", commands, "");
            problem(given, 400, "POST", commands, "{");
            problem(given, 400, "POST", commands, "null");
            problem(given, 400, "POST", commands, "{\"command\":\"dance\",\"id\":\"i\",\"by\":\"a\"}");
            problem(given, 400, "POST", commands, "{\"command\":\"enqueue\",\"id\":\"i\",\"by\":\"a\"}");
            problem(given, 400, "POST", commands, enqueue + "{\"not\":\"text\"}}");
            problem(given, 404, "POST", "/v1/conversations/none/commands", enqueue + "\"x\"}");
            problem(given, 400, "GET", "/v1/conversations/c1/events?after=x", "");
            problem(given, 400, "GET", "/v1/conversations/c1/events?after=99", "");
            problem(given, 400, "PUT", "/v1/conversations/a.b", "{\"id\":\"a.b\",\"agent\":\"script\"}");
            problem(given, 400, "PUT", "/v1/conversations/c2", "{\"id\":\"c2\",\"agent\":\"unknown\"}");
            problem(given, 400, "PUT", "/v1/conversations/c2", "{\"id\":\"c3\",\"agent\":\"script\"}");
            problem(given, 404, "GET", "/v1/nothing", "");
            problem(given, 413, "POST", commands, enqueue + "\"" + "x".repeat(BridgeServer.MAX_BODY_BYTES) + "\"}");
            var tooLong = given.send("POST", commands, enqueue + "\"" + "x".repeat(5_000_000) + "\"}", given.token());
            assertThat(tooLong.statusCode()).isEqualTo(200);
            assertThat(tooLong.body()).contains("refused").contains("longer than 1 MB");
        }
    }

    private static void problem(BridgeUnderTest given, int status, String method, String path, String body) {
        HttpResponse<String> response = given.send(method, path, body, given.token());
        assertThat(response.statusCode()).as(path + " " + response.body()).isEqualTo(status);
        JsonNode problem = Json.MAPPER.readTree(response.body());
        assertThat(problem.path("error").asString()).isNotBlank();
        assertThat(problem.path("todo").asString()).isNotBlank();
    }

    @Test
    void aStopIsJournaledAndTheAgentGoesOn() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("say a;hang");
            given.awaitEvent("text");
            assertThat(given.send("POST", "/v1/stop", null).statusCode()).isEqualTo(202);
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isZero();
            assertThat(given.journal()).contains("workspace.stopped");
            assertThat(BridgeUnderTest.dead(given.agentPid())).isFalse();
        }
    }
}
