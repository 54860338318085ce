package dev.claudevm.bridge.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What changes in the folders that a page shows is told, whatever happens to them. */
class WatchTest {

    /** A page: reads the stream on a thread of its own and keeps a list per folder, as the Files tab does. */
    private static final class Page implements AutoCloseable {
        private final InputStream in;
        private final List<JsonNode> changes = new CopyOnWriteArrayList<>();
        private volatile int beats;
        private volatile boolean ready;

        Page(FilesUnderTest given, String... folders) throws Exception {
            StringBuilder query = new StringBuilder("/watch?x=");
            for (String folder : folders) {
                query.append("&folder=").append(FilesUnderTest.encoded(folder));
            }
            in = given.stream(query.toString()).body();
            Thread.ofPlatform().start(this::read);
            await("the watch is ready").atMost(FilesUnderTest.PATIENCE).until(() -> ready);
        }

        private void read() {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                String event = "";
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    if (line.startsWith("event: ")) {
                        event = line.substring(7);
                        ready |= event.equals("ready");
                        beats += event.equals("beat") ? 1 : 0;
                    } else if (line.startsWith("data: ") && event.equals("changed")) {
                        changes.add(Json.MAPPER.readTree(line.substring(6)));
                    }
                }
            } catch (IOException e) {
                // It was closed.
            }
        }

        void await(String what, Predicate<JsonNode> change) {
            org.awaitility.Awaitility.await(what)
                    .atMost(FilesUnderTest.PATIENCE)
                    .until(() -> changes.stream().anyMatch(change));
        }

        private static org.awaitility.core.ConditionFactory await(String what) {
            return org.awaitility.Awaitility.await(what);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    private static boolean has(JsonNode change, String folder, String name) {
        return change.path("folder").asString().equals(folder)
                && change.path("entries")
                        .valueStream()
                        .anyMatch(e -> e.path("name").asString().equals(name));
    }

    private static boolean lost(JsonNode change, String name) {
        return change.path("gone").valueStream().anyMatch(g -> g.asString().equals(name));
    }

    @Test
    void newChangedAndDeletedFilesAreToldAndOthersAreNot() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("shown/a", "x");
            given.write("hidden/b", "x");
            try (Page page = new Page(given, "", "shown")) {
                given.write("hidden/c", "x");
                given.write("shown/new\nline", "four");
                page.await("a new file", c -> has(c, "shown", "new\nline"));
                JsonNode entry = page.changes.stream()
                        .filter(c -> has(c, "shown", "new\nline"))
                        .findFirst()
                        .orElseThrow()
                        .path("entries")
                        .get(0);
                assertThat(entry.path("path").asString()).isEqualTo("shown/new\nline");
                given.write("shown/a", "longer");
                page.await(
                        "a changed file",
                        c -> has(c, "shown", "a")
                                && c.path("entries").get(0).path("size").asInt() == 6);
                Files.delete(given.project.resolve("shown/a"));
                page.await("a deleted file", c -> lost(c, "a"));
                given.json(200, given.create("saved", "x"));
                page.await("a saved file", c -> has(c, "", "saved"));
                assertThat(page.changes.toString())
                        .doesNotContain(".claude-vm-")
                        .doesNotContain("hidden");
                await("beats").atMost(FilesUnderTest.PATIENCE).until(() -> page.beats > 1);
            }
        }
    }

    /** Whoever follows the changes has in the end what is there, however wildly it changed. */
    @Test
    void underChurnThePageEndsWithWhatIsThere() throws Exception {
        try (var given = new FilesUnderTest()) {
            Files.createDirectories(given.project.resolve("churn"));
            try (Page page = new Page(given, "churn")) {
                given.run("bash", "-c", """
                        cd churn; for i in $(seq 1 300); do echo $i > f$((i % 97)); rm -f f$(((i * 7) % 97)); mv f$((i % 97)) g$((i % 13)) 2>/dev/null; done
                        for i in $(seq 1 3000); do echo x > many$i; done; rm many[1-2]*; echo end > the-end""");
                page.await(
                        "the end",
                        c -> has(c, "churn", "the-end") || c.path("again").asBoolean());
                await("the page is right")
                        .atMost(FilesUnderTest.PATIENCE)
                        .until(() -> follow(given, page).equals(disk(given)));
                assertThat(page.changes.size()).as("changes are put together").isLessThan(3_000);
            }
        }
    }

    private static TreeSet<String> disk(FilesUnderTest given) {
        return new TreeSet<>(given.run("ls", "-A", "churn").lines().toList());
    }

    private static TreeSet<String> follow(FilesUnderTest given, Page page) {
        Map<String, Boolean> names = new TreeMap<>();
        List<JsonNode> all = new ArrayList<>(page.changes);
        int start = 0;
        for (int i = 0; i < all.size(); i++) {
            start = all.get(i).path("again").asBoolean() ? i : start;
        }
        if (!all.isEmpty() && all.get(start).path("again").asBoolean()) {
            // Only after the last of them the page must have looked itself.
            given.names("churn").forEach(n -> names.put(n, true));
        }
        for (JsonNode change : all.subList(start, all.size())) {
            change.path("entries").forEach(e -> names.put(e.path("name").asString(), true));
            change.path("gone").forEach(g -> names.remove(g.asString()));
        }
        return new TreeSet<>(names.keySet());
    }

    @Test
    void aFolderThatIsReplacedOrComesBackIsWatchedAgain() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("f/a", "x");
            try (Page page = new Page(given, "f", "later")) {
                Files.move(given.project.resolve("f"), given.project.resolve("old"));
                page.await(
                        "look again: it is gone",
                        c -> c.path("folder").asString().equals("f")
                                && c.path("again").asBoolean());
                given.write("f/b", "x");
                given.write("later/c", "x");
                page.await(
                        "the folder that was not there",
                        c -> c.path("folder").asString().equals("later"));
                await("the new folder is watched")
                        .atMost(FilesUnderTest.PATIENCE)
                        .until(() -> {
                            given.write("f/again" + System.nanoTime(), "x");
                            return page.changes.stream()
                                    .anyMatch(c -> c.path("entries").toString().contains("f/again"));
                        });
            }
        }
    }

    @Test
    void watchesAreBoundedAndEndWithTheirReaders() throws Exception {
        try (var given = new FilesUnderTest(Map.of("watches", 2, "watchedFolders", 2))) {
            given.get(400, "/watch?folder=a&folder=b&folder=c");
            Path folder = Files.createDirectories(given.project.resolve("f"));
            assertThat(folder).exists();
            try (Page one = new Page(given, "f");
                    Page two = new Page(given, "f")) {
                given.get(503, "/watch?folder=f");
                given.write("f/x", "x");
                one.await("both are told", c -> has(c, "f", "x"));
                two.await("both are told", c -> has(c, "f", "x"));
            }
            await("a place is free").atMost(FilesUnderTest.PATIENCE).until(() -> {
                try (InputStream in = given.stream("/watch?folder=f").body()) {
                    return new String(in.readNBytes(12), StandardCharsets.UTF_8).equals("event: ready");
                }
            });
        }
    }
}
