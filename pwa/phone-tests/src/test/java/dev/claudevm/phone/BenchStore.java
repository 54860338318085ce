package dev.claudevm.phone;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeping costs: snapshots, the journals' copies, and the server's memory while much goes through it. See {@link Bench}. */
class BenchStore {

    private static final int FOLDERS = 500;
    private static final int FILES_EACH = 100;
    private static final int FILE_BYTES = 2_000;
    private static final int CHANGED = 300;
    private static final int SNAPSHOTS = 5;

    private static final int MESSAGES = 100;
    private static final int BETWEEN_MILLIS = 150;

    private static final int LARGE_FILES = 8;
    private static final long LARGE_BYTES = 250_000_000;

    @TempDir
    Path base;

    private Product product() throws Exception {
        Product product = new Product(base, "");
        product.start();
        return product;
    }

    private static Path folder(Product product, String workspace) {
        return product.home().resolve("workspaces").resolve(workspace);
    }

    @Test
    void snapshots() throws Exception {
        Path project = Noise.files(base.resolve("project"), FOLDERS, FILES_EACH, FILE_BYTES);
        try (Product product = product();
                Rest rest = new Rest(product)) {
            ResticAlone alone = new ResticAlone(base.resolve("alone"));
            String id = rest.workspace("local", project);
            Path files = folder(product, id).resolve("project");
            Path home = folder(product, id).resolve("home");
            long began = System.nanoTime();
            rest.snapshot(id);
            long first = (System.nanoTime() - began) / 1_000_000;
            Bench.row(
                    "the first snapshot of 50,000 files",
                    first + " ms",
                    "`restic backup` " + alone.backUp(files, home) + " ms",
                    "");
            List<Long> ours = new ArrayList<>();
            List<Long> floors = new ArrayList<>();
            for (int round = 1; round <= SNAPSHOTS; round++) {
                change(files, round);
                // Whoever reads first warms the disk's cache for the other.
                if (round % 2 == 0) {
                    floors.add(alone.backUp(files, home));
                }
                began = System.nanoTime();
                JsonObject made = rest.snapshot(id);
                ours.add((System.nanoTime() - began) / 1_000_000);
                System.out.println("snapshot: " + made);
                if (round % 2 == 1) {
                    floors.add(alone.backUp(files, home));
                }
            }
            Bench.row(
                    "a snapshot with 300 changed files of 50,000: median / longest of " + SNAPSHOTS,
                    Bench.spread(ours),
                    "`restic backup` " + Bench.spread(floors),
                    "1.3 x");
            rest.purge(id);
        }
    }

    private static void change(Path files, int round) throws Exception {
        for (int file = 0; file < CHANGED; file++) {
            Path one = files.resolve("folder-" + file % FOLDERS).resolve("file-" + round * 7 % FILES_EACH);
            Files.writeString(one, "round " + round + " of file " + file);
        }
    }

    @Test
    void journals() throws Exception {
        Files.createDirectories(base.resolve("project"));
        try (Product product = product();
                Rest rest = new Rest(product)) {
            String id = rest.workspace("local", base.resolve("project"));
            String conversation = rest.conversation(id, "demo");
            Path objects = product.home().resolve("store/objects/workspaces/" + id + "/journals/" + conversation);
            // Up to which event, and when that was seen in the store.
            ConcurrentSkipListMap<Long, Long> stored = new ConcurrentSkipListMap<>();
            Thread watch = Thread.ofPlatform().daemon().start(() -> watch(objects, stored));
            for (int message = 0; message < MESSAGES; message++) {
                rest.say(conversation, "m-" + message, "say word " + message);
                TimeUnit.MILLISECONDS.sleep(BETWEEN_MILLIS);
            }
            rest.awaitEvents(conversation, "text", MESSAGES);
            List<JsonObject> events = rest.events(conversation);
            long last = events.getLast().get("seq").getAsLong();
            Awaitility.await("the store has them all").until(() -> stored.ceilingKey(last) != null);
            watch.interrupt();
            watch.join();
            List<Long> behind = new ArrayList<>();
            for (JsonObject event : events) {
                Map.Entry<Long, Long> copy =
                        stored.ceilingEntry(event.get("seq").getAsLong());
                behind.add(copy.getValue()
                        - Instant.parse(event.get("at").getAsString()).toEpochMilli());
            }
            Bench.row(
                    "a journal's event, from the agent to the object store: median / p95; longest of " + behind.size(),
                    Bench.spread(behind) + "; "
                            + behind.stream().max(Long::compare).orElseThrow() + " ms",
                    "",
                    "2,000 ms");
            rest.purge(id);
        }
    }

    private static void watch(Path objects, Map<Long, Long> stored) {
        while (!Thread.currentThread().isInterrupted()) {
            try (Stream<Path> all = Files.list(objects)) {
                long now = System.currentTimeMillis();
                all.map(path -> path.getFileName().toString())
                        .filter(name -> name.matches("\\d{12}-\\d{12}"))
                        .forEach(name -> stored.putIfAbsent(Long.parseLong(name.substring(13)), now));
            } catch (java.io.IOException | java.io.UncheckedIOException notYet) {
                // There is no folder before the first.
            }
            try {
                TimeUnit.MILLISECONDS.sleep(10);
            } catch (InterruptedException enough) {
                return;
            }
        }
    }

    @Test
    void memory() throws Exception {
        Files.createDirectories(base.resolve("project"));
        try (Product product = product();
                Rest rest = new Rest(product)) {
            String id = rest.workspace("local", base.resolve("project"));
            Path files = folder(product, id).resolve("project");
            Files.writeString(files.resolve("small"), "small");
            rest.snapshot(id);
            for (int file = 0; file < LARGE_FILES; file++) {
                Noise.file(files.resolve("large-" + file), LARGE_BYTES, file);
            }
            long pid = product.pid();
            long heapBefore = Memory.collected(pid);
            long rssBefore = Memory.rss(pid);
            try (Memory memory = new Memory(pid, product.home().resolve("store/objects"))) {
                long began = System.nanoTime();
                rest.snapshot(id);
                long seconds = (System.nanoTime() - began) / 1_000_000_000;
                TreeMap<Long, long[]> quarters = memory.quarters();
                System.out.println("2 GB in " + seconds + " s");
                Bench.row(
                        "server, RSS while 2 GB are saved through it: before; highest of each quarter",
                        rssBefore + "; " + Memory.words(quarters, 0) + " MB",
                        "",
                        "flat");
                Bench.row(
                        "server, heap in use meanwhile: before; highest of each quarter; afterwards, collected",
                        heapBefore + "; " + Memory.words(quarters, 1) + "; " + Memory.collected(pid) + " MB",
                        "",
                        "flat");
            }
            rest.purge(id);
        }
    }
}
