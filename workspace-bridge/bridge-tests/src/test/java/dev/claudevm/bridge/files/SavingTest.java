package dev.claudevm.bridge.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A save loses nothing: not the old content, not somebody else's change, not the file's mode. */
class SavingTest {

    @Test
    void aSaveOfAFileThatWasChangedUnderneathChangesNothingAndTellsBothVersions() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("a.txt", "one");
            String seen = given.etag("a.txt");
            given.write("a.txt", "the agent's");
            var refused = given.json(412, given.save("a.txt", "mine", "If-Match", seen));
            assertThat(refused.path("yours").asString()).isEqualTo(seen);
            assertThat(refused.path("current").asString()).isEqualTo(given.etag("a.txt"));
            assertThat(given.read("a.txt")).isEqualTo("the agent's");

            HttpResponse<String> saved = given.save("a.txt", "both", "If-Match", given.etag("a.txt"));
            given.json(200, saved);
            assertThat(given.read("a.txt")).isEqualTo("both");
            assertThat(saved.headers().firstValue("etag")).hasValue(given.etag("a.txt"));

            String last = given.etag("a.txt");
            Files.delete(given.project.resolve("a.txt"));
            var gone = given.json(412, given.save("a.txt", "mine", "If-Match", last));
            assertThat(gone.path("current").isNull()).isTrue();
            given.json(428, given.save("a.txt", "mine"));
            assertThat(given.names("")).isEmpty();
        }
    }

    @Test
    void aNewFileDoesNotReplaceOneAndWhatIsSaidTwiceIsDoneOnce() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.json(200, given.create("new.txt", "first"));
            given.json(412, given.create("new.txt", "second"));
            // The answer was lost, so the phone says it again.
            given.json(200, given.create("new.txt", "first"));
            assertThat(given.read("new.txt")).isEqualTo("first");
            String seen = given.etag("new.txt");
            given.json(200, given.save("new.txt", "later", "If-Match", seen));
            given.json(200, given.save("new.txt", "later", "If-Match", seen));
            // Touched, or written back as it was: that is no change.
            String now = given.etag("new.txt");
            Files.setLastModifiedTime(given.project.resolve("new.txt"), FileTime.fromMillis(1));
            given.json(200, given.save("new.txt", "last", "If-Match", now));
        }
    }

    @Test
    void ofManyWritersWithTheSameVersionOneWins() throws Exception {
        try (var given = new FilesUnderTest();
                ExecutorService pool = Executors.newFixedThreadPool(8)) {
            for (int round = 0; round < 10; round++) {
                given.write("a.txt", "round " + round);
                String seen = given.etag("a.txt");
                CountDownLatch go = new CountDownLatch(1);
                List<Future<Integer>> all = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    String text = round + " by " + i;
                    all.add(pool.submit(() -> {
                        go.await();
                        return given.save("a.txt", text, "If-Match", seen).statusCode();
                    }));
                }
                go.countDown();
                List<Integer> codes = new ArrayList<>();
                for (Future<Integer> one : all) {
                    codes.add(one.get());
                }
                assertThat(codes).containsOnly(200, 412).containsOnlyOnce(200);
            }
            assertThat(given.names("")).containsExactly("a.txt");
        }
    }

    @Test
    void ofTwoEditorsWhoTryAgainNoLineIsLostWhileTheAgentWritesToo() throws Exception {
        try (var given = new FilesUnderTest();
                ExecutorService pool = Executors.newFixedThreadPool(3)) {
            given.write("log.txt", "");
            List<Callable<Void>> writers = new ArrayList<>();
            for (String who : List.of("anna", "ben")) {
                writers.add(() -> {
                    for (int i = 0; i < 30; i++) {
                        append(given, who + i + "\n");
                    }
                    return null;
                });
            }
            writers.add(() -> {
                Path file = given.project.resolve("log.txt");
                for (int i = 0; i < 30; i++) {
                    // As git and editors write: a new file in place of the old. It checks as we do, so it loses nothing
                    // itself.
                    String before = Files.readString(file);
                    Path fresh = given.base.resolve("fresh");
                    Files.writeString(fresh, before + "agent" + i + "\n");
                    if (Files.readString(file).equals(before)) {
                        String etag = Content.hash(before.getBytes(StandardCharsets.UTF_8));
                        if (given.save("log.txt", Files.readString(fresh), "If-Match", etag)
                                        .statusCode()
                                != 200) {
                            i--;
                        }
                    } else {
                        i--;
                    }
                }
                return null;
            });
            for (Future<Void> one : pool.invokeAll(writers)) {
                one.get();
            }
            Set<String> lines = new TreeSet<>(given.read("log.txt").lines().toList());
            assertThat(lines).hasSize(90);
            assertThat(given.read("log.txt").lines().count()).isEqualTo(90);
        }
    }

    private static void append(FilesUnderTest given, String line) throws Exception {
        while (true) {
            HttpResponse<byte[]> now = given.bytes("/content?path=log.txt");
            String text = new String(now.body(), StandardCharsets.UTF_8) + line;
            String etag = now.headers().firstValue("etag").orElseThrow();
            if (given.save("log.txt", text, "If-Match", etag).statusCode() == 200) {
                return;
            }
        }
    }

    /** The agent renames its own new file over ours, without asking us, all the time. None of its files may vanish unseen. */
    @Test
    void whatAnotherProcessPutsThereBetweenLookAndStepIsNotOverwritten() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("a.txt", "agent 0");
            AtomicBoolean stop = new AtomicBoolean();
            Thread agent = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 1; !stop.get(); i++) {
                        Path fresh = given.base.resolve("fresh");
                        Files.writeString(fresh, "agent " + i);
                        Files.move(fresh, given.project.resolve("a.txt"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            int saved = 0;
            int refused = 0;
            for (int i = 0; i < 60; i++) {
                int code = given.save("a.txt", "mine " + i, "If-Match", given.etag("a.txt"))
                        .statusCode();
                assertThat(code).isIn(200, 412);
                saved += code == 200 ? 1 : 0;
                refused += code == 412 ? 1 : 0;
            }
            stop.set(true);
            agent.join();
            assertThat(refused)
                    .as("saves that met a change (" + saved + " did not)")
                    .isPositive();
            assertThat(given.names("")).containsExactly("a.txt");
        }
    }

    @Test
    void anUploadThatIsCutInTheMiddleLeavesTheOldFileAndNothingElse() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("big.bin", "the old one");
            String seen = given.etag("big.bin");
            for (String way :
                    List.of("Content-Length: 50000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n100000\r\n")) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), given.port())) {
                    OutputStream out = socket.getOutputStream();
                    out.write(("PUT /v1/files/content?path=big.bin HTTP/1.1\r\nHost: x\r\nIf-Match: " + seen + "\r\n"
                                    + way)
                            .getBytes(StandardCharsets.UTF_8));
                    out.write(new byte[700_000]);
                    out.flush();
                    await("the upload has begun")
                            .atMost(FilesUnderTest.PATIENCE)
                            .until(() -> temporaries(given) == 1);
                    socket.setSoLinger(true, 0);
                }
                await("the cut upload is gone").atMost(FilesUnderTest.PATIENCE).until(() -> temporaries(given) == 0);
                assertThat(given.read("big.bin")).isEqualTo("the old one");
                assertThat(given.etag("big.bin")).isEqualTo(seen);
            }
            try (Stream<Path> notes = Files.list(given.state.resolve("files/unfinished"))) {
                assertThat(notes).isEmpty();
            }
        }
    }

    private static long temporaries(FilesUnderTest given) throws IOException {
        try (Stream<Path> all = Files.list(given.project)) {
            return all.filter(p -> p.getFileName().toString().startsWith(".claude-vm-"))
                    .count();
        }
    }

    @Test
    void whatAKilledBridgeHasLeftIsTakenAwayAtTheNextStart() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("folder/a", "old");
            Tree tree = new Tree(given.project);
            Scratch scratch = new Scratch(given.state.resolve("files/unfinished"));
            // As kill -9 leaves it: nobody closes anything.
            Tree.Place upload = tree.place(Tree.parse("folder/a"), true);
            Files.writeString(upload.folder().at(scratch.forWriting(upload).bytes()), "half");
            given.write("folder/deleted/x", "y");
            Tree.Place deletion = tree.place(Tree.parse("folder/deleted"), false);
            byte[] aside = scratch.forSettingAside(deletion).bytes();
            Kernel.rename(
                    deletion.folder().fd(), deletion.name(), deletion.folder().fd(), aside, Kernel.NO_REPLACE);
            assertThat(given.names("folder")).containsExactly("a");
            given.restart(System.getenv("PATH"));
            assertThat(given.picture(given.project.resolve("folder")).lines().map(l -> l.split(" ")[2]))
                    .containsExactlyInAnyOrder(".", "./a", "./deleted", "./deleted/x");
            assertThat(given.read("folder/a")).isEqualTo("old");
        }
    }

    @Test
    void modeAndOwnerStay() throws Exception {
        assertThat(System.getProperty("user.name"))
                .as("who runs this test: it changes owners; run ./verify as root")
                .isEqualTo("root");
        try (var given = new FilesUnderTest()) {
            given.write("run.sh", "one");
            Path file = given.project.resolve("run.sh");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x--x"));
            Files.setAttribute(file, "unix:uid", 1234);
            Files.setAttribute(file, "unix:gid", 2345);
            given.json(200, given.save("run.sh", "two", "If-Match", given.etag("run.sh")));
            assertThat(given.read("run.sh")).isEqualTo("two");
            assertThat(Files.readAttributes(file, "unix:uid,gid,mode"))
                    .containsEntry("uid", 1234)
                    .containsEntry("gid", 2345)
                    .containsEntry("mode", 0100751);
        }
    }

    @Test
    void aFullDiskIsSaidAndTheOldFileStays() throws Exception {
        assertThat(System.getProperty("user.name"))
                .as("who runs this test: it mounts a small disk, which only root can; run ./verify as root")
                .isEqualTo("root");
        try (var given = new FilesUnderTest()) {
            Path disk = Files.createDirectory(given.project.resolve("disk"));
            given.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString());
            try {
                given.write("disk/a", "old");
                String seen = given.etag("disk/a");
                given.json(507, given.save("disk/a", "x".repeat(2_000_000), "If-Match", seen));
                assertThat(given.read("disk/a")).isEqualTo("old");
                assertThat(given.etag("disk/a")).isEqualTo(seen);
                given.json(507, given.create("disk/b", "x".repeat(2_000_000)));
                assertThat(given.names("disk")).containsExactly("a");
                given.json(200, given.save("disk/a", "new", "If-Match", seen));
            } finally {
                given.run("umount", "-l", disk.toString());
            }
        }
    }

    @Test
    void tooLargeIsRefusedAndLeavesNothing() throws Exception {
        try (var given = new FilesUnderTest(java.util.Map.of("saveBytes", 100_000))) {
            given.json(413, given.create("a", "x".repeat(100_001)));
            given.json(200, given.create("b", "x".repeat(100_000)));
            assertThat(given.names("")).containsExactly("b");
        }
    }

    @Test
    void aFolderOnTheWayIsMadeWhenThatIsWanted() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.json(404, given.create("a/b/c.txt", "x"));
            byte[] x = {'x'};
            given.json(200, given.send("PUT", "/content?parents=true&path=a/b/c.txt", x, "If-None-Match", "*"));
            assertThat(given.read("a/b/c.txt")).isEqualTo("x");
            given.json(409, given.create("a/b", "x"));
            given.json(409, given.create("a/b/c.txt/d", "x"));
        }
    }

    @Test
    void aReadOnlyFileStaysAsItIs() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.write("closed", "old");
            given.write("folder/x", "old");
            Set<java.nio.file.attribute.PosixFilePermission> none = Set.of();
            Files.setPosixFilePermissions(given.project.resolve("closed"), none);
            Files.setPosixFilePermissions(given.project.resolve("folder"), none);
            Files.setPosixFilePermissions(given.base, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.setPosixFilePermissions(given.project, PosixFilePermissions.fromString("rwxrwxrwx"));
            Files.setPosixFilePermissions(given.state, PosixFilePermissions.fromString("rwxrwxrwx"));
            // Permissions are nothing to root: this is done as the workspace's user is.
            AsNobody.run(() -> {
                FileBounds bounds = FileBounds.STANDARD;
                Tree tree = new Tree(given.project);
                Entries entries = new Entries(tree);
                Content content = new Content(tree, entries, bounds);
                assertThat(entries.of(tree.place(Tree.parse("closed"), false)).mode())
                        .isEqualTo("0000");
                forbidden(() -> content.open(Tree.parse("closed")));
                forbidden(() -> tree.folder(Tree.parse("folder/x")));
                forbidden(() -> tree.place(Tree.parse("folder/x/y"), false));
                forbidden(() -> new Listing(tree, entries, new Ignored(java.util.Map.of()), bounds)
                        .page(Tree.parse("folder"), 0, 10, false));
                Scratch scratch = new Scratch(given.state.resolve("nobodys"));
                Saving saving = new Saving(tree, content, scratch, bounds);
                try (var draft = saving.begin(Tree.parse("closed"), false)) {
                    draft.write(java.nio.ByteBuffer.wrap(new byte[] {'x'}));
                    forbidden(() -> draft.commit(new Saving.Condition(null, false, true)));
                }
            });
            assertThat(given.read("closed")).isEqualTo("old");
        }
    }

    private static void forbidden(Callable<?> work) throws Exception {
        try {
            work.call();
        } catch (FileProblem e) {
            assertThat(e.status()).as(e.getMessage()).isEqualTo(403);
            return;
        } catch (IOException e) {
            assertThat(FileProblem.of(e, "x").status()).as(e.toString()).isEqualTo(403);
            return;
        }
        throw new AssertionError("It was allowed");
    }
}
