package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Found;
import dev.claudevm.protocol.FileTree.Hit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Paths of all files that git does not ignore, to find them by name. It is made anew when somebody asks and it is older than a
 * second: a search waits a moment for that, and takes the older one when it takes longer. Nobody asks: it costs nothing, and
 * the memory is given back when it is needed.
 */
final class FileIndex {

    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long PATIENCE_MILLIS = 400;
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int MAX_BYTES = 24 * 1024 * 1024;
    private static final List<String> LEFT_OUT = List.of(".git", "node_modules");

    private final Tree tree;
    private final FileBounds bounds;
    private final Map<String, String> environment;
    private SoftReference<@Nullable Paths> newest = new SoftReference<>(null);
    private @Nullable CompletableFuture<Paths> building;

    FileIndex(Tree tree, FileBounds bounds, Map<String, String> environment) {
        this.tree = tree;
        this.bounds = bounds;
        this.environment = environment;
    }

    /** @param all the paths, each with a 0 behind it */
    private record Paths(byte[] all, int length, int files, boolean complete, long madeAt) {}

    /** Something was changed through us: the next search looks anew. */
    synchronized void forget() {
        newest = new SoftReference<>(null);
        building = null;
    }

    Found find(String query, int limit) {
        Paths paths = paths();
        Fuzzy fuzzy = new Fuzzy(query);
        int most = Math.min(limit, bounds.found());
        // The worst of the best comes first.
        PriorityQueue<int[]> best = new PriorityQueue<>(Comparator.<int[]>comparingInt(h -> h[0])
                .thenComparing(Comparator.<int[]>comparingInt(h -> h[1]).reversed()));
        for (int from = 0; from < paths.length; ) {
            int to = from;
            while (paths.all[to] != 0) {
                to++;
            }
            int score = fuzzy.score(paths.all, from, to);
            if (score > 0 && (best.size() < most || score > best.element()[0])) {
                best.add(new int[] {score, from, to});
                if (best.size() > most) {
                    best.poll();
                }
            }
            from = to + 1;
        }
        List<int[]> sorted = new ArrayList<>(best);
        sorted.sort(Comparator.<int[]>comparingInt(h -> -h[0]).thenComparingInt(h -> h[1]));
        List<Hit> hits = sorted.stream().map(h -> hit(paths, fuzzy, h)).toList();
        return new Found(hits, paths.files, paths.complete, System.nanoTime() - paths.madeAt < 2 * FRESH_NANOS);
    }

    private static Hit hit(Paths paths, Fuzzy fuzzy, int[] found) {
        byte[] path = Arrays.copyOfRange(paths.all, found[1], found[2]);
        String text = TreePath.of(path).toString();
        List<Integer> at = new ArrayList<>();
        for (int place : fuzzy.places(path)) {
            if ((path[place] & 0xc0) != 0x80) {
                at.add(TreePath.of(Arrays.copyOf(path, place)).toString().length());
            }
        }
        return new Hit(text, text.substring(text.lastIndexOf('/') + 1), found[0], at);
    }

    private Paths paths() {
        CompletableFuture<Paths> coming;
        Paths old;
        synchronized (this) {
            old = newest.get();
            if (old != null && System.nanoTime() - old.madeAt < FRESH_NANOS) {
                return old;
            }
            if (building == null || building.isDone()) {
                CompletableFuture<Paths> future = new CompletableFuture<>();
                building = future;
                Thread.ofPlatform().daemon().name("file-index").start(() -> build(future));
            }
            coming = building;
        }
        try {
            return old == null
                    ? coming.get(LONGEST.toSeconds() * 2, TimeUnit.SECONDS)
                    : coming.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FileProblem.of(FileProblem.BUSY, "The search was interrupted.", "Search again.");
        } catch (ExecutionException | TimeoutException e) {
            if (old != null) {
                return old;
            }
            throw FileProblem.of(
                    FileProblem.BUSY,
                    "The project's files could not be listed: " + e.getMessage(),
                    "Search again in a moment.");
        }
    }

    private void build(CompletableFuture<Paths> future) {
        try {
            Paths made = read();
            synchronized (this) {
                if (building == future) {
                    newest = new SoftReference<>(made);
                }
            }
            future.complete(made);
        } catch (IOException | RuntimeException e) {
            future.completeExceptionally(e);
        }
    }

    private Paths read() throws IOException {
        long now = System.nanoTime();
        if (Program.installed("rg", environment)) {
            Paths listed = listed(
                    now,
                    List.of(
                            "rg",
                            "--no-config",
                            "--no-messages",
                            "--files",
                            "--hidden",
                            "--no-require-git",
                            "--null",
                            "--threads",
                            "2",
                            "--glob",
                            "!.git",
                            "./"));
            if (listed != null) {
                return listed;
            }
        }
        if (Program.installed("git", environment)) {
            Paths listed = listed(
                    now,
                    List.of(
                            "git",
                            "-c",
                            "core.fsmonitor=false",
                            "ls-files",
                            "-z",
                            "--cached",
                            "--others",
                            "--exclude-standard",
                            "--deduplicate"));
            if (listed != null) {
                return listed;
            }
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int[] files = {0};
        try (Pinned root = tree.folder(TreePath.ROOT)) {
            walk(root, TreePath.ROOT, all, files);
        }
        return new Paths(all.toByteArray(), all.size(), files[0], files[0] < bounds.indexedFiles(), now);
    }

    /** @return null when the program failed */
    private @Nullable Paths listed(long now, List<String> command) throws IOException {
        try (Pinned root = tree.folder(TreePath.ROOT);
                Program program = Program.start(command, root.shared(), environment, new byte[0], LONGEST)) {
            byte[] said = program.all(MAX_BYTES);
            boolean whole = said.length < MAX_BYTES;
            // rg: 2 when a folder may not be read; what it found counts all the same. 1: there is none.
            boolean failed = whole && program.exitCode() > (command.getFirst().equals("rg") ? 2 : 0);
            if (failed || program.late()) {
                return null;
            }
            return trimmed(now, said, whole);
        }
    }

    private Paths trimmed(long now, byte[] said, boolean whole) {
        byte[] all = new byte[said.length];
        int length = 0;
        int files = 0;
        int from = 0;
        for (int i = 0; i < said.length && files < bounds.indexedFiles(); i++) {
            if (said[i] == 0) {
                int begin = i - from > 2 && said[from] == '.' && said[from + 1] == '/' ? from + 2 : from;
                System.arraycopy(said, begin, all, length, i - begin + 1);
                length += i - begin + 1;
                files++;
                from = i + 1;
            }
        }
        return new Paths(
                length < said.length / 2 ? Arrays.copyOf(all, length) : all,
                length,
                files,
                whole && files < bounds.indexedFiles(),
                now);
    }

    private void walk(Pinned folder, TreePath path, ByteArrayOutputStream all, int[] files) throws IOException {
        List<byte[]> inner = new ArrayList<>();
        Kernel.names(folder.fd(), (name, type) -> {
            if (type == Kernel.FOLDER) {
                inner.add(name);
            } else if (files[0] < bounds.indexedFiles() && all.size() < MAX_BYTES && !Scratch.isOurs(name)) {
                all.writeBytes(path.child(name).bytes());
                all.write(0);
                files[0]++;
            }
        });
        for (byte[] name : inner) {
            if (!LEFT_OUT.contains(new String(name, StandardCharsets.ISO_8859_1))) {
                try (Pinned next = folder.folder(name)) {
                    walk(next, path.child(name), all, files);
                } catch (IOException e) {
                    // It is gone, or closed to us.
                }
            }
        }
    }
}
