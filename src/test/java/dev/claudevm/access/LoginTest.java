package dev.claudevm.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.server.RunningServer;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Who is let in, against the real server over HTTP. */
class LoginTest {

    private static final List<String> OPEN = List.of(
            "/login", "/login/link", "/healthz", "/api/v1/openapi", "/service-worker.js", "/manifest.webmanifest");

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
    void everyCallAndPageWithoutALoginIsRefused() throws Exception {
        List<String> let = new ArrayList<>();
        int seen = 0;
        for (Map.Entry<String, String> mapping : mappings()) {
            seen++;
            HttpResponse<String> answer = server.send(mapping.getKey(), mapping.getValue(), "");
            if (answer.statusCode() != 401) {
                let.add(mapping + " answered " + answer.statusCode());
            } else if (mapping.getValue().startsWith("/api/")) {
                assertThat(answer.headers().firstValue("content-type").orElse(""))
                        .contains("application/problem+json");
            }
        }
        for (String page :
                List.of("/", "/workspaces", "/settings", "/new", "/VAADIN/push", "/?v-r=uidl", "/?v-r=init")) {
            seen++;
            HttpResponse<String> answer = server.get(page);
            if (answer.statusCode() != 401) {
                let.add(page + " answered " + answer.statusCode());
            }
        }
        for (String route : routes()) {
            HttpResponse<String> answer = server.get("/" + route, "Accept", "text/html");
            String login = route.isEmpty() ? "/login" : "/login?continue=%2F" + route.replaceFirst("/.*", "");
            if (answer.statusCode() != 302
                    || !answer.headers().firstValue("location").orElse("").startsWith(login)) {
                let.add("The view " + route + " answered " + answer.statusCode());
            }
        }
        assertThat(let).isEmpty();
        assertThat(seen).isGreaterThan(12);
    }

    @Test
    void theLoginGoesBackToOurOwnViewsOnly() {
        assertThat(LoginController.place("/c/abc123")).isEqualTo("/c/abc123");
        assertThat(LoginController.place("/new?workspace=bold-fire-1234")).isEqualTo("/new?workspace=bold-fire-1234");
        for (String elsewhere : List.of(
                "//evil.example",
                "https://evil.example/",
                "/\\evil.example",
                "/api/v1/agents",
                "/logout",
                "/c/a/../..",
                "/new\r\nx: y",
                "")) {
            assertThat(LoginController.place(elsewhere)).as(elsewhere).isEqualTo("/");
        }
    }

    @Test
    void aBrowserIsSentToThePageThatSaysHowToLogIn() throws Exception {
        HttpResponse<String> answer = server.get("/", "Accept", "text/html,*/*");
        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("location")).contains("/login");
        assertThat(server.get("/login").body()).contains("claude-vm login-link");
        assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
    }

    @Test
    void aLinkIsNotUsedUpByLookingAtIt() throws Exception {
        String code = newCode();
        assertThat(server.get("/login/link?token=" + code).statusCode()).isEqualTo(200);
        assertThat(server.get("/login/link?token=" + code).body())
                .contains(code)
                .contains("<form method=post");
        HttpResponse<String> used = server.postForm("/login/link", "token=" + code);
        assertThat(used.statusCode()).isEqualTo(303);
        assertThat(used.headers().firstValue("set-cookie").orElseThrow())
                .startsWith("claude_vm_device=")
                .contains("HttpOnly", "SameSite=Lax", "Path=/")
                .doesNotContain("Secure");
        assertThat(server.get("/api/v1/devices", "Cookie", RunningServer.cookie(used))
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> again = server.postForm("/login/link", "token=" + code);
        assertThat(again.statusCode()).isEqualTo(401);
        assertThat(again.body()).contains("used already").contains("claude-vm login-link");
        assertThat(again.headers().firstValue("set-cookie")).isEmpty();
    }

    @Test
    void ofManyBrowsersThatRaceForALinkOneIsLoggedIn() throws Exception {
        String code = newCode();
        CountDownLatch go = new CountDownLatch(1);
        List<Integer> answers = new ArrayList<>();
        try (ExecutorService browsers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> racing = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Callable<Integer> browser = () -> {
                    go.await();
                    return server.postForm("/login/link", "token=" + code).statusCode();
                };
                racing.add(browsers.submit(browser));
            }
            go.countDown();
            for (Future<Integer> one : racing) {
                answers.add(one.get());
            }
        }
        assertThat(answers).containsOnlyOnce(303).containsOnly(303, 401);
    }

    @Test
    void thePrintedLineIsOneAndTheFilesOfTheHomeAreTheOwnersAlone() throws Exception {
        assertThat(server.printed().lines().filter(line -> line.startsWith("Open ")))
                .hasSize(1);
        assertThat(Files.getPosixFilePermissions(home.resolve("token"))).hasSize(2);
        assertThat(server.get("/api/v1/tokens", "Authorization", "Bearer " + server.apiToken())
                        .body())
                .contains("Command line of this machine")
                .doesNotContain(server.apiToken());
    }

    @Test
    void aRevokedDeviceAndARevokedTokenAreOutAtOnce() throws Exception {
        String cookie = server.newDevice();
        String id = server.get("/api/v1/devices", "Cookie", cookie)
                .body()
                .replaceAll("(?s).*\"id\":\"([^\"]+)\"[^{}]*\"current\":true.*", "$1");
        assertThat(server.send("DELETE", "/api/v1/devices/" + id, "", "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
                        .statusCode())
                .isEqualTo(204);
        assertThat(server.get("/api/v1/devices", "Cookie", cookie).statusCode()).isEqualTo(401);

        String bearer = "Bearer " + server.apiToken();
        HttpResponse<String> made = server.send(
                "POST",
                "/api/v1/tokens",
                "{\"name\": \"phone\"}",
                "Authorization",
                bearer,
                "Content-Type",
                "application/json");
        assertThat(made.statusCode()).isEqualTo(201);
        String token = made.body().replaceAll("(?s).*\"token\":\"([^\"]+)\".*", "$1");
        String tokenId = made.body().replaceAll("(?s).*\"id\":\"([^\"]+)\".*", "$1");
        assertThat(server.get("/api/v1/tokens", "Authorization", "Bearer " + token)
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.send("DELETE", "/api/v1/tokens/" + tokenId, "", "Authorization", bearer)
                        .statusCode())
                .isEqualTo(204);
        assertThat(server.get("/api/v1/tokens", "Authorization", "Bearer " + token)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aRevokedDevicesOpenStreamEnds() throws Exception {
        String cookie = server.newDevice();
        String id = server.get("/api/v1/devices", "Cookie", cookie)
                .body()
                .replaceAll("(?s).*\"id\":\"([^\"]+)\"[^{}]*\"current\":true.*", "$1");
        try (var client = java.net.http.HttpClient.newHttpClient();
                var stream = client.send(
                                java.net.http.HttpRequest.newBuilder(URI.create(server.url() + "/api/v1/live"))
                                        .header("Cookie", cookie)
                                        .build(),
                                HttpResponse.BodyHandlers.ofInputStream())
                        .body()) {
            assertThat(stream.read()).as("the stream has begun").isNotNegative();
            assertThat(server.send(
                                    "DELETE",
                                    "/api/v1/devices/" + id,
                                    "",
                                    "Cookie",
                                    cookie,
                                    "Sec-Fetch-Site",
                                    "same-origin")
                            .statusCode())
                    .isEqualTo(204);
            var rest = java.util.concurrent.CompletableFuture.supplyAsync(() -> {
                try {
                    return stream.readAllBytes().length;
                } catch (java.io.IOException cut) {
                    return -1;
                }
            });
            assertThat(rest).succeedsWithin(java.time.Duration.ofSeconds(30));
        }
    }

    @Test
    void anotherSitesPageCannotWrite() throws Exception {
        String cookie = server.newDevice();
        for (List<String> from : List.of(
                List.of("Sec-Fetch-Site", "cross-site"),
                List.of("Sec-Fetch-Site", "same-site"),
                List.of("Origin", "https://evil.example"),
                List.of("Origin", "null"),
                List.of("X-Nothing", "said"))) {
            HttpResponse<String> answer =
                    server.send("POST", "/api/v1/login-links", "", "Cookie", cookie, from.getFirst(), from.getLast());
            assertThat(answer.statusCode()).as("%s", from).isEqualTo(403);
        }
        for (List<String> from : List.of(List.of("Sec-Fetch-Site", "same-origin"), List.of("Origin", server.url()))) {
            HttpResponse<String> answer =
                    server.send("POST", "/api/v1/login-links", "", "Cookie", cookie, from.getFirst(), from.getLast());
            assertThat(answer.statusCode()).as("%s", from).isEqualTo(201);
        }
        assertThat(server.send("POST", "/?v-r=uidl", "{}", "Cookie", cookie, "Sec-Fetch-Site", "cross-site")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void loggingOutEndsTheDevice() throws Exception {
        String cookie = server.newDevice();
        HttpResponse<String> out =
                server.send("POST", "/logout", "", "Cookie", cookie, "Sec-Fetch-Site", "same-origin");
        assertThat(out.statusCode()).isEqualTo(303);
        assertThat(out.headers().firstValue("set-cookie").orElseThrow()).contains("Max-Age=0");
        assertThat(server.get("/api/v1/devices", "Cookie", cookie).statusCode()).isEqualTo(401);
    }

    @Test
    void whatIsPastedIntoTheLoginPageLogsIn() throws Exception {
        String link = server.url() + "/login/link?token=" + newCode();
        assertThat(server.postForm("/login", "code=" + java.net.URLEncoder.encode(link, "UTF-8"))
                        .statusCode())
                .isEqualTo(303);
        assertThat(server.postForm("/login", "code=" + server.apiToken()).statusCode())
                .isEqualTo(303);
    }

    @Test
    void everyAnswerCarriesTheSecurityHeaders() throws Exception {
        for (String path : List.of("/login", "/api/v1/devices", "/")) {
            var headers = server.get(path).headers();
            assertThat(headers.firstValue("content-security-policy").orElse("")).contains("frame-ancestors 'none'");
            assertThat(headers.firstValue("x-content-type-options")).contains("nosniff");
            assertThat(headers.firstValue("referrer-policy")).contains("same-origin");
        }
        assertThat(server.get("/login").headers().allValues("content-security-policy"))
                .hasSize(1);
    }

    @Test
    void anAgentsKeyGoesInAndNeverComesOut() throws Exception {
        String bearer = "Bearer " + server.apiToken();
        String key = "sk-ant-api03-" + "k".repeat(40);
        HttpResponse<String> put = server.send(
                "PUT",
                "/api/v1/agents/claude/key",
                "{\"key\": \"" + key + "\"}",
                "Authorization",
                bearer,
                "Content-Type",
                "application/json");
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        assertThat(put.body()).contains("\"keyOrigin\":\"settings\"").doesNotContain(key);
        assertThat(server.get("/api/v1/agents", "Authorization", bearer).body())
                .contains("\"name\":\"demo\"", "\"modes\":[{", "\"state\":\"ready\"")
                .doesNotContain(key);
        HttpResponse<String> wrong = server.send(
                "PUT",
                "/api/v1/agents/claude/key",
                "{\"key\": \"two words\"}",
                "Authorization",
                bearer,
                "Content-Type",
                "application/json");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.body()).contains("\"todo\":").doesNotContain("two words");
        assertThat(server.send("DELETE", "/api/v1/agents/claude/key", "", "Authorization", bearer)
                        .statusCode())
                .isEqualTo(204);
        assertThat(server.get("/api/v1/agents/nobody", "Authorization", bearer).statusCode())
                .isEqualTo(404);
        Path log = home.resolve("logs/server.log");
        assertThat(Files.exists(log) ? Files.readString(log) : "").doesNotContain(key);
    }

    @Test
    void theLogKnowsNoSecret() throws Exception {
        String cookie = server.newDevice();
        server.get("/api/v1/devices", "Cookie", cookie);
        String log =
                Files.exists(home.resolve("logs/server.log")) ? Files.readString(home.resolve("logs/server.log")) : "";
        assertThat(log)
                .doesNotContain(server.apiToken())
                .doesNotContain(cookie.substring(cookie.indexOf('=') + 1))
                .doesNotContain(server.code());
        assertThat(Secret.random("x").toString()).doesNotContain("x");
    }

    /** @return the paths of all Flow views */
    private static List<String> routes() {
        var servlet = ((org.springframework.web.context.WebApplicationContext) server.context()).getServletContext();
        return com.vaadin.flow.server.startup.ApplicationRouteRegistry.getInstance(
                        new com.vaadin.flow.server.VaadinServletContext(servlet))
                .getRegisteredRoutes()
                .stream()
                .map(route -> route.getTemplate().replaceAll(":[^/]+", "x"))
                .toList();
    }

    private static String newCode() {
        return server.context().getBean(LoginLinks.class).create();
    }

    /** @return method and path of whatever the application maps, but what is open on purpose */
    private static List<Map.Entry<String, String>> mappings() {
        List<Map.Entry<String, String>> mappings = new ArrayList<>();
        server.context()
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .keySet()
                .forEach(info -> mappings.addAll(of(info)));
        return mappings;
    }

    private static List<Map.Entry<String, String>> of(RequestMappingInfo info) {
        List<Map.Entry<String, String>> found = new ArrayList<>();
        for (String pattern : info.getPatternValues()) {
            String path = pattern.replaceAll("\\{[^}]+}", "x").replace("**", "x");
            if (OPEN.contains(path)) {
                continue;
            }
            if (info.getMethodsCondition().getMethods().isEmpty()) {
                found.add(Map.entry("GET", path));
            }
            info.getMethodsCondition().getMethods().forEach(method -> found.add(Map.entry(method.name(), path)));
        }
        return found;
    }
}
