package dev.claudevm.provider.local;

import dev.claudevm.provider.material.InitScript;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where a workspace's things lie. {@code project}, {@code home} and {@code bridge} belong to the workspace and hold whatever
 * the agent wants: nothing in them is followed or believed. {@code run} and {@code provider.json} are ours.
 */
record WorkspaceFolder(Path folder) {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    static final List<String> SCRIPTS = List.of("launch.sh", "log.sh", "stage.sh");

    /**
     * What {@code provider.json} says.
     *
     * @param source null: the project began empty
     * @param uid the user that the workspace runs as; null: the control plane's own
     * @param mark random; in the environment of each of the workspace's processes, so that they can be found
     */
    record Card(
            int version,
            String id,
            @Nullable String source,
            @Nullable String branch,
            @Nullable Integer uid,
            String mark,
            String createdAt) {}

    /**
     * What {@code run/process.json} says.
     *
     * @param boot pids and start times mean nothing after the machine's restart
     * @param init pid of {@code init.sh}; 0: not known yet
     * @param initStart in clock ticks since boot
     */
    record Run(long generation, String boot, long init, long initStart) {}

    Path project() {
        return folder.resolve("project");
    }

    Path home() {
        return folder.resolve("home");
    }

    Path bridge() {
        return folder.resolve("bridge");
    }

    Path run() {
        return folder.resolve("run");
    }

    Path log() {
        return run().resolve("init.log");
    }

    boolean exists() {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS);
    }

    /** Makes the folders of a new workspace, empty, and writes the scripts. */
    void make() throws IOException {
        Files.createDirectories(folder.getParent());
        makeFolder(folder, "rwx--x--x");
        makeFolder(project(), "rwx------");
        makeFolder(home(), "rwx------");
        makeFolder(home().resolve(".claude-vm"), "rwx------");
        makeFolder(bridge(), "rwx------");
        makeFolder(run(), "rwx--x--x");
        writeScripts();
    }

    void writeScripts() throws IOException {
        for (String script : SCRIPTS) {
            try (var in = WorkspaceFolder.class.getResourceAsStream(script)) {
                if (in == null) {
                    throw new IOException("the script " + script + " is missing in the program");
                }
                writeAtomically(run().resolve(script), in.readAllBytes(), "rwxr-xr-x");
            }
        }
        writeAtomically(run().resolve("init.sh"), InitScript.content(), "rwxr-xr-x");
    }

    void write(Card card) throws IOException {
        writeDurably(folder.resolve("provider.json"), JSON.writeValueAsBytes(card), "rw-------");
    }

    /** @return null when the workspace has none, so that it is no workspace */
    @Nullable
    Card card() throws IOException {
        return read(folder.resolve("provider.json"), Card.class);
    }

    void write(Run run) throws IOException {
        writeAtomically(run().resolve("process.json"), JSON.writeValueAsBytes(run), "rw-------");
    }

    @Nullable
    Run lastRun() throws IOException {
        return read(run().resolve("process.json"), Run.class);
    }

    void forgetRun() throws IOException {
        Files.deleteIfExists(run().resolve("process.json"));
    }

    private static <T> @Nullable T read(Path file, Class<T> type) throws IOException {
        try {
            return Files.exists(file) ? JSON.readValue(Files.readAllBytes(file), type) : null;
        } catch (JacksonException e) {
            throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }

    private static void makeFolder(Path folder, String mode) throws IOException {
        Files.createDirectory(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));
    }

    /** Whoever looks sees the old file or the whole new one, also after a power cut. */
    private static void writeDurably(Path file, byte[] content, String mode) throws IOException {
        writeAtomically(file, content, mode);
        sync(file);
    }

    /** Whoever looks sees the old file or the whole new one. */
    static void writeAtomically(Path file, byte[] content, String mode) throws IOException {
        Path fresh = Files.createTempFile(
                file.getParent(),
                file.getFileName().toString(),
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.write(fresh, content);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(mode));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** Makes sure that a file's content, or a folder's names, are on the disk. */
    static void sync(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** @return the end of what the workspace printed, for an error's cause; at most 2,000 characters */
    String endOfLog() {
        try {
            if (!Files.exists(log())) {
                return "";
            }
            String all = new String(Files.readAllBytes(log()), java.nio.charset.StandardCharsets.UTF_8).strip();
            return all.length() <= 2000 ? all : all.substring(all.length() - 2000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
