package dev.claudevm.snapshot;

import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Json;
import dev.claudevm.protocol.Snapshots.Roots;
import dev.claudevm.secret.Secrets;
import dev.claudevm.workspace.WorkspaceId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Looks into snapshots and takes single files out of them, whether the workspace runs or not. Paths are of the project; those that begin
 * with {@code ~/} of the home. Calls block.
 */
@Component
class SnapshotFiles {

    private static final Duration LONGEST = Duration.ofHours(6);
    private static final int MAX_ENTRIES = 20_000;
    private static final int MAX_PATH_CHARS = 4096;
    private static final int PERMISSIONS = 07777;

    private final SnapshotRepository repository;
    private final Lanes lanes;
    private final Passwords passwords;
    private final LocalRestic restic;

    SnapshotFiles(SnapshotRepository repository, Lanes lanes, Passwords passwords, LocalRestic restic) {
        this.repository = repository;
        this.lanes = lanes;
        this.passwords = passwords;
        this.restic = restic;
    }

    /** @param type file, folder, link or other. @param mode octal, of four digits */
    record Entry(
            String name,
            String type,
            long size,
            String mode,
            @Nullable Instant modified) {}

    /** @param more there are more than are shown */
    record Folder(String path, List<Entry> entries, boolean more) {}

    /** A file or folder that can be taken out. @param place its path in the snapshot */
    record Found(WorkspaceId workspace, String resticId, String place, Entry entry) {}

    /** @throws Problem when there is no such folder in the snapshot */
    Folder list(WorkspaceId id, String snapshotId, String path) {
        Snapshot snapshot = snapshot(id, snapshotId);
        String place = place(snapshot, path);
        List<Entry> entries = new ArrayList<>();
        boolean[] seen = {false, false};
        look(id, snapshot, place, (at, entry) -> {
            if (at.equals(place)) {
                seen[0] = entry.type().equals("folder");
            } else if (entries.size() < MAX_ENTRIES) {
                entries.add(entry);
            } else {
                seen[1] = true;
            }
        });
        if (!seen[0]) {
            throw nothing(path, "folder");
        }
        entries.sort(Comparator.comparing((Entry entry) -> !entry.type().equals("folder"))
                .thenComparing(Entry::name, String.CASE_INSENSITIVE_ORDER)
                .thenComparing(Entry::name));
        return new Folder(path, entries, seen[1]);
    }

    /** @throws Problem when there is no such file or folder in the snapshot */
    Found find(WorkspaceId id, String snapshotId, String path) {
        Snapshot snapshot = snapshot(id, snapshotId);
        String place = place(snapshot, path);
        Entry[] found = {null};
        look(id, snapshot, place, (at, entry) -> {
            if (at.equals(place)) {
                found[0] = entry;
            }
        });
        Entry entry = found[0];
        if (entry == null) {
            throw nothing(path, "file or folder");
        }
        if (!entry.type().equals("file") && !entry.type().equals("folder")) {
            throw Problem.invalid(
                    "\"" + path + "\" is neither a file nor a folder.", "Take the folder that it is in, as a tar.");
        }
        return new Found(id, String.valueOf(snapshot.resticId()), place, entry);
    }

    /** Writes the file's bytes, or the folder as a tar. @throws IOException when it could not be written to the end */
    void write(Found found, OutputStream to) throws IOException {
        lanes.hold(found.workspace());
        try {
            LocalRestic.Ended ended = restic.read(
                    found.workspace().value(),
                    passwords.of(found.workspace()),
                    LONGEST,
                    out -> out.transferTo(to),
                    "dump",
                    found.resticId(),
                    found.place());
            if (ended.code() != 0) {
                throw new IOException("restic failed: " + ended.said().strip());
            }
        } catch (Secrets.Unreadable e) {
            throw new IOException(e);
        } finally {
            lanes.release(found.workspace());
        }
    }

    private static Problem nothing(String path, String what) {
        return Problem.unknown(
                "There is no " + what + " \"" + path + "\" in this snapshot.",
                "See `claude-vm snapshot files`; what was left out is in `snapshot list --json`.");
    }

    private Snapshot snapshot(WorkspaceId id, String snapshotId) {
        return repository
                .find(snapshotId)
                .filter(known -> known.workspace().equals(id) && known.resticId() != null)
                .orElseThrow(() -> Problem.unknown(
                        "Workspace \"" + id + "\" has no snapshot \"" + snapshotId + "\".",
                        "See `claude-vm snapshot list " + id + "`."));
    }

    private static String place(Snapshot snapshot, String path) {
        Roots roots = snapshot.roots();
        boolean bad = path.length() > MAX_PATH_CHARS
                || path.startsWith("/")
                || path.chars().anyMatch(Character::isISOControl)
                || List.of(path.split("/", -1)).stream().anyMatch(part -> part.equals("..") || part.equals("."));
        if (roots == null || bad) {
            throw Problem.malformed(
                    "That is no path in a snapshot.", "Give one below the project, or one that begins with ~/.");
        }
        boolean home = path.equals("~") || path.startsWith("~/");
        String below = (home ? path.substring(1) : path).replaceAll("/+", "/").replaceAll("^/|/$", "");
        return (home ? roots.home() : roots.project()) + (below.isEmpty() ? "" : "/" + below);
    }

    private interface Seen {
        void on(String path, Entry entry);
    }

    private void look(WorkspaceId id, Snapshot snapshot, String place, Seen seen) {
        lanes.hold(id);
        try {
            LocalRestic.Ended ended = restic.read(
                    id.value(),
                    passwords.of(id),
                    LONGEST,
                    out -> {
                        BufferedReader lines = new BufferedReader(new InputStreamReader(out, StandardCharsets.UTF_8));
                        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                            node(line, seen);
                        }
                    },
                    "ls",
                    "--json",
                    String.valueOf(snapshot.resticId()),
                    place);
            if (ended.code() != 0) {
                throw Problem.unavailable(
                        "The snapshot cannot be read: " + ended.said().strip(),
                        "See whether the object store works: claude-vm store.");
            }
        } catch (IOException e) {
            throw Problem.unavailable(
                    "The snapshot cannot be read: " + e.getMessage(), "Is restic installed on the server's machine?");
        } catch (Secrets.Unreadable e) {
            throw Problem.unavailable(
                    "The password of the snapshots cannot be read: " + e.getMessage() + ".", "Bring back the key.");
        } finally {
            lanes.release(id);
        }
    }

    private static void node(String line, Seen seen) {
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(line);
        } catch (JacksonException words) {
            return;
        }
        if (!json.path("struct_type").asString("").equals("node")) {
            return;
        }
        String type = switch (json.path("type").asString("")) {
            case "file" -> "file";
            case "dir" -> "folder";
            case "symlink" -> "link";
            default -> "other";
        };
        seen.on(
                json.path("path").asString(""),
                new Entry(
                        json.path("name").asString(""),
                        type,
                        json.path("size").asLong(0),
                        "%04o".formatted(json.path("mode").asLong(0) & PERMISSIONS),
                        time(json.path("mtime").asString(""))));
    }

    private static @Nullable Instant time(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
