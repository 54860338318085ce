package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * How long checkpoints of a project of 50,000 files take. By hand: {@code main}, on a machine that does nothing else. The
 * arguments are the number of files and of those that change (50000 300).
 */
final class CheckpointBench {

    private static final int ROUNDS = 5;
    private static final int FILES_A_FOLDER = 25;
    private static final int GOAL_MILLIS = 2000;

    private CheckpointBench() {}

    public static void main(String[] args) throws IOException {
        int files = args.length > 0 ? Integer.parseInt(args[0]) : 50_000;
        int changed = args.length > 1 ? Integer.parseInt(args[1]) : 300;
        Path folder = Files.createTempDirectory("checkpoint-bench");
        try {
            Path project = Files.createDirectory(folder.resolve("project"));
            Random random = new Random(1);
            for (int i = 0; i < files; i++) {
                write(place(project, i), random);
            }
            var checkpoints = new Checkpoints(
                    project, folder.resolve("store"), Map.of("PATH", System.getenv("PATH")), Clock.systemUTC());
            String before = timed("first, " + files + " files", checkpoints);
            timed("nothing changed", checkpoints);
            List<Long> took = new ArrayList<>();
            List<Long> floor = new ArrayList<>();
            git(project, "init", "-q");
            git(project, "add", "-A");
            git(project, "commit", "-qm", "begin");
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < changed; i++) {
                    write(place(project, random.nextInt(files)), random);
                }
                long start = System.nanoTime();
                timed(changed + " changed", checkpoints);
                took.add(Duration.ofNanos(System.nanoTime() - start).toMillis());
                start = System.nanoTime();
                git(project, "add", "-A");
                git(project, "commit", "-qm", "round");
                floor.add(Duration.ofNanos(System.nanoTime() - start).toMillis());
            }
            row(files, changed, took, floor);
            long start = System.nanoTime();
            String after = checkpoints.latest().join();
            var changes = checkpoints.changes(before, String.valueOf(after), null, 1000);
            say("changes of " + changes.total() + " files", start);
            start = System.nanoTime();
            var restored = checkpoints.restore(before, TreePath.ROOT, _ -> {}).join();
            say("restored " + restored.files() + " files", start);
        } finally {
            try (Stream<Path> all = Files.walk(folder)) {
                all.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            }
        }
    }

    /** A line of the table of docs/performance.md. */
    private static void row(int files, int changed, List<Long> took, List<Long> floor) {
        Collections.sort(took);
        Collections.sort(floor);
        System.out.printf(
                "| checkpoint of %d files, %d changed: median / longest of %d | %d / %d ms | `git add -A && git commit` %d / %d ms | 2,000 ms | %s |%n",
                files,
                changed,
                ROUNDS,
                took.get(ROUNDS / 2),
                took.getLast(),
                floor.get(ROUNDS / 2),
                floor.getLast(),
                took.getLast() < GOAL_MILLIS ? "met" : "**missed**");
    }

    private static void git(Path project, String... arguments) throws IOException {
        List<String> line =
                new ArrayList<>(List.of("git", "-c", "user.name=b", "-c", "user.email=b@localhost", "-c", "gc.auto=0"));
        line.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(line).directory(project.toFile()).inheritIO();
        builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
        try {
            if (builder.start().waitFor() != 0) {
                throw new IOException("git " + String.join(" ", arguments) + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    private static Path place(Path project, int i) {
        int folder = i / FILES_A_FOLDER;
        return project.resolve("d" + folder / 50).resolve("e" + folder % 50).resolve("File" + i + ".java");
    }

    private static void write(Path file, Random random) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int line = 0; line < 60; line++) {
            text.append("    int value")
                    .append(random.nextInt(1000))
                    .append(" = compute(")
                    .append(line)
                    .append(");\n");
        }
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String timed(String what, Checkpoints checkpoints) {
        Duration cpu = cpu();
        long start = System.nanoTime();
        String id = checkpoints.take().join().id();
        say(what + ", JVM's CPU " + cpu().minus(cpu).toMillis() + " ms", start);
        return id;
    }

    /** On a busy machine it says more than the clock does. Without git's own, which is small when little changed. */
    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static void say(String what, long start) {
        System.out.printf(
                "%-50s %6d ms%n",
                what, Duration.ofNanos(System.nanoTime() - start).toMillis());
    }
}
