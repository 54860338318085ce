package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The bridge's process. Its environment is in section 3 of the architecture. {@code --train} starts everything once on
 * loopback and ends, to make a cache of classes.
 *
 * <p>Exit codes: 0 stopped by the control plane; 1 failed, start it again; 2 the environment is wrong; 3 the gateway
 * refused this workspace or this start of it: do not start it again; 4 another bridge works in the same folder.
 */
public final class BridgeMain {

    /** The environment is wrong. */
    static final int EXIT_USAGE = 2;

    /** Refused for good. */
    static final int EXIT_REFUSED = 3;

    /** Another bridge holds the folder. */
    static final int EXIT_TAKEN = 4;

    private static final long LOCK_PATIENCE_MILLIS = 10_000;

    private BridgeMain() {}

    /** Starts the bridge; returns never. */
    public static void main(String[] args) {
        exit(run(args, Adapters.all()));
    }

    static void exit(int code) {
        Runtime.getRuntime().halt(code); // nothing is to be cleaned up: every state is on the disk
    }

    /** @return the exit code, when the bridge ends */
    static int run(String[] args, List<Adapter> adapters) {
        Quiet.configure();
        try {
            if (Arrays.asList(args).contains("--train")) {
                Training.run(adapters);
                return 0;
            }
            return work(BridgeConfig.from(System.getenv()), adapters);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return EXIT_USAGE;
        } catch (Home.Refused e) {
            System.err.println("The gateway refused: " + e.getMessage());
            return EXIT_REFUSED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (IOException | RuntimeException e) {
            System.getLogger(BridgeMain.class.getName()).log(System.Logger.Level.ERROR, "The bridge failed", e);
            return 1;
        }
    }

    @SuppressWarnings("PMD.CloseResource") // the lock is held until the process ends
    private static int work(BridgeConfig config, List<Adapter> adapters)
            throws IOException, InterruptedException, Home.Refused {
        Files.createDirectories(config.state());
        Files.setPosixFilePermissions(config.state(), PosixFilePermissions.fromString("rwx------"));
        FileLock lock = lock(config.state().resolve("lock"));
        if (lock == null) {
            System.err.println("Another bridge works in " + config.state() + "; stop it first.");
            return EXIT_TAKEN;
        }
        Conversations conversations = new Conversations(config, adapters, Clock.systemUTC());
        conversations.openAll();
        HomeLine line = HomeLine.to(config.gateway());
        BridgeServer http = new BridgeServer(config, conversations, () -> stop(conversations), line);
        BridgeSsh ssh = new BridgeSsh(config);
        Home home = new Home(
                config,
                new Home.Servers(http.start(), ssh.start(), ssh.hostKey()),
                welcome -> {
                    // In the end: once the token counts, the control plane takes it that all of this is so.
                    conversations.hold(Boolean.TRUE.equals(welcome.restoring()));
                    ssh.clientKey(welcome.clientKey());
                    http.token(welcome.token());
                },
                line);
        home.stay();
        throw new IllegalStateException("Home was left");
    }

    private static void stop(Conversations conversations) {
        try {
            conversations.stop("The workspace was stopped.").get(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            System.getLogger(BridgeMain.class.getName()).log(System.Logger.Level.WARNING, "Stopped in a hurry", e);
        }
        exit(0);
    }

    /** @return null when another process has it and keeps it */
    private static @org.jspecify.annotations.Nullable FileLock lock(Path file)
            throws IOException, InterruptedException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOCK_PATIENCE_MILLIS);
        FileLock lock = channel.tryLock();
        while (lock == null && System.nanoTime() < until) {
            TimeUnit.MILLISECONDS.sleep(100);
            lock = channel.tryLock();
        }
        return lock;
    }

    /** @return of this build; {@code dev} when run from classes */
    static String version() {
        return Objects.requireNonNullElse(BridgeMain.class.getPackage().getImplementationVersion(), "dev");
    }
}
