package dev.claudevm.bridge.files;

import static dev.claudevm.bridge.files.FilesUnderTest.encoded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Search by content with each of the programs, and by name. */
class SearchTest {

    /** Searches where only this program and what it needs is installed. */
    static String with(FilesUnderTest given, String tool, String path) throws IOException {
        Path bin = Files.createDirectories(given.base.resolve("bin-" + tool));
        List<String> wanted = tool.equals("git") ? List.of("git") : List.of(tool);
        for (String name : wanted) {
            Path link = bin.resolve(name);
            if (!Files.exists(link)) {
                for (String folder : System.getenv("PATH").split(":")) {
                    if (Files.isExecutable(Path.of(folder, name)) && !Files.exists(link)) {
                        Files.createSymbolicLink(link, Path.of(folder, name));
                    }
                }
            }
        }
        assertThat(bin.resolve(tool))
                .as("a program that the tests need; ./verify installs it")
                .exists();
        given.restart(bin.toString());
        return given.send("GET", path, new byte[0]).body();
    }

    private static List<JsonNode> lines(String body, String type) {
        List<JsonNode> lines = new ArrayList<>();
        body.lines()
                .map(Json.MAPPER::readTree)
                .filter(l -> l.path("type").asString().equals(type))
                .forEach(lines::add);
        return lines;
    }

    @ParameterizedTest
    @ValueSource(strings = {"rg", "git", "grep"})
    void whatIsThereIsFoundWithItsPlace(String tool) throws Exception {
        try (var given = new FilesUnderTest()) {
            given.run("git", "init", "-q");
            given.write(".gitignore", "node_modules\n");
            given.write("src/a.txt", "nothing\nän needle and Needle\n");
            given.write("src/deep/b.java", "needles\n");
            given.write(".hidden", "a needle");
            given.write("node_modules/c.js", "needle");
            Files.write(given.project.resolve("binary"), "needle\0needle".getBytes(StandardCharsets.UTF_8));
            String body = with(given, tool, "/search?q=needle");
            List<JsonNode> matches = lines(body, "match");
            assertThat(matches.stream()
                            .map(m -> m.path("path").asString() + ":"
                                    + m.path("line").asLong()))
                    .as(body)
                    .containsExactlyInAnyOrder("src/a.txt:2", "src/deep/b.java:1", ".hidden:1");
            JsonNode a = matches.stream()
                    .filter(m -> m.path("path").asString().endsWith("a.txt"))
                    .findFirst()
                    .orElseThrow();
            assertThat(a.path("text").asString()).isEqualTo("än needle and Needle");
            assertThat(a.path("ranges").toString()).isEqualTo("[[3,9],[14,20]]");
            JsonNode end = lines(body, "end").getFirst();
            assertThat(end.path("matches").asInt()).isEqualTo(3);
            assertThat(end.path("files").asInt()).isEqualTo(3);
            assertThat(end.path("complete").asBoolean()).isTrue();

            assertThat(lines(with(given, tool, "/search?q=Needle"), "match")).hasSize(1);
            assertThat(lines(with(given, tool, "/search?q=needle&word=true"), "match"))
                    .hasSize(2);
            assertThat(lines(with(given, tool, "/search?q=needle&path=src/deep"), "match")
                            .getFirst()
                            .path("path")
                            .asString())
                    .isEqualTo("src/deep/b.java");
            assertThat(lines(with(given, tool, "/search?q=needle&glob=*.java"), "match"))
                    .hasSize(1);
            assertThat(lines(with(given, tool, "/search?q=needle&glob=!*.java"), "match"))
                    .hasSize(2);
            assertThat(lines(with(given, tool, "/search?q=ne+dles&regex=true".replace("+", "%2B")), "match"))
                    .hasSize(1);
            assertThat(lines(with(given, tool, "/search?q=n.edle"), "match")).isEmpty();
            assertThat(lines(with(given, tool, "/search?q=needle&ignored=true"), "match")
                            .size())
                    .isGreaterThanOrEqualTo(4);
            assertThat(lines(with(given, tool, "/search?regex=true&q=" + encoded("(")), "failed")
                            .getFirst()
                            .path("todo")
                            .asString())
                    .contains("expression");
            assertThat(lines(with(given, tool, "/search?q=" + encoded("--pre=id")), "end"))
                    .hasSize(1);
        }
    }

    @Test
    void whatCannotBeLookedForIsRefused() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.get(400, "/search?q=");
            given.get(400, "/search?q=" + encoded("a\nb"));
            given.get(400, "/search?q=" + "x".repeat(1_001));
            given.get(404, "/search?q=x&path=none");
        }
    }

    @Test
    void aSearchIsBounded() throws Exception {
        try (var given = new FilesUnderTest(Map.of("searchMatches", 50, "lineChars", 100))) {
            given.run(
                    "bash",
                    "-c",
                    "seq -f 'needle %.0f' 1 10000 > many; (head -c 100000 /dev/zero | tr '\\0' x; echo ' needle '; head -c 5000000 /dev/zero | tr '\\0' y; echo) > zlong");
            String body = given.send("GET", "/search?q=needle", new byte[0]).body();
            assertThat(lines(body, "match")).hasSize(50);
            assertThat(lines(body, "end").getFirst().path("limit").asString()).isEqualTo("matches");
            given.run(
                    "bash",
                    "-c",
                    "(head -c 100000 /dev/zero | tr '\\0' x; echo -n ' needle '; head -c 1000 /dev/zero | tr '\\0' y; echo) > zlong; rm many");
            JsonNode far = lines(
                            given.send("GET", "/search?q=needle", new byte[0]).body(), "match")
                    .getFirst();
            assertThat(far.path("cut").asBoolean()).isTrue();
            assertThat(far.path("text").asString()).hasSize(100).contains(" needle ");
            int from = far.path("ranges").get(0).get(0).asInt();
            assertThat(far.path("text").asString().substring(from, from + 6)).isEqualTo("needle");
        }
    }

    @Test
    void whoeverLeavesEndsTheSearch() throws Exception {
        try (var given = new FilesUnderTest(Map.of("searchMatches", 2_000_000_000))) {
            // Each match waits for a reader: the program stands still in the middle until it is ended.
            given.run("bash", "-c", "for i in $(seq 20); do seq -f \"needle %.0f of $i\" 1 100000 > many$i; done");
            var response = given.stream("/search?q=needle");
            try (BufferedReader reader =
                    new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
                assertThat(reader.lines().anyMatch(l -> l.contains("needle"))).isTrue();
                assertThat(searching(given)).isTrue();
            }
            await("the program is gone").atMost(FilesUnderTest.PATIENCE).until(() -> !searching(given));
        }
    }

    private static boolean searching(FilesUnderTest given) {
        return ProcessHandle.current().descendants().anyMatch(p -> {
            try {
                return Files.readSymbolicLink(Path.of("/proc/" + p.pid() + "/cwd"))
                        .equals(given.project);
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void aSearchThatTakesTooLongEndsAndSaysSo() throws Exception {
        try (var given = new FilesUnderTest(Map.of("searchSeconds", 1))) {
            Path bin = Files.createDirectories(given.base.resolve("slow"));
            Files.writeString(bin.resolve("rg"), "#!/bin/sh\nexec /bin/sleep 1000\n");
            given.run("chmod", "755", bin.resolve("rg").toString());
            given.restart(bin.toString());
            String body = given.send("GET", "/search?q=x", new byte[0]).body();
            assertThat(lines(body, "end").getFirst().path("limit").asString())
                    .as(body)
                    .isEqualTo("time");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rg", "git", "true"})
    void filesAreFoundByAFewLettersOfTheirNames(String tool) throws Exception {
        try (var given = new FilesUnderTest()) {
            given.run("git", "init", "-q");
            given.write(".gitignore", "node_modules\n");
            given.write("src/main/java/BridgeServer.java", "x");
            given.write("src/main/java/Bridges.java", "x");
            given.write("docs/bridge-server.md", "x");
            given.write("node_modules/bridge/BridgeServer.java", "x");
            given.write("server/bridge/x", "x");
            assertThat(found(given, tool, "bridgeserver")).first().isEqualTo("src/main/java/BridgeServer.java");
            assertThat(found(given, tool, "brse")).contains("src/main/java/BridgeServer.java", "docs/bridge-server.md");
            assertThat(found(given, tool, "BS.java")).first().isEqualTo("src/main/java/BridgeServer.java");
            assertThat(found(given, tool, "java bridges")).first().isEqualTo("src/main/java/Bridges.java");
            assertThat(found(given, tool, "zzz")).isEmpty();
            assertThat(found(given, tool, "")).hasSize(5).doesNotContain("node_modules/bridge/BridgeServer.java");
            given.json(200, given.create("just-made", "x"));
            assertThat(given.get(200, "/find?q=justmade").path("hits")).hasSize(1);
            JsonNode hit = given.get(200, "/find?q=brsemd").path("hits").get(0);
            StringBuilder letters = new StringBuilder();
            hit.path("at")
                    .forEach(i -> letters.append(hit.path("path").asString().charAt(i.asInt())));
            assertThat(letters.toString()).isEqualTo("brsemd");
        }
    }

    private static List<String> found(FilesUnderTest given, String tool, String query) throws IOException {
        return Json.MAPPER
                .readTree(with(given, tool, "/find?q=" + encoded(query)))
                .path("hits")
                .valueStream()
                .map(h -> h.path("path").asString())
                .toList();
    }

    @Test
    void theIndexIsBounded() throws Exception {
        try (var given = new FilesUnderTest(Map.of("indexedFiles", 100, "found", 10))) {
            given.run("bash", "-c", "mkdir n && cd n && seq 1 200 | xargs touch");
            JsonNode found = given.get(200, "/find?q=1&limit=1000");
            assertThat(found.path("files").asInt()).isEqualTo(100);
            assertThat(found.path("complete").asBoolean(true)).isFalse();
            assertThat(found.path("hits").size()).isLessThanOrEqualTo(10);
        }
    }
}
