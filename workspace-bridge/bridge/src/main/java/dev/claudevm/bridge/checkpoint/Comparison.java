package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.checkpoint.Objects.Item;
import dev.claudevm.bridge.checkpoint.Stat.Kind;
import dev.claudevm.bridge.tree.TreePath;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds what differs between two checkpoints. Files are never renamed here: one goes, another comes. Any thread. */
final class Comparison {

    private static final String EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

    /** @param oldId of the content; null: it was not there */
    private record Row(
            TreePath path,
            char status,
            @Nullable String oldId,
            @Nullable String newId,
            String oldType,
            String newType) {}

    /** @param binary lines were not counted */
    private record Lines(long additions, long deletions, boolean binary) {}

    private final Git git;

    Comparison(Git git) {
        this.git = git;
    }

    /** @param after the last path of the page before; null: from the beginning. @param limit most files that are named */
    Changes changes(String from, String to, @Nullable TreePath after, int limit) throws IOException {
        TreeMap<TreePath, Row> rows = new TreeMap<>();
        Map<TreePath, Lines> lines = new HashMap<>();
        diffTree(from, to, rows, lines);
        try (Objects objects = new Objects(git)) {
            Manifest was = objects.manifest(from);
            Manifest is = objects.manifest(to);
            modesOnly(objects, from, to, was, is, rows);
            long additions = lines.values().stream().mapToLong(Lines::additions).sum();
            long deletions = lines.values().stream().mapToLong(Lines::deletions).sum();
            List<Row> page = new ArrayList<>();
            var rest = after == null ? rows : rows.tailMap(after, false);
            for (Row row : rest.values()) {
                if (page.size() > limit) {
                    break;
                }
                page.add(row);
            }
            boolean more = page.size() > limit;
            List<Row> shown = more ? page.subList(0, limit) : page;
            Map<String, Long> sizes = sizes(shown);
            List<FileChange> files = new ArrayList<>();
            for (Row row : shown) {
                Lines count = lines.getOrDefault(row.path(), new Lines(0, 0, false));
                files.add(new FileChange(
                        row.path().toString(),
                        String.valueOf(row.status()),
                        count.additions(),
                        count.deletions(),
                        count.binary(),
                        row.oldId() == null ? null : sizes.get(row.oldId()),
                        row.newId() == null ? null : sizes.get(row.newId()),
                        mode(was, row.path(), row.oldType()),
                        mode(is, row.path(), row.newType())));
            }
            return new Changes(from, to, rows.size(), additions, deletions, List.copyOf(files), more);
        }
    }

    private static @Nullable String mode(Manifest manifest, TreePath path, String type) {
        return switch (type) {
            case "000000" -> null;
            case "120000" -> type;
            default -> "%04o".formatted(manifest.mode(path, Kind.FILE, type.equals("100755")));
        };
    }

    private void diffTree(String from, String to, Map<TreePath, Row> rows, Map<TreePath, Lines> lines)
            throws IOException {
        try (Git.Running running = git.start(
                "diff-tree",
                "-r",
                "-z",
                "--raw",
                "--numstat",
                "--no-renames",
                "--no-ext-diff",
                "--no-textconv",
                "--no-abbrev",
                from,
                to,
                "--",
                "f/")) {
            running.process().getOutputStream().close();
            try (InputStream in = new BufferedInputStream(running.process().getInputStream(), 1 << 16)) {
                for (byte[] record = record(in); record != null; record = record(in)) {
                    String text = new String(record, StandardCharsets.ISO_8859_1);
                    if (text.startsWith(":")) {
                        String[] w = text.substring(1).split(" ");
                        byte[] name = record(in);
                        if (name != null) {
                            TreePath path = TreePath.ofStored(name);
                            rows.put(path, new Row(path, w[4].charAt(0), id(w[2]), id(w[3]), w[0], w[1]));
                        }
                    } else {
                        String[] w = text.split("\t", 3);
                        TreePath path = TreePath.ofStored(w[2].getBytes(StandardCharsets.ISO_8859_1));
                        boolean binary = w[0].equals("-");
                        lines.put(
                                path,
                                binary
                                        ? new Lines(0, 0, true)
                                        : new Lines(Long.parseLong(w[0]), Long.parseLong(w[1]), false));
                    }
                }
            }
            running.finish();
        }
    }

    private static @Nullable String id(String hex) {
        return hex.chars().allMatch(c -> c == '0') ? null : hex;
    }

    /** @return the bytes up to the next NUL; null at the end */
    private static byte @Nullable [] record(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int c = in.read();
        if (c < 0) {
            return null;
        }
        while (c > 0) {
            bytes.write(c);
            c = in.read();
        }
        return bytes.toByteArray();
    }

    /** Files of which only permission bits differ that git does not know. */
    private static void modesOnly(
            Objects objects, String from, String to, Manifest was, Manifest is, Map<TreePath, Row> rows)
            throws IOException {
        if (!was.usual().equals(is.usual())) {
            objects.pairs(from, to, TreePath.ROOT, true, (before, after) -> {
                if (before != null
                        && after != null
                        && !rows.containsKey(after.path())
                        && !java.util.Objects.equals(
                                mode(was, before.path(), type(before)), mode(is, after.path(), type(after)))) {
                    modeOnly(before, after, rows);
                }
            });
            return;
        }
        var candidates = new java.util.TreeSet<>(was.modes().keySet());
        candidates.addAll(is.modes().keySet());
        for (TreePath path : candidates) {
            Integer old = was.modes().get(path);
            if (rows.containsKey(path)
                    || java.util.Objects.equals(old, is.modes().get(path))) {
                continue;
            }
            Item before = objects.find(from, path);
            Item after = objects.find(to, path);
            if (before != null && after != null) {
                modeOnly(before, after, rows);
            }
        }
    }

    private static void modeOnly(Item before, Item after, Map<TreePath, Row> rows) {
        if (before.kind() == Kind.FILE && after.kind() == Kind.FILE) {
            rows.put(after.path(), new Row(after.path(), 'M', before.id(), after.id(), type(before), type(after)));
        }
    }

    private Map<String, Long> sizes(List<Row> rows) throws IOException {
        var ids = new java.util.LinkedHashSet<String>();
        rows.forEach(r -> java.util.stream.Stream.of(r.oldId(), r.newId())
                .filter(java.util.Objects::nonNull)
                .forEach(ids::add));
        Map<String, Long> sizes = new HashMap<>();
        if (ids.isEmpty()) {
            return sizes;
        }
        try (Git.Running running = git.start("cat-file", "--batch-check", "--buffer")) {
            Thread asker = Thread.ofPlatform().name("asks for sizes").start(() -> ask(running, ids));
            try (var in = running.process().inputReader(StandardCharsets.US_ASCII)) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    String[] w = line.split(" ");
                    sizes.put(w[0], Long.parseLong(w[2]));
                }
            }
            asker.join();
            running.finish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while git worked", e);
        }
        return sizes;
    }

    private static void ask(Git.Running git, Iterable<String> ids) {
        try (OutputStream out = git.process().getOutputStream()) {
            out.write((String.join("\n", ids) + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            System.getLogger(Comparison.class.getName())
                    .log(System.Logger.Level.DEBUG, "git ended early: " + e.getMessage());
        }
    }

    /**
     * @param context unchanged lines around each change
     * @param maxBytes the diff is cut after the last whole line before it
     */
    FileDiff diff(String from, String to, TreePath path, int context, int maxBytes) throws IOException {
        Item before;
        Item after;
        String oldMode;
        String mode;
        Long lines = null;
        try (Objects objects = new Objects(git)) {
            before = file(objects.find(from, path));
            after = file(objects.find(to, path));
            oldMode = before == null ? null : mode(objects.manifest(from), path, type(before));
            mode = after == null ? null : mode(objects.manifest(to), path, type(after));
            if (after != null) {
                LineCount count = new LineCount();
                objects.copy(after.id(), count);
                lines = count.lines();
            }
        }
        String status = before == null
                ? after == null ? "=" : "A"
                : after == null ? "D" : before.kind() != after.kind() ? "T" : "M";
        String oldId = before == null ? EMPTY : before.id();
        String newId = after == null ? EMPTY : after.id();
        if (oldId.equals(newId)) {
            boolean same = java.util.Objects.equals(oldMode, mode);
            return new FileDiff(path.toString(), from, to, same ? "=" : status, false, oldMode, mode, "", false, lines);
        }
        Unified unified = unified(oldId, newId, context, maxBytes);
        return new FileDiff(
                path.toString(),
                from,
                to,
                status,
                unified.binary,
                oldMode,
                mode,
                unified.text,
                unified.truncated,
                unified.binary ? null : lines);
    }

    /** Counts lines; a last one without end is one. */
    private static final class LineCount extends OutputStream {

        private long ends;
        private int last = '\n';

        @Override
        public void write(int b) {
            last = b & 0xff;
            ends += last == '\n' ? 1 : 0;
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            for (int i = from; i < from + length; i++) {
                write(bytes[i]);
            }
        }

        long lines() {
            return last == '\n' ? ends : ends + 1;
        }
    }

    private static @Nullable Item file(@Nullable Item item) {
        return item == null || item.kind() == Kind.FOLDER ? null : item;
    }

    private static String type(Item item) {
        return item.kind() == Kind.LINK ? "120000" : item.executable() ? "100755" : "100644";
    }

    private record Unified(String text, boolean binary, boolean truncated) {}

    private Unified unified(String oldId, String newId, int context, int maxBytes) throws IOException {
        try (Git.Running running =
                git.start("diff", "--no-color", "--no-ext-diff", "--no-textconv", "-U" + context, oldId, newId, "--")) {
            running.process().getOutputStream().close();
            byte[] bytes;
            try (InputStream in = running.process().getInputStream()) {
                bytes = in.readNBytes(maxBytes + 1024);
                boolean whole = in.read() < 0;
                if (whole) {
                    running.finish();
                }
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            int hunk = text.startsWith("@@") ? 0 : text.indexOf("\n@@") + 1;
            if (hunk == 0 && !text.startsWith("@@")) {
                return new Unified("", text.contains("\nBinary files "), false);
            }
            boolean truncated = bytes.length > maxBytes;
            return new Unified(
                    truncated ? text.substring(hunk, text.lastIndexOf('\n') + 1) : text.substring(hunk),
                    false,
                    truncated);
        }
    }
}
