package dev.claudevm.bridge.files;

import static dev.claudevm.bridge.files.FilesUnderTest.encoded;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Nothing outside the project is read, written, listed or deleted, by whatever way. */
class PathsTest {

    private static final byte[] NONE = new byte[0];
    private static final List<String> NO_PATHS = List.of(
            "..",
            "../outside",
            "a/../../outside",
            "/etc/passwd",
            "//etc/passwd",
            "a//b",
            "a/",
            "./a",
            "a/./b",
            "a/..",
            "a\0b",
            "%2e%2e/outside",
            "..%2foutside",
            "%2Fetc",
            "a/%2e%2e/%2e%2e/outside",
            "%00");

    @Test
    void whatIsNoPathInTheProjectIsRefusedEverywhere() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("a/b", "x");
            Files.writeString(given.base.resolve("outside"), "secret");
            for (String bad : NO_PATHS) {
                String p = encoded(bad);
                for (String get : List.of(
                        "?path=",
                        "/info?path=",
                        "/content?path=",
                        "/text?path=",
                        "/archive?path=",
                        "/search?q=x&path=",
                        "/watch?folder=")) {
                    given.json(400, given.send("GET", get + p, NONE));
                }
                given.json(400, given.create(bad, "x"));
                given.json(400, given.send("POST", "/folder?path=" + p, NONE));
                given.json(400, given.send("POST", "/folder?parents=true&path=" + p, NONE));
                given.json(400, given.send("POST", "/move?from=a&to=" + p, NONE));
                given.json(400, given.send("POST", "/move?to=c&from=" + p, NONE));
                given.json(400, given.send("DELETE", "?path=" + p, NONE));
                given.json(400, given.send("DELETE", "?undo=false&path=" + p, NONE));
            }
            assertThat(Files.readString(given.base.resolve("outside"))).isEqualTo("secret");
            assertThat(given.picture(given.project)).doesNotContain("outside");
        }
    }

    @Test
    void namesAndPathsThatAreTooLongAreRefused() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.json(400, given.create("x".repeat(256), "x"));
            given.json(400, given.create("ü".repeat(128), "x"));
            given.json(400, given.create("a/".repeat(2100) + "x", "x"));
            given.json(200, given.create("x".repeat(255), "x"));
        }
    }

    @Test
    void linksThatLeadOutAreShownAndNotFollowed() throws Exception {
        try (var given = new FilesUnderTest()) {
            Path outside = Files.createDirectories(given.base.resolve("outside"));
            Files.writeString(outside.resolve("secret"), "secret");
            given.write("folder/file", "inside");
            Files.createSymbolicLink(given.project.resolve("absolute"), outside);
            Files.createSymbolicLink(given.project.resolve("upwards"), Path.of("../outside"));
            Files.createSymbolicLink(given.project.resolve("tricky"), Path.of("folder/../../outside"));
            Files.createSymbolicLink(given.project.resolve("file"), outside.resolve("secret"));
            Files.createSymbolicLink(given.project.resolve("hop"), Path.of("upwards"));
            Files.createSymbolicLink(given.project.resolve("proc"), Path.of("/proc/self/root"));
            Files.createSymbolicLink(given.project.resolve("circle"), Path.of("circle"));
            assertThat(given.names("")).contains("absolute", "upwards", "file", "proc");
            for (String link : List.of("absolute", "upwards", "tricky", "hop", "proc")) {
                given.get(403, "?path=" + link);
                given.get(403, "/content?path=" + link + "/secret");
                given.get(403, "/text?path=" + link + "/secret");
                given.json(403, given.create(link + "/new", "x"));
                given.json(
                        403,
                        given.send(
                                "PUT",
                                "/content?parents=true&path=" + link + "/a/new",
                                "x".getBytes(StandardCharsets.UTF_8),
                                "If-None-Match",
                                "*"));
                given.json(403, given.send("DELETE", "?path=" + link + "/secret", NONE));
                given.json(403, given.send("POST", "/move?from=" + link + "/secret&to=mine", NONE));
                given.json(403, given.send("POST", "/move?from=folder&to=" + link + "/mine", NONE));
                given.json(403, given.send("POST", "/folder?path=" + link + "/new", NONE));
                given.get(403, "/archive?path=" + link + "/secret");
                given.get(403, "/search?q=secret&path=" + link);
            }
            given.get(403, "/content?path=file");
            given.json(403, given.save("file", "x", "If-Match", "\"x\""));
            given.json(403, given.send("PUT", "/content?force=true&path=file", "x".getBytes(StandardCharsets.UTF_8)));
            given.get(409, "?path=circle");
            given.get(409, "/content?path=circle");
            assertThat(given.list("").toString()).doesNotContain("\"path\":\"outside");
            // The link itself is the project's: it is what is deleted.
            given.json(200, given.send("DELETE", "?path=absolute", NONE));
            assertThat(Files.readString(outside.resolve("secret"))).isEqualTo("secret");
            assertThat(given.send("GET", "/search?q=secret", NONE).body()).contains("\"matches\":0");
        }
    }

    @Test
    void linksThatStayInTheProjectAreFollowed() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("docs/AGENTS.md", "one");
            Files.createSymbolicLink(given.project.resolve("CLAUDE.md"), Path.of("docs/AGENTS.md"));
            Files.createSymbolicLink(given.project.resolve("d"), given.project.resolve("docs"));
            Files.createSymbolicLink(given.project.resolve("docs/up"), Path.of("../d"));
            assertThat(given.send("GET", "/content?path=d/up/up/AGENTS.md", NONE)
                            .body())
                    .isEqualTo("one");
            var entry = given.get(200, "/info?path=CLAUDE.md");
            assertThat(entry.path("project").asString()).isEqualTo("docs/AGENTS.md");
            assertThat(entry.path("entry").path("link").path("to").asString()).isEqualTo("docs/AGENTS.md");
            given.json(
                    200,
                    given.save(
                            "CLAUDE.md", "two", "If-Match", entry.path("etag").asString()));
            assertThat(given.read("docs/AGENTS.md")).isEqualTo("two");
            assertThat(Files.isSymbolicLink(given.project.resolve("CLAUDE.md"))).isTrue();
            given.json(200, given.send("DELETE", "?path=CLAUDE.md", NONE));
            assertThat(given.read("docs/AGENTS.md")).isEqualTo("two");
        }
    }

    @Test
    void aFolderThatIsSwappedForALinkInBetweenLeadsNowhere() throws Exception {
        try (var given = new FilesUnderTest()) {
            Path outside = Files.createDirectories(given.base.resolve("outside"));
            Files.writeString(outside.resolve("file"), "secret");
            given.write("folder/file", "inside");
            Path folder = given.project.resolve("folder");
            Path aside = given.project.resolve("aside");
            AtomicBoolean stop = new AtomicBoolean();
            Thread swapper = Thread.ofPlatform().start(() -> {
                try {
                    while (!stop.get()) {
                        Files.move(folder, aside);
                        Files.createSymbolicLink(folder, outside);
                        Files.delete(folder);
                        Files.move(aside, folder);
                    }
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            int seen = 0;
            for (int i = 0; i < 150; i++) {
                HttpResponse<String> read = given.send("GET", "/content?path=folder/file", NONE);
                assertThat(read.body()).doesNotContain("secret");
                seen += read.statusCode() == 200 ? 1 : 0;
                given.send("GET", "?path=folder&marks=false", NONE);
                given.send("PUT", "/content?force=true&path=folder/escaped", "x".getBytes(StandardCharsets.UTF_8));
                given.send("DELETE", "?undo=false&path=folder/escaped", NONE);
                given.send("DELETE", "?path=folder/other", NONE);
                given.send("POST", "/folder?path=folder/made" + i, NONE);
            }
            stop.set(true);
            swapper.join();
            assertThat(seen).as("reads that met the folder").isPositive();
            try (var left = Files.list(outside)) {
                assertThat(left).as("what lies outside").containsExactly(outside.resolve("file"));
            }
            assertThat(Files.readString(outside.resolve("file"))).isEqualTo("secret");
        }
    }

    @Test
    void whatBelongsToGitIsShownAndNotChanged() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.run("git", "init", "-q");
            given.write("sub/.git/config", "x");
            assertThat(given.names("")).contains(".git");
            assertThat(given.list("").path("entries").get(0).path("readOnly").asBoolean())
                    .isTrue();
            assertThat(given.names(".git")).contains("config", "HEAD");
            assertThat(given.send("GET", "/content?path=.git/HEAD", NONE).body())
                    .startsWith("ref:");
            for (String path : List.of(".git/hooks/post-commit", ".git", "sub/.git/config", "sub/.git/new")) {
                given.json(
                        403,
                        given.send("PUT", "/content?force=true&path=" + path, "x".getBytes(StandardCharsets.UTF_8)));
                given.json(403, given.send("DELETE", "?path=" + path, NONE));
                given.json(403, given.send("POST", "/folder?path=" + path, NONE));
                given.json(403, given.send("POST", "/move?from=" + path + "&to=mine", NONE));
                given.json(403, given.send("POST", "/move?from=sub&to=" + path, NONE));
            }
            Files.createSymbolicLink(given.project.resolve("innocent"), Path.of(".git/hooks"));
            given.json(403, given.create("innocent/post-commit", "x"));
        }
    }
}
