package dev.claudevm.server;

import dev.claudevm.config.ServerHome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One server a home. The operating system frees the lock when the process dies, however that happens. */
final class HomeLock implements AutoCloseable {

    private final FileChannel channel;

    private HomeLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws StartFailure when another server has this home */
    static HomeLock take(ServerHome home) {
        Path file = home.lockFile();
        try {
            FileChannel channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            if (!lock(channel)) {
                channel.close();
                throw new StartFailure(busy(home, Files.readString(file).strip()));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(
                    String.valueOf(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)));
            return new HomeLock(channel);
        } catch (IOException e) {
            throw new StartFailure("Cannot lock " + file + ": " + e.getMessage() + ". Is the folder writable?", e);
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return false; // by this process
        }
        return lock != null;
    }

    private static String busy(ServerHome home, String pid) {
        return "A claude-vm server" + (pid.isEmpty() ? "" : " (process " + pid + ")") + " already runs on "
                + home.root() + ". Use it (claude-vm login-link prints a link), stop it"
                + (pid.isEmpty() ? "" : " (kill " + pid + ")") + ", or set CLAUDE_VM_HOME to another folder.";
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
