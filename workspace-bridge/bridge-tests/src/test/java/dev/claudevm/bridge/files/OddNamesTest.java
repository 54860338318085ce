package dev.claudevm.bridge.files;

import static dev.claudevm.bridge.files.FilesUnderTest.encoded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.bridge.tree.TreePath;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Whatever a name is made of: it is listed, read, saved, found, moved, deleted and had back under exactly that name. */
class OddNamesTest {

    static Stream<byte[]> names() {
        return Stream.concat(
                Stream.of(
                                "a b",
                                " leading and trailing ",
                                "new\nline",
                                "tab\tand\rreturn",
                                "-rf",
                                "--help",
                                "x".repeat(255),
                                "ü".repeat(127),
                                "😀.txt",
                                "e\u0301 and é",
                                "quote\"'`$(id)",
                                "100%",
                                "%41%ff",
                                "a:b;c&d=e?f#g+h",
                                "back\\slash",
                                ":(top)magic",
                                "*?[x]{y}",
                                "!not",
                                "#hash",
                                "\u202Egnp.exe",
                                "\u0001\u001b[31m",
                                ".hidden",
                                "...",
                                "~")
                        .map(n -> n.getBytes(StandardCharsets.UTF_8)),
                Stream.of(
                        new byte[] {'b', 'a', 'd', (byte) 0xff, (byte) 0xfe},
                        new byte[] {(byte) 0xc3},
                        new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                        new byte[] {(byte) 0xe4, ' ', '%', '4', '1'}));
    }

    @ParameterizedTest
    @MethodSource("names")
    void oneOfThem(byte[] name) throws Exception {
        try (var given = new FilesUnderTest()) {
            given.run("git", "init", "-q");
            given.write(".gitignore", "ignored*");
            given.write("ignored.txt", "x");
            TreePath path = TreePath.of(name);
            Path file = path.in(given.project);
            String text = path.toString();
            assertThat(Tree.parse(text)).isEqualTo(path);

            given.json(200, given.create(text, "needle one\n"));
            assertThat(Files.readString(file)).isEqualTo("needle one\n");
            JsonNode entry = only(given.list(""), text);
            assertThat(entry.path("path").asString()).isEqualTo(text);
            assertThat(entry.path("ignored").asBoolean()).isFalse();
            assertThat(only(given.list(""), "ignored.txt").path("ignored").asBoolean())
                    .isTrue();
            String at = "path=" + encoded(text);
            assertThat(given.send("GET", "/content?" + at, new byte[0]).body()).isEqualTo("needle one\n");
            assertThat(given.get(200, "/text?" + at).path("lines").get(0).asString())
                    .isEqualTo("needle one");
            given.json(200, given.save(text, "needle two\n", "If-Match", given.etag(text)));

            assertThat(given.get(200, "/find?q=").path("hits").toString())
                    .contains(dev.claudevm.protocol.Json.MAPPER.writeValueAsString(text));
            for (String tools : List.of("rg", "git", "grep")) {
                String found = SearchTest.with(given, tools, "/search?q=needle");
                assertThat(found)
                        .as(tools)
                        .contains("\"path\":" + dev.claudevm.protocol.Json.MAPPER.writeValueAsString(text));
            }
            given.restart(System.getenv("PATH"));

            given.json(200, given.send("POST", "/folder?path=into", new byte[0]));
            given.json(
                    200,
                    given.send("POST", "/move?from=" + encoded(text) + "&to=" + encoded("into/" + text), new byte[0]));
            assertThat(Files.exists(file)).isFalse();
            assertThat(given.names("into")).containsExactly(text);
            JsonNode deleted = given.json(200, given.send("DELETE", "?path=" + encoded("into/" + text), new byte[0]));
            assertThat(given.names("into")).isEmpty();
            String restore = "/trash/" + deleted.path("id").asString() + "/restore?to=" + encoded(text);
            given.json(200, given.send("POST", restore, new byte[0]));
            assertThat(Files.readString(file)).isEqualTo("needle two\n");
            // And as a folder.
            Files.move(file, given.project.resolve("content"));
            given.json(200, given.send("POST", "/folder?path=" + encoded(text), new byte[0]));
            given.json(200, given.create(text + "/in", "x"));
            assertThat(given.names(text)).containsExactly("in");
            given.json(200, given.send("DELETE", "?path=" + encoded(text), new byte[0]));
        }
    }

    static JsonNode only(JsonNode page, String name) {
        for (JsonNode entry : page.path("entries")) {
            if (entry.path("name").asString().equals(name)) {
                return entry;
            }
        }
        throw new AssertionError("No " + name + " in " + page);
    }

    @Test
    void namesThatDifferInCaseAreTwo() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.json(200, given.create("Readme", "upper"));
            given.json(200, given.create("readme", "lower"));
            given.json(200, given.create("README", "all"));
            assertThat(given.names("")).containsExactly("README", "Readme", "readme");
            given.json(409, given.send("POST", "/move?from=readme&to=Readme", new byte[0]));
            given.json(200, given.send("DELETE", "?path=readme", new byte[0]));
            assertThat(given.read("Readme")).isEqualTo("upper");
            given.json(200, given.send("POST", "/move?from=Readme&to=readme", new byte[0]));
            assertThat(given.names("")).containsExactly("README", "readme");
        }
    }
}
