package dev.claudevm.cli.chat;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a person said in this terminal and the server has not stored yet: a file each, written before anything is sent, so
 * that nothing is lost with the terminal, and sent in order until the server has it. Repeating is harmless: each has an id
 * of its own.
 */
public final class Outbox implements AutoCloseable {

    private static final long[] BACK_OFF_MS = {200, 500, 1_000, 2_000, 5_000};

    /**
     * A write to the server.
     *
     * @param server whose it is; another server's are left alone
     * @param what for people, for example the message's text
     */
    public record Item(
            String server,
            String method,
            String path,
            @Nullable JsonNode body,
            String what) {}

    /** Hears what becomes of items. Called by the sending thread. */
    public interface Listener {

        void stored(Item item);

        void refused(Item item, CliException why);

        /** Said once, until something was stored again. */
        void waiting(Item item, String why);
    }

    private record Entry(Path file, Item item) {}

    private final Path folder;
    private final ApiClient api;
    private final Listener listener;
    private final Deque<Entry> waiting = new ArrayDeque<>();
    private final Thread sender;
    private boolean closed;
    private boolean sending;
    private long count;

    /** @param folder of this conversation; made when it is needed */
    public Outbox(Path folder, ApiClient api, Listener listener) {
        this.folder = folder;
        this.api = api;
        this.listener = listener;
        waiting.addAll(left());
        this.sender = Thread.ofVirtual().name("outbox").unstarted(this::send);
    }

    /** Begins to send, first what an earlier terminal left. @return what that was */
    public List<Item> start() {
        List<Item> left;
        synchronized (this) {
            left = waiting.stream().map(Entry::item).toList();
        }
        sender.start();
        return left;
    }

    /**
     * Writes the item down and sends it soon. When this returns it is not lost any more.
     *
     * @throws CliException when it cannot be written down
     */
    public void add(Item item) {
        Entry entry = new Entry(write(item), item);
        synchronized (this) {
            waiting.add(entry);
            notifyAll();
        }
    }

    /** Waits until everything is stored or refused. @return false when the time is over */
    public synchronized boolean drained(long mostMs) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMs);
        while (!waiting.isEmpty() || sending) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    /** @return what the server does not have yet, oldest first */
    public synchronized List<Item> waiting() {
        return waiting.stream().map(Entry::item).toList();
    }

    /** Stops sending. What waits stays in its files. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        sender.interrupt();
    }

    private void send() {
        boolean told = false;
        int failures = 0;
        while (true) {
            Entry entry = next();
            if (entry == null) {
                return;
            }
            try {
                Item item = entry.item();
                api.call(item.method(), item.path(), item.body());
                done(entry);
                listener.stored(item);
                told = false;
                failures = 0;
            } catch (ApiClient.Unreachable e) {
                told = tell(told, entry, String.valueOf(e.getMessage()));
                pause(failures++);
            } catch (ApiClient.Refused e) {
                if (e.passing() || e.exit() == ExitCode.NOT_LOGGED_IN) {
                    told = tell(told, entry, e.what());
                    pause(failures++);
                } else {
                    done(entry);
                    listener.refused(entry.item(), e);
                }
            }
        }
    }

    private boolean tell(boolean told, Entry entry, String why) {
        synchronized (this) {
            if (closed) {
                return true;
            }
        }
        if (!told) {
            listener.waiting(entry.item(), why);
        }
        return true;
    }

    private synchronized @Nullable Entry next() {
        sending = false;
        notifyAll();
        try {
            while (waiting.isEmpty() && !closed) {
                wait();
            }
        } catch (InterruptedException e) {
            return null;
        }
        sending = !closed;
        return closed ? null : waiting.peek();
    }

    private void done(Entry entry) {
        try {
            Files.deleteIfExists(entry.file());
        } catch (IOException e) {
            // It will be sent once more, which changes nothing.
        }
        synchronized (this) {
            waiting.remove(entry);
        }
    }

    private static void pause(int failures) {
        try {
            TimeUnit.MILLISECONDS.sleep(BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)]);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Path write(Item item) {
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            // The name gives the order; two terminals may write at once.
            String name = "%015d-%06d-%d"
                    .formatted(
                            System.currentTimeMillis(),
                            ++count,
                            ProcessHandle.current().pid());
            Path fresh = folder.resolve(name + ".new");
            try (FileChannel channel = FileChannel.open(
                    fresh,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                var bytes = StandardCharsets.UTF_8.encode(Json.MAPPER.writeValueAsString(item));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            return Files.move(fresh, folder.resolve(name + ".json"));
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "Cannot write into " + folder + ": " + e.getMessage(),
                    "Nothing was sent. Make room or make the folder writable, then say it again.",
                    e);
        }
    }

    private List<Entry> left() {
        List<Entry> left = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return left;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".json"))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList()) {
                try {
                    Item item = Json.MAPPER.readValue(Files.readString(file), Item.class);
                    if (item.server().equals(api.server().url().toString())) {
                        left.add(new Entry(file, item));
                    }
                } catch (JacksonException e) {
                    // Not one of ours; it stays for whoever wants to look.
                }
            }
            return left;
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED, "Cannot read " + folder + ".", "Make it readable for this user.", e);
        }
    }
}
