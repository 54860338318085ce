package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** What the server answers, in a file of this machine: all of it, or no file. */
final class Download {

    private Download() {}

    /**
     * @param path of the API
     * @param to must not be there yet; nobody else may read it
     * @return its length in bytes
     */
    static long into(ApiClient api, String path, Path to) {
        if (Files.exists(to)) {
            throw new CliException(ExitCode.USAGE, to + " is there already.", "Give another name, or remove it.");
        }
        Path part = to.resolveSibling(to.getFileName() + ".part");
        try {
            try (FileChannel channel = FileChannel.open(
                            part,
                            Set.of(
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.TRUNCATE_EXISTING,
                                    StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                    OutputStream out = Channels.newOutputStream(channel)) {
                api.download(path, out);
                channel.force(true);
            }
            Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
            return Files.size(to);
        } catch (ApiClient.Unreachable e) {
            throw e.maybeDone()
                    ? new CliException(
                            ExitCode.FAILED,
                            "It broke off in the middle: " + e.getMessage(),
                            "Try again; the server's log may have the cause.",
                            e)
                    : e;
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    to + " cannot be written: " + e.getMessage(),
                    "Give a file in a folder of yours with room in it.",
                    e);
        } finally {
            remove(part);
        }
    }

    private static void remove(Path part) {
        try {
            boolean _ = Files.deleteIfExists(part);
        } catch (IOException e) {
            // What went wrong before is said.
        }
    }
}
