package dev.claudevm.provider.docker;

import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.material.InitScript;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What lies on this machine of a workspace in Docker: {@code card.json}, which is written when the workspace is made, and {@code start}, which is bound into the
 * container and says how it is to be started.
 */
record DockerFolder(Path folder) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * What {@code card.json} says.
     *
     * @param image as it was asked for
     */
    record Card(int version, String id, String image, String createdAt) {}

    Path start() {
        return folder.resolve("start");
    }

    Path etc(String file) {
        return folder.resolve("etc").resolve(file);
    }

    void write(Card card) throws IOException {
        Files.createDirectories(folder);
        writeAtomically(folder.resolve("card.json"), JSON.writeValueAsBytes(card), "rw-------");
        sync(folder.resolve("card.json"));
        sync(folder);
    }

    /** @return null: the workspace is not made */
    @Nullable
    Card card() throws IOException {
        Path file = folder.resolve("card.json");
        try {
            return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    ? JSON.readValue(Files.readAllBytes(file), Card.class)
                    : null;
        } catch (JacksonException e) {
            throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }

    /** From here on the workspace counts as not made. */
    void forgetCard() throws IOException {
        Files.deleteIfExists(folder.resolve("card.json"));
    }

    /** @return 0: none */
    long generation() throws IOException {
        Path file = start().resolve("generation");
        return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
    }

    /**
     * Writes what the next start of the container reads. The agent's user in the container must be able to read it; on this machine the home's own mode keeps
     * others out.
     */
    void write(StartSpec spec, Map<String, String> environment) throws IOException {
        Files.createDirectories(start());
        Files.setPosixFilePermissions(start(), PosixFilePermissions.fromString("rwxr-xr-x"));
        script("start.sh");
        writeAtomically(start().resolve("init.sh"), InitScript.content(), "rwxr-xr-x");
        var text = new StringBuilder();
        environment.forEach((name, value) -> text.append("export ")
                .append(name)
                .append("='")
                .append(value.replace("'", "'\\''"))
                .append("'\n"));
        writeAtomically(start().resolve("environment"), text.toString().getBytes(StandardCharsets.UTF_8), "rw-r--r--");
        writeAtomically(start().resolve("token"), spec.token().getBytes(StandardCharsets.UTF_8), "rw-r--r--");
        writeAtomically(
                start().resolve("generation"),
                Long.toString(spec.generation()).getBytes(StandardCharsets.US_ASCII),
                "rw-r--r--");
    }

    private void script(String name) throws IOException {
        writeAtomically(start().resolve(name), resource(name), "rwxr-xr-x");
    }

    static byte[] resource(String name) throws IOException {
        try (var in = Objects.requireNonNull(DockerFolder.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        }
    }

    void writeEtc(String file, String content) throws IOException {
        Files.createDirectories(folder.resolve("etc"));
        writeAtomically(etc(file), content.getBytes(StandardCharsets.UTF_8), "rw-r--r--");
    }

    private static void writeAtomically(Path file, byte[] content, String mode) throws IOException {
        Path fresh = Files.createTempFile(
                file.getParent(),
                "." + file.getFileName(),
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

    private static void sync(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
