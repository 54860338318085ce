package dev.claudevm.phone;

import com.google.gson.JsonObject;
import dev.claudevm.testkit.DockerEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How soon a workspace in Docker takes a message: a stopped one, and one that is made of a snapshot. See {@link Bench}. */
class BenchDocker {

    private static final int WAKES = 9;
    private static final int RESTORATIONS = 3;
    private static final int FOLDERS = 200;
    private static final int FILES_EACH = 100;
    private static final int FILE_BYTES = 10_000;

    @TempDir
    Path base;

    @Test
    void wakes() throws Exception {
        DockerEngine engine = DockerEngine.get();
        Files.writeString(Files.createDirectories(base.resolve("project")).resolve("file"), "x");
        try (Product product = product(engine);
                Rest rest = new Rest(product)) {
            String id = rest.workspace("docker", base.resolve("project"));
            String conversation = rest.conversation(id, "demo");
            rest.say(conversation, "first", "say first");
            rest.awaitEvents(conversation, "text", 1);
            awaitClassCache(product);
            List<Long> turns = new ArrayList<>();
            List<Long> words = new ArrayList<>();
            List<Long> floors = new ArrayList<>();
            JsonObject last = new JsonObject();
            for (int round = 1; round <= WAKES; round++) {
                rest.call("POST", "workspaces/" + id + "/down", "");
                rest.awaitState(id, "stopped");
                floors.add(start(engine, round));
                long began = System.nanoTime();
                rest.say(conversation, "m-" + round, "say round " + round);
                rest.awaitEvents(conversation, "turn.started", round + 1);
                turns.add(millisSince(began));
                rest.awaitEvents(conversation, "text", round + 1);
                words.add(millisSince(began));
                last = rest.awaitState(id, "running");
            }
            String floor = "`docker start` " + Bench.spread(floors);
            Bench.row(
                    "a stopped Docker workspace, from a message to its turn: median / p95",
                    Bench.spread(turns),
                    floor,
                    "2,000 ms");
            Bench.row("the same, to the agent's first word: median / p95", Bench.spread(words), floor, "");
            System.out.println("the last one's steps: " + last.get("steps"));
            rest.purge(id);
        }
    }

    @Test
    void restorations() throws Exception {
        DockerEngine engine = DockerEngine.get();
        Path project = Noise.files(base.resolve("project"), FOLDERS, FILES_EACH, FILE_BYTES);
        try (Product product = product(engine);
                Rest rest = new Rest(product)) {
            ResticAlone alone = new ResticAlone(base.resolve("alone"));
            String id = rest.workspace("docker", project);
            awaitClassCache(product);
            alone.backUp(project);
            List<Long> ups = new ArrayList<>();
            List<Long> files = new ArrayList<>();
            List<Long> floors = new ArrayList<>();
            for (int round = 1; round <= RESTORATIONS; round++) {
                rest.call("DELETE", "workspaces/" + id, "");
                rest.awaitState(id, "deleted");
                floors.add(alone.restore());
                long began = System.nanoTime();
                rest.call("POST", "workspaces/" + id + "/up", "");
                JsonObject now = rest.awaitState(id, "running");
                ups.add(millisSince(began));
                List<JsonObject> steps = Rest.list(now, "steps");
                steps.stream()
                        .filter(step -> step.get("step").getAsString().equals("Files from the snapshot"))
                        .forEach(step -> files.add(step.get("ms").getAsLong()));
                System.out.println("steps: " + steps);
            }
            String floor = "`restic restore` " + Bench.spread(floors);
            Bench.row(
                    "a deleted Docker workspace of 20,000 files, 200 MB, from `up` to running: median / longest of "
                            + RESTORATIONS,
                    Bench.spread(ups),
                    floor,
                    "1.3 x");
            Bench.row("of that, the files: median / longest", Bench.spread(files), floor, "1.3 x");
            rest.purge(id);
        }
    }

    private Product product(DockerEngine engine) throws Exception {
        Product product = new Product(
                base,
                "providers: {docker: {host: \"" + engine.host() + "\", image: \"" + DockerEngine.IMAGE + "\"}}\n");
        product.start();
        return product;
    }

    /** The first start of a kit makes its cache of classes beside it. */
    private static void awaitClassCache(Product product) {
        Awaitility.await("the cache of classes").atMost(Duration.ofMinutes(1)).until(() -> {
            try (var all = Files.list(product.home().resolve("kits/caches"))) {
                return all.map(file -> file.getFileName().toString())
                        .anyMatch(name -> name.endsWith(".aot") && !name.startsWith("."));
            }
        });
    }

    /** The Engine alone: a container of the same image, until its program runs. */
    private static long start(DockerEngine engine, int round) throws Exception {
        String name = "claude-vm-floor-" + round;
        engine.call(
                "POST",
                "/containers/create?name=" + name,
                "{\"Image\": \"" + DockerEngine.IMAGE + "\", \"Cmd\": [\"sleep\", \"60\"]}");
        long began = System.nanoTime();
        engine.call("POST", "/containers/" + name + "/start");
        long took = millisSince(began);
        engine.call("DELETE", "/containers/" + name + "?force=true");
        return took;
    }

    private static long millisSince(long began) {
        return (System.nanoTime() - began) / 1_000_000;
    }
}
