package dev.claudevm.bridge.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A folder's list: what is in it, in order, in windows. */
class ListingTest {

    @Test
    void foldersComeFirstThenNamesWithoutRegardToCaseWithEverythingThatIsToBeSeen() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.run("git", "init", "-q");
            given.write(".gitignore", "node_modules\n*.log\n");
            given.write("b.txt", "four");
            given.write("A.txt", "x");
            given.write("z/deep", "x");
            given.write("node_modules/p/index.js", "x");
            given.write("debug.log", "x");
            Files.createSymbolicLink(given.project.resolve("link"), Path.of("b.txt"));
            Files.createSymbolicLink(given.project.resolve("broken"), Path.of("nowhere"));
            Files.createSymbolicLink(given.project.resolve("folderlink"), Path.of("z"));
            given.run("mkfifo", "pipe");
            given.run("chmod", "640", "b.txt");
            assertThat(given.names(""))
                    .containsExactly(
                            ".git",
                            "node_modules",
                            "z",
                            ".gitignore",
                            "A.txt",
                            "b.txt",
                            "broken",
                            "debug.log",
                            "folderlink",
                            "link",
                            "pipe");
            JsonNode page = given.list("");
            assertThat(page.path("folders").asInt()).isEqualTo(3);
            JsonNode b = OddNamesTest.only(page, "b.txt");
            assertThat(b.path("size").asLong()).isEqualTo(4);
            assertThat(b.path("mode").asString()).isEqualTo("0640");
            assertThat(java.time.Instant.parse(b.path("modified").asString()))
                    .isEqualTo(Files.getLastModifiedTime(given.project.resolve("b.txt"))
                            .toInstant());
            assertThat(b.path("ignored").asBoolean(true)).isFalse();
            assertThat(OddNamesTest.only(page, "node_modules").path("ignored").asBoolean())
                    .isTrue();
            assertThat(OddNamesTest.only(page, "debug.log").path("ignored").asBoolean())
                    .isTrue();
            assertThat(given.list("node_modules")
                            .path("entries")
                            .get(0)
                            .path("ignored")
                            .asBoolean())
                    .isTrue();
            assertThat(OddNamesTest.only(page, "link").path("link").toString())
                    .isEqualTo("{\"to\":\"b.txt\",\"type\":\"file\",\"path\":\"b.txt\"}");
            assertThat(OddNamesTest.only(page, "folderlink")
                            .path("link")
                            .path("type")
                            .asString())
                    .isEqualTo("folder");
            assertThat(OddNamesTest.only(page, "broken")
                            .path("link")
                            .path("type")
                            .isNull())
                    .isTrue();
            assertThat(OddNamesTest.only(page, "pipe").path("type").asString()).isEqualTo("other");
            // A fifo is never opened: that would wait for ever.
            given.get(409, "/content?path=pipe");
            assertThat(given.get(200, "/info?path=pipe").path("etag").isNull()).isTrue();
            given.json(409, given.send("PUT", "/content?force=true&path=pipe", new byte[] {1}));
        }
    }

    @Test
    void withoutGitNothingIsMarked() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("a", "x");
            assertThat(given.list("").path("entries").get(0).path("ignored").isNull())
                    .isTrue();
        }
    }

    @Test
    void aFolderOf100000FilesComesInWindowsThatAreWholeAndInOrder() throws Exception {
        try (var given = new FilesUnderTest()) {
            Path many = Files.createDirectory(given.project.resolve("many"));
            given.run("bash", "-c", "cd many && seq -f 'file-%06.0f.js' 1 100000 | xargs touch && mkdir zfolder");
            JsonNode first = given.get(200, "?path=many&marks=false");
            assertThat(first.path("total").asInt()).isEqualTo(100_001);
            assertThat(first.path("entries")).hasSize(500);
            assertThat(first.path("entries").get(0).path("name").asString()).isEqualTo("zfolder");
            List<String> names = new ArrayList<>();
            for (int from = 0; from < 100_001; from += 2_000) {
                JsonNode page = given.get(200, "?path=many&marks=false&limit=100000&from=" + from);
                assertThat(page.path("tag").asString())
                        .isEqualTo(first.path("tag").asString());
                page.path("entries").forEach(e -> names.add(e.path("name").asString()));
            }
            assertThat(names).hasSize(100_001);
            assertThat(names.subList(1, names.size())).isSorted();
            Set<String> all = new HashSet<>(names);
            assertThat(all).hasSize(100_001).contains("file-000001.js", "file-100000.js");
            // Another state of the folder says so, and is listed at once.
            Files.writeString(many.resolve("aaa"), "x");
            JsonNode changed = given.get(200, "?path=many&marks=false&limit=2");
            assertThat(changed.path("tag").asString())
                    .isNotEqualTo(first.path("tag").asString());
            assertThat(changed.path("entries").get(1).path("name").asString()).isEqualTo("aaa");
            Files.delete(many.resolve("aaa"));
            Files.writeString(many.resolve("aab"), "x");
            assertThat(given.get(200, "?path=many&marks=false&limit=2")
                            .path("entries")
                            .get(1)
                            .path("name")
                            .asString())
                    .isEqualTo("aab");
            assertThat(given.get(200, "?path=many&from=99999999").path("entries"))
                    .isEmpty();
            System.out.printf(Locale.ROOT, "a window of 100,000 entries: %.1f ms%n", millis(() -> {
                Files.setLastModifiedTime(many, java.nio.file.attribute.FileTime.fromMillis(1));
                given.get(200, "?path=many&marks=true");
            }));
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static double millis(Work work) throws Exception {
        long begin = System.nanoTime();
        work.run();
        return (System.nanoTime() - begin) / 1e6;
    }

    @Test
    void aFolderWithMoreThanIsListedSaysSo() throws Exception {
        try (var given = new FilesUnderTest(java.util.Map.of("folderEntries", 10, "pageEntries", 3))) {
            for (int i = 0; i < 12; i++) {
                given.write("f" + i, "x");
            }
            JsonNode page = given.list("");
            assertThat(page.path("complete").asBoolean(true)).isFalse();
            assertThat(page.path("total").asInt()).isEqualTo(10);
            assertThat(page.path("entries")).hasSize(3);
        }
    }

    @Test
    void badNumbersAreRefused() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.get(400, "?from=-1");
            given.get(400, "?limit=0");
            given.get(400, "?limit=many");
            given.get(404, "?path=nothing");
            given.write("a", "x");
            given.get(409, "?path=a");
            given.get(400, "/content");
        }
    }
}
