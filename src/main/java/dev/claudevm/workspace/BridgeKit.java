package dev.claudevm.workspace;

import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.material.KitUse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.stereotype.Component;

/**
 * The bridge's program. It comes inside our jar and is unpacked into a folder named after its hash: whole or not at all, and
 * never changed under a running workspace. Unpacking goes on beside the server's start; who needs it waits.
 */
@Component
class BridgeKit {

    private static final Logger log = LoggerFactory.getLogger(BridgeKit.class);

    /** Of every file of every kit; what changes is the kit's name. */
    private static final Instant MADE = Instant.parse("2000-01-01T00:00:00Z");

    private static final int NAME_CHARS = 16;

    private final WorkspaceSettings settings;
    private final Resource zip = new ClassPathResource("claude-vm-bridge-kit.zip");
    private final Resource sha256 = new ClassPathResource("claude-vm-bridge-kit.zip.sha256");
    private final CompletableFuture<Path> folder = new CompletableFuture<>();
    private volatile boolean closed;
    private volatile @Nullable Thread thread;

    BridgeKit(WorkspaceSettings settings) {
        this.settings = settings;
    }

    /** Begins to unpack it when it is not there yet, and then to make its cache of classes. */
    void prepare() {
        thread = Thread.ofVirtual().name("bridge-kit").start(() -> {
            try {
                if (!zip.exists() || !sha256.exists()) {
                    throw new IOException("this build has no bridge in it");
                }
                Path target = settings.kits().resolve(hash());
                if (!Files.isDirectory(target)) {
                    unpack(target);
                }
                folder.complete(target);
                if (settings.trainKit()) {
                    BridgeTraining.train(target);
                }
            } catch (IOException | RuntimeException e) {
                folder.completeExceptionally(e);
                if (closed) {
                    return;
                }
                log.error("The bridge could not be unpacked into {}", settings.kits(), e);
            }
        });
    }

    /** Gives up what is half done, and leaves nothing of it. */
    void close() throws InterruptedException {
        closed = true;
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            running.join();
        }
    }

    /**
     * Waits until it is unpacked.
     *
     * @param workspace which is about to start with it
     * @return the folder with {@code lib/*.jar}
     */
    Path folderFor(WorkspaceId workspace) throws ProviderException {
        try {
            Path unpacked = folder.get();
            KitUse.mark(workspace.value(), unpacked);
            return unpacked;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw noRoom("unpacked", cause == null ? e : cause);
        } catch (IOException e) {
            throw noRoom("used", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderException("Interrupted.", "Try again.", e);
        }
    }

    private ProviderException noRoom(String not, Throwable why) {
        return new ProviderException(
                "The bridge could not be " + not + ": " + why.getMessage() + ".",
                "Make room and rights for " + settings.kits() + ", then start the server again.",
                why);
    }

    /** @return of its folder, once it is unpacked */
    Optional<String> name() {
        return folder.state() == Future.State.SUCCESS
                ? Optional.of(folder.resultNow().getFileName().toString())
                : Optional.empty();
    }

    /** The build has reckoned it: here it would be 25 MB at each start. */
    private String hash() throws IOException {
        String hash = sha256.getContentAsString(StandardCharsets.US_ASCII).strip();
        if (!hash.matches("[0-9a-f]{64}")) {
            throw new IOException("this build's bridge has no name");
        }
        return hash.substring(0, NAME_CHARS);
    }

    private void unpack(Path target) throws IOException {
        Files.createDirectories(settings.kits());
        Path half = Files.createTempDirectory(settings.kits(), ".new-");
        try (InputStream in = zip.getInputStream();
                ZipInputStream entries = new ZipInputStream(in)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                if (closed) {
                    throw new IOException("the server ends");
                }
                Path file = half.resolve(entry.getName()).normalize();
                if (!file.startsWith(half)) {
                    throw new IOException("its archive has a strange entry: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(entries, file);
                    // The JVM takes a cache of classes only for jars of the same age.
                    Files.setLastModifiedTime(file, FileTime.from(MADE));
                }
            }
            BridgeTraining.takeOver(half, target.getFileName().toString());
            // Made for its owner only; workspaces run as users of their own.
            Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException otherProcess) {
            if (!Files.isDirectory(target)) {
                throw otherProcess;
            }
            log.debug("Another process was faster to unpack {}", target);
        } finally {
            if (Files.exists(half)) {
                deleteAll(half);
            }
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
