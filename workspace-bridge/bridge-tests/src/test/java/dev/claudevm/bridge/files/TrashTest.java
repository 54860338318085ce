package dev.claudevm.bridge.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is deleted or replaced can be had back exactly. */
class TrashTest {

    private static final byte[] NONE = new byte[0];

    @Test
    void aDeletedFolderComesBackExactly() throws Exception {
        try (var given = new FilesUnderTest()) {
            backExactly(given);
        }
    }

    /** The bridge's folder is often another mount than the project: then nothing can be renamed into it. */
    @Test
    void aDeletedFolderComesBackExactlyFromAnotherFileSystem() throws Exception {
        assertThat(System.getProperty("user.name"))
                .as("who runs this test: it mounts a disk, which only root can; run ./verify as root")
                .isEqualTo("root");
        try (var given = new FilesUnderTest(Map.of("trashBytes", 3_000_000))) {
            given.run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", given.state.toString());
            try {
                backExactly(given);
                given.restart(System.getenv("PATH"));
                given.run("bash", "-c", "head -c 5000000 /dev/zero > huge");
            } finally {
                given.run("umount", "-l", given.state.toString());
            }
        }
    }

    private static void backExactly(FilesUnderTest given) throws Exception {
        given.run("bash", "-c", """
                mkdir -p d/sub/empty && printf 'a\\0b' > d/bin && echo x > $'d/new\\nline' && ln -s ../d d/sub/link && ln -s /nowhere d/broken
                echo '#!/bin/sh' > d/run && chmod 750 d/run && chmod 700 d/sub && echo y > $'d/\\xff\\xfe' && touch -d @1000000000 d/bin && mkfifo d/pipe
                git init -q d/nested && cp -a d copy""");
        JsonNode deleted = given.json(200, given.send("DELETE", "?path=d", NONE));
        assertThat(deleted.path("bytes").asLong()).isPositive();
        assertThat(given.names("")).containsExactly("copy");
        JsonNode listed = given.get(200, "/trash").path("deleted").get(0);
        assertThat(listed.path("id")).isEqualTo(deleted.path("id"));
        assertThat(listed.path("path").asString()).isEqualTo("d");
        given.json(200, given.send("POST", "/trash/" + deleted.path("id").asString() + "/restore", NONE));
        given.run(List.of("rm", "d/pipe", "copy/pipe"), 0);
        given.run("diff", "-r", "--no-dereference", "d", "copy");
        assertThat(given.picture(given.project.resolve("d"))).isEqualTo(given.picture(given.project.resolve("copy")));
        assertThat(Files.getLastModifiedTime(given.project.resolve("d/bin")).toMillis())
                .isEqualTo(1_000_000_000_000L);
        assertThat(given.get(200, "/trash").path("deleted")).isEmpty();
        given.json(404, given.send("POST", "/trash/" + deleted.path("id").asString() + "/restore", NONE));
    }

    @Test
    void whereSomethingNewIsNothingIsOverwrittenByARestore() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("a/x", "old");
            String id = given.json(200, given.send("DELETE", "?path=a/x", NONE))
                    .path("id")
                    .asString();
            given.write("a/x", "new");
            given.json(409, given.send("POST", "/trash/" + id + "/restore", NONE));
            assertThat(given.read("a/x")).isEqualTo("new");
            given.json(400, given.send("POST", "/trash/" + id + "/restore?to=../x", NONE));
            given.json(200, given.send("POST", "/trash/" + id + "/restore?to=b/c/x", NONE));
            assertThat(given.read("b/c/x")).isEqualTo("old");
            given.json(404, given.send("POST", "/trash/..%2f..%2fx/restore", NONE));
        }
    }

    @Test
    void theFolderAroundItMayBeGoneToo() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("a/b/x", "old");
            String x = given.json(200, given.send("DELETE", "?path=a/b/x", NONE))
                    .path("id")
                    .asString();
            given.json(200, given.send("DELETE", "?path=a", NONE));
            given.json(200, given.send("POST", "/trash/" + x + "/restore", NONE));
            assertThat(given.read("a/b/x")).isEqualTo("old");
        }
    }

    @Test
    void aMoveOverwritesOnlyWhenThatIsWantedAndThenItCanBeHadBack() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("from", "one");
            given.write("to", "two");
            given.write("folder/x", "y");
            given.json(409, given.send("POST", "/move?from=from&to=to", NONE));
            given.json(409, given.send("POST", "/move?from=from&to=folder", NONE));
            given.json(404, given.send("POST", "/move?from=none&to=other", NONE));
            given.json(404, given.send("POST", "/move?from=from&to=none/other", NONE));
            given.json(409, given.send("POST", "/move?from=folder&to=folder/in", NONE));
            given.json(200, given.send("POST", "/move?from=from&to=from", NONE));
            JsonNode moved = given.json(200, given.send("POST", "/move?from=from&to=to&replace=true", NONE));
            assertThat(given.read("to")).isEqualTo("one");
            String undo = moved.path("undo").path("id").asString();
            given.json(200, given.send("POST", "/trash/" + undo + "/restore?to=two", NONE));
            assertThat(given.read("two")).isEqualTo("two");
            given.json(404, given.send("POST", "/move?from=none&to=to&replace=true", NONE));
            assertThat(given.read("to")).isEqualTo("one");
        }
    }

    @Test
    void theTrashIsBoundedAndKeepsTheNewest() throws Exception {
        try (var given = new FilesUnderTest(Map.of("trashItems", 3, "trashBytes", 1_000))) {
            for (int i = 0; i < 6; i++) {
                given.write("f" + i, "x".repeat(10));
                given.json(200, given.send("DELETE", "?path=f" + i, NONE));
            }
            assertThat(paths(given)).containsExactly("f5", "f4", "f3");
            given.write("big", "x".repeat(5_000));
            given.json(200, given.send("DELETE", "?path=big", NONE));
            assertThat(paths(given)).containsExactly("big");
            given.write("g", "x");
            given.json(200, given.send("DELETE", "?path=g", NONE));
            assertThat(paths(given)).containsExactly("g");
            String id =
                    given.get(200, "/trash").path("deleted").get(0).path("id").asString();
            assertThat(given.send("DELETE", "/trash/" + id, NONE).statusCode()).isEqualTo(204);
            assertThat(paths(given)).isEmpty();
            try (var left = Files.list(given.state.resolve("files/trash"))) {
                assertThat(left).isEmpty();
            }
        }
    }

    private static List<String> paths(FilesUnderTest given) {
        return given.get(200, "/trash")
                .path("deleted")
                .valueStream()
                .map(d -> d.path("path").asString())
                .toList();
    }

    @Test
    void forGoodIsForGood() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("d/a", "x");
            Path outside = Files.createDirectories(given.base.resolve("outside"));
            Files.writeString(outside.resolve("stays"), "x");
            Files.createSymbolicLink(given.project.resolve("d/link"), outside);
            assertThat(given.send("DELETE", "?undo=false&path=d", NONE).statusCode())
                    .isEqualTo(204);
            assertThat(given.names("")).isEmpty();
            assertThat(paths(given)).isEmpty();
            assertThat(outside.resolve("stays")).exists();
            given.json(404, given.send("DELETE", "?undo=false&path=d", NONE));
            given.json(404, given.send("DELETE", "?path=d", NONE));
        }
    }
}
