package dev.claudevm.provider.ssh;

import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Ways home of workspaces: a socket on the machine, which only its user can open, leads through our connection to the workspace's door here. When the connection
 * was lost it is made again, for ever, and the sockets with it. Which ways there are is kept in files, so that another instance goes on.
 */
final class Ways implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Ways.class.getName());
    private static final int MAX_SOCKET_BYTES = 107;
    private static final int ATTEMPTS = 3;
    private static final double FIRST_DELAY_SECONDS = 0.2;
    private static final double MAX_DELAY_SECONDS = 15;

    private final Path folder;
    private final Machine machine;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean keeping = new AtomicBoolean();
    private volatile boolean closed;

    /** @param folder where the ways are kept; made when there is one */
    Ways(Path folder, Machine machine) {
        this.folder = folder;
        this.machine = machine;
        machine.whenLost(this::keep);
    }

    /** @return the workspace's name in the socket's path, which the kernel wants short */
    static String shortName(String workspaceId) {
        return Machine.hash(workspaceId.getBytes(StandardCharsets.UTF_8)).substring(0, 10);
    }

    /**
     * Opens it anew, and keeps it open from here on.
     *
     * @param door the folder with the door's socket here
     */
    void open(String workspaceId, Path door) throws ProviderException, IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(workspaceId), door.toString());
        make(workspaceId);
    }

    /** The workspace runs. @param there whether its socket is there */
    void runs(String workspaceId, boolean there) throws ProviderException {
        if (Files.exists(folder.resolve(workspaceId))
                && !(there && machine.place().connection().leads(socket(workspaceId)))) {
            make(workspaceId);
        }
    }

    /** Nobody comes that way for now. */
    void rests(String workspaceId) throws IOException {
        Files.deleteIfExists(folder.resolve(workspaceId));
    }

    /** The way is no more. */
    void remove(String workspaceId) throws IOException, ProviderException {
        rests(workspaceId);
        if (machine.isConnected()) {
            machine.place().connection().cancel(socket(workspaceId));
        }
    }

    /** Whether ways can be had: opens one that leads nowhere, and closes it. */
    void tryOne(String workspaceId) throws ProviderException {
        make(workspaceId, folder.resolve(".nowhere"));
        try {
            machine.place().connection().cancel(socket(workspaceId));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "A socket on " + machine.name() + " stays: " + e.getMessage());
        }
    }

    private String socket(String workspaceId) throws ProviderException {
        return machine.path("d/" + shortName(workspaceId) + "/" + StartSpec.DOOR_SOCKET);
    }

    private void make(String workspaceId) throws ProviderException {
        try {
            Path door = Path.of(Files.readString(folder.resolve(workspaceId)));
            make(workspaceId, door.resolve(StartSpec.DOOR_SOCKET));
        } catch (IOException e) {
            throw new ProviderException(
                    "The way home of " + workspaceId + " cannot be read: " + e.getMessage() + ".",
                    "Start it again.",
                    e);
        }
    }

    private void make(String workspaceId, Path door) throws ProviderException {
        String socket = socket(workspaceId);
        if (socket.getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_BYTES) {
            throw new ProviderException(
                    "The path " + socket + " is too long for a socket.", "Give a shorter path by the option folder.");
        }
        lock.lock();
        try {
            for (int attempt = 1; ; attempt++) {
                try {
                    machine.place().connection().cancel(socket);
                    machine.ask("door", shortName(workspaceId));
                    machine.place().connection().forward(socket, door);
                    return;
                } catch (LostException e) {
                    if (attempt == ATTEMPTS) {
                        throw broken(e);
                    }
                } catch (IOException e) {
                    throw broken(e);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private ProviderException broken(IOException e) {
        return new ProviderException(
                "The connection to " + machine.name() + " broke: " + Login.reason(e) + ".",
                "Look at the network between, and try again.",
                e);
    }

    /** The connection is gone. */
    private void keep() {
        if (!closed && !known().isEmpty() && keeping.compareAndSet(false, true)) {
            Thread.ofVirtual().name("ways " + machine.name()).start(this::keepTrying);
        }
    }

    private void keepTrying() {
        double delay = FIRST_DELAY_SECONDS;
        try {
            while (!closed && !known().isEmpty()) {
                Thread.sleep(Duration.ofMillis(
                        (long) (delay * 1000 * ThreadLocalRandom.current().nextDouble(0.5, 1.0))));
                delay = Math.min(MAX_DELAY_SECONDS, delay * 2);
                if (all()) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            keeping.set(false);
        }
        // Lost again before the last line.
        if (!Thread.currentThread().isInterrupted() && !machine.isConnected()) {
            keep();
        }
    }

    private boolean all() {
        try {
            for (String workspace : known()) {
                if (!machine.place().connection().leads(socket(workspace))) {
                    make(workspace);
                }
            }
            return true;
        } catch (ProviderException e) {
            LOG.log(System.Logger.Level.INFO, "No connection: " + e.getMessage() + " Trying again.");
            return false;
        }
    }

    private List<String> known() {
        List<String> known = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                files.forEach(file -> known.add(file.getFileName().toString()));
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, folder + " cannot be read: " + e.getMessage());
            }
        }
        return known;
    }

    @Override
    public void close() {
        closed = true;
    }
}
