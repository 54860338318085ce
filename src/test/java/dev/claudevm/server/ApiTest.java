package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/** The API as a stranger meets it: its description, and what it says to nonsense. */
class ApiTest {

    @TempDir
    static Path home;

    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = new RunningServer(home);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void theDescriptionNamesEveryCallAndNoOther() throws Exception {
        Set<String> described = new TreeSet<>();
        JsonNode document = Json.MAPPER.readTree(server.get("/api/v1/openapi").body());
        document.path("paths")
                .forEachEntry((path, calls) -> calls.propertyNames()
                        .forEach(method -> described.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path)));
        Set<String> mapped = new TreeSet<>();
        server.context()
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .keySet()
                .forEach(info -> info.getPatternValues().stream()
                        .filter(path -> path.startsWith("/api/v1/"))
                        .forEach(path -> {
                            for (RequestMethod method :
                                    info.getMethodsCondition().getMethods()) {
                                mapped.add(method + " " + path);
                            }
                        }));

        assertThat(described).containsExactlyElementsOf(mapped);
        assertThat(document.path("openapi").asString("")).startsWith("3.1");
    }

    @Test
    void unknownIdsAre404AndSayWhatToDo() throws Exception {
        for (String path : new String[] {
            "workspaces/bold-fire-9999",
            "workspaces/..%2f",
            "conversations/aaaaaaaaaaaaaaaa",
            "conversations/x",
            "conversations/aaaaaaaaaaaaaaaa/events",
            "live?conversation=aaaaaaaaaaaaaaaa"
        }) {
            problem(call("GET", path, ""), path.contains("%2f") ? 400 : 404, path);
        }
        problem(call("PUT", "conversations/aaaaaaaaaaaaaaaa/messages/m1", "{\"text\":\"x\"}"), 404, "message");
        problem(call("PUT", "approvals/aaaaaaaaaaaaaaaa.r1/answer", "{\"id\":\"a\",\"decision\":\"deny\"}"), 404, "a");
    }

    @Test
    void aFieldOfTheWrongTypeIsNamed() throws Exception {
        JsonNode number = problem(call("POST", "workspaces", "{\"source\": 5}"), 400, "number for text");
        assertThat(number.path("detail").asString("")).contains("source");
        JsonNode list = problem(call("POST", "workspaces", "{\"source\": [\"x\"]}"), 400, "list for text");
        assertThat(list.path("detail").asString("")).contains("source");
        problem(call("POST", "workspaces", "{\"source\": "), 400, "half a body");
        problem(call("POST", "workspaces", ""), 400, "no body");
        problem(call("PUT", "approvals/aaaaaaaaaaaaaaaa.r1/answer", "{\"decision\":\"deny\"}"), 400, "no id");
        JsonNode later =
                problem(call("GET", "conversations/aaaaaaaaaaaaaaaa/events?after=x", ""), 400, "a word for a number");
        assertThat(later.path("detail").asString("")).contains("after");
    }

    @Test
    void aMessageOf5MegabytesIsTooLarge() throws Exception {
        String text = "x".repeat(5 * 1024 * 1024);
        JsonNode problem = problem(
                call("PUT", "conversations/aaaaaaaaaaaaaaaa/messages/m1", "{\"text\":\"" + text + "\"}"), 413, "5 MB");
        assertThat(problem.path("detail").asString("")).contains("1 MB");
    }

    @Test
    void whatCannotBeAWorkspaceIsRefused() throws Exception {
        JsonNode problem =
                problem(call("POST", "workspaces", "{\"source\": \"" + home + "/nothing\"}"), 422, "no folder");
        assertThat(problem.path("detail").asString("")).contains("no folder");
        assertThat(call("GET", "workspaces", "").body()).contains("\"workspaces\":[]");
    }

    @Test
    void whatCannotBeNotifiedIsRefusedAndSaysWhy() throws Exception {
        String keys = "\"keys\":{\"p256dh\":\"" + "B".repeat(87) + "\",\"auth\":\"" + "A".repeat(22) + "\"}";
        String endpoint = "\"endpoint\":\"https://push.example.org/x\",";
        for (String[] wrong : new String[][] {
            {"{}", "endpoint"},
            {"{\"endpoint\":\"http://push.example.org/x\"," + keys + "}", "endpoint"},
            {"{\"endpoint\":\"https:///x\"," + keys + "}", "endpoint"},
            {"{" + endpoint + "\"keys\":{\"p256dh\":\"short\",\"auth\":\"x\"}}", "p256dh"},
            {"{" + endpoint + keys + ",\"kinds\":[\"everything\"]}", "everything"},
            {"{" + endpoint + keys + ",\"quiet\":{\"from\":\"late\"}}", "late"},
            {"{" + endpoint + keys + "}", "browsers"},
        }) {
            JsonNode problem = problem(call("PUT", "push/subscription", wrong[0]), 422, wrong[0]);
            assertThat(problem.path("detail").asString("")).contains(wrong[1]);
        }
        problem(call("POST", "push/test", "{}"), 409, "nothing to test");
        assertThat(call("GET", "push", "").body()).contains("publicKey").contains("\"subscription\":null");
    }

    private static JsonNode problem(HttpResponse<String> answer, int status, String what) {
        assertThat(answer.statusCode()).as(what + ": " + answer.body()).isEqualTo(status);
        if (status == 400 && what.contains("%2f")) {
            return Json.MAPPER.createObjectNode(); // the web server itself refuses such a path
        }
        assertThat(answer.headers().firstValue("content-type").orElse(""))
                .as(what)
                .startsWith("application/problem+json");
        JsonNode problem = Json.MAPPER.readTree(answer.body());
        assertThat(problem.path("detail").asString("")).as(what).isNotBlank();
        assertThat(problem.path("todo").asString("")).as(what).isNotBlank();
        return problem;
    }

    private static HttpResponse<String> call(String method, String path, String body) throws Exception {
        return server.send(
                method,
                "/api/v1/" + path,
                body,
                "Authorization",
                "Bearer " + server.apiToken(),
                "Content-Type",
                "application/json");
    }
}
