package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Json;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The search as a stranger meets it. */
class SearchApiTest {

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

    private static HttpResponse<String> get(String query) throws Exception {
        return server.get("/api/v1/search" + query, "Authorization", "Bearer " + server.apiToken());
    }

    private static String q(String words) {
        return "?q=" + URLEncoder.encode(words, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "\"",
                "\"\"",
                "(",
                "AND",
                "a AND (b OR",
                "title:x^2~",
                "[a TO",
                "*",
                "?",
                "\\",
                "/.*/",
                "-",
                "+",
                "!",
                "🚀",
                "\u0000",
                "<script>",
                "%",
                "' or 1=1 --",
                "\uD83D"
            })
    void nothingThatSomebodyTypesIsAnError(String words) throws Exception {
        HttpResponse<String> answer = get(q(words));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode page = Json.MAPPER.readTree(answer.body());
        assertThat(page.path("results").isArray()).isTrue();
        assertThat(page.path("next").isNull()).isTrue();
    }

    @Test
    void whatMakesNoSenseIsSaidWithWhatToDo() throws Exception {
        problem(get(q("x".repeat(501))), 400, "at most 500");
        problem(get(q("a ".repeat(50))), 400, "at most 40");
        problem(get(q("x") + "&cursor=made-up"), 400, "Leave it out");
        problem(get(q("x") + "&cursor=" + "A".repeat(38)), 200, "");
        problem(get(q("x") + "&workspace=bold-fire-99999"), 404, "workspace list");
        problem(get(q("x") + "&workspace=..%2f"), 404, "workspace list");
        problem(get(q("x") + "&limit=many"), 400, "");
        problem(get(""), 400, "");
    }

    private static void problem(HttpResponse<String> answer, int status, String todo) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains(todo);
        if (status != 200) {
            assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("application/problem+json");
        }
    }

    @Test
    void nobodySearchesWithoutALogin() throws Exception {
        assertThat(server.get("/api/v1/search?q=x").statusCode()).isEqualTo(401);
        assertThat(server.get("/api/v1/search?q=x", "Authorization", "Bearer cvm_another")
                        .statusCode())
                .isEqualTo(401);
    }
}
