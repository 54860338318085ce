package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Groups what is done with snapshots. */
@Command(name = "snapshot", description = "Snapshots of a workspace's files.")
final class SnapshotCommand {

    private static final long MEGABYTE = 1_000_000;

    static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("list", Show.class);
        commands.put("create", Create.class);
        commands.put("restore", Restore.class);
        commands.put("files", Files.class);
        commands.put("get", Get.class);
        return commands;
    }

    static String megabytes(long bytes) {
        return (bytes + MEGABYTE - 1) / MEGABYTE + " MB";
    }

    /** Of which workspace. */
    static final class Whose {

        @Parameters(index = "0", paramLabel = "WORKSPACE", description = "Its id.")
        String id = "";

        /** @return where its snapshots are in the API */
        String path() {
            return "workspaces/" + Ids.workspace(id) + "/snapshots";
        }
    }

    /** Which snapshot of which workspace. */
    static final class Which {

        @Mixin
        Whose whose = new Whose();

        @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "The snapshot's id.")
        String snapshot = "";

        /** @return where it is in the API */
        String path() {
            return whose.path() + "/" + ApiClient.segment(snapshot);
        }
    }

    /** {@code snapshot list}. */
    @Command(name = "list", description = "List the snapshots of a workspace, newest first.")
    static final class Show implements Verb {

        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneId.systemDefault());

        @Mixin
        Whose whose = new Whose();

        private final ClaudeVm root;

        Show(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode list = api.get(whose.path());
                return new Answer.Table(
                        list,
                        List.of("MADE", "WHY", "STATE", "FILES", "SIZE", "NEW", "ID"),
                        list.path("snapshots").values().stream().map(Show::row).toList(),
                        "There is no snapshot yet. `claude-vm snapshot create " + PlainText.line(whose.id)
                                + "` makes one.");
            }
        }

        private static List<String> row(JsonNode snapshot) {
            boolean done = snapshot.path("state").asString("").equals("done");
            String error = snapshot.path("error").asString("");
            return List.of(
                    TIME.format(Instant.parse(snapshot.path("begunAt").asString("1970-01-01T00:00:00Z"))),
                    snapshot.path("why").asString(""),
                    PlainText.line(snapshot.path("state").asString("") + (error.isEmpty() ? "" : ": " + error)),
                    done ? String.valueOf(snapshot.path("files").asLong(0)) : "",
                    done ? megabytes(snapshot.path("bytes").asLong(0)) : "",
                    done ? megabytes(snapshot.path("added").asLong(0)) : "",
                    snapshot.path("id").asString(""));
        }
    }

    /** {@code snapshot create}. */
    @Command(name = "create", description = "Make a snapshot of a running workspace now.")
    static final class Create implements Verb {

        private static final long LOOK_MILLIS = 300;

        @Mixin
        Whose whose = new Whose();

        private final ClaudeVm root;

        Create(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                String path = whose.path();
                JsonNode snapshot = api.post(path, null);
                String made = snapshot.path("id").asString("");
                while (snapshot.path("state").asString("").equals("making")) {
                    TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                    for (JsonNode each : api.get(path).path("snapshots")) {
                        if (each.path("id").asString("").equals(made)) {
                            snapshot = each;
                        }
                    }
                }
                if (!snapshot.path("state").asString("").equals("done")) {
                    throw new CliException(
                            ExitCode.FAILED,
                            "No snapshot was made: "
                                    + PlainText.line(snapshot.path("error").asString("")),
                            PlainText.line(snapshot.path("todo").asString("")));
                }
                return new Answer.Lines(
                        snapshot,
                        List.of("Snapshot " + made + ": "
                                + snapshot.path("files").asLong(0) + " files, "
                                + megabytes(snapshot.path("added").asLong(0)) + " new."));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CliException(ExitCode.FAILED, "Interrupted.", "The snapshot is made all the same.", e);
            }
        }
    }

    /** {@code snapshot restore}. */
    @Command(name = "restore", description = "Make a stopped workspace anew with what was in a snapshot, and start it.")
    static final class Restore implements Verb {

        @Mixin
        Which which = new Which();

        @Option(names = "--force", description = "Also when what is in it now is in no snapshot.")
        boolean force;

        private final ClaudeVm root;

        Restore(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode _ = api.post(which.path() + "/restore?force=" + force, null);
                Workspace begun = Workspace.of(api.get("workspaces/" + Ids.workspace(which.whose.id)));
                Workspace ended = new WorkspaceWait(api, root.surroundings()).until(begun, "running");
                return new Answer.Lines(ended.json(), List.of("Workspace " + ended.id() + " is as it was."));
            }
        }
    }

    /** {@code snapshot files}. */
    @Command(name = "files", description = "List a folder as it was in a snapshot.")
    static final class Files implements Verb {

        @Mixin
        Which which = new Which();

        @Parameters(
                index = "2",
                arity = "0..1",
                paramLabel = "PATH",
                defaultValue = "",
                description = "A folder of the project, or of the home when it begins with ~/.")
        String path = "";

        private final ClaudeVm root;

        Files(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode folder = api.get(which.path() + "/files?path=" + ApiClient.segment(path));
                return new Answer.Table(
                        folder,
                        List.of("MODE", "SIZE", "NAME"),
                        folder.path("entries").values().stream()
                                .map(entry -> List.of(
                                        entry.path("mode").asString(""),
                                        entry.path("type").asString("").equals("file")
                                                ? String.valueOf(
                                                        entry.path("size").asLong(0))
                                                : "",
                                        PlainText.line(entry.path("name").asString(""))
                                                + switch (entry.path("type").asString("")) {
                                                    case "folder" -> "/";
                                                    case "link" -> "@";
                                                    default -> "";
                                                }))
                                .toList(),
                        "The folder is empty.");
            }
        }
    }

    /** {@code snapshot get}. */
    @Command(name = "get", description = "Take a file out of a snapshot, or a folder as a tar.")
    static final class Get implements Verb {

        @Mixin
        Which which = new Which();

        @Parameters(
                index = "2",
                paramLabel = "PATH",
                description = "Of the project, or of the home when it begins with ~/.")
        String path = "";

        @Parameters(
                index = "3",
                arity = "0..1",
                paramLabel = "FILE",
                description = "Where to; it must not be there yet (the path's last part; a folder's with .tar).")
        @Nullable
        String file;

        private final ClaudeVm root;

        Get(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                Path to = Path.of(file == null ? name() : file);
                long bytes = Download.into(api, which.path() + "/content?path=" + ApiClient.segment(path), to);
                return new Answer.Lines(
                        Json.MAPPER
                                .createObjectNode()
                                .put("file", to.toString())
                                .put("bytes", bytes),
                        List.of(to + ": " + bytes + " bytes."));
            }
        }

        private String name() {
            String whole = path.replaceAll("/+$", "");
            String last = whole.substring(whole.lastIndexOf('/') + 1);
            if (last.isEmpty() || last.equals("~")) {
                throw new CliException(ExitCode.USAGE, "It is not said where to.", "Name the FILE.");
            }
            return path.endsWith("/") ? last + ".tar" : last;
        }
    }
}
