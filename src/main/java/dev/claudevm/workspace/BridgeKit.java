package dev.claudevm.workspace;

import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
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
 * never changed under a running workspace.
 */
@Component
class BridgeKit {

    private static final Logger log = LoggerFactory.getLogger(BridgeKit.class);

    private final WorkspaceSettings settings;
    private final Resource zip = new ClassPathResource("claude-vm-bridge-kit.zip");
    private volatile @Nullable Path folder;

    BridgeKit(WorkspaceSettings settings) {
        this.settings = settings;
    }

    /** Unpacks it when it is not there yet. Without one in the jar (a partial build) workspaces cannot start. */
    void prepare() {
        if (!zip.exists()) {
            log.warn("This build has no bridge in it: workspaces cannot be started.");
            return;
        }
        try {
            Path target = settings.kits().resolve(hash());
            if (!Files.isDirectory(target)) {
                unpack(target);
            }
            folder = target;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot unpack the bridge into " + settings.kits() + "; is the disk full, or not writable?", e);
        }
    }

    /** @return the folder with {@code lib/*.jar} */
    Path folder() throws ProviderException {
        Path ready = folder;
        if (ready == null) {
            throw new ProviderException(
                    "This build has no bridge in it.", "Build everything: ./verify, or mvn package in the root.");
        }
        return ready;
    }

    private String hash() throws IOException {
        try (InputStream in = zip.getInputStream();
                DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void unpack(Path target) throws IOException {
        Files.createDirectories(settings.kits());
        Path half = Files.createTempDirectory(settings.kits(), ".new-");
        try (InputStream in = zip.getInputStream();
                ZipInputStream entries = new ZipInputStream(in)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Path file = half.resolve(entry.getName()).normalize();
                if (!file.startsWith(half)) {
                    throw new IOException("The bridge's archive has a strange entry: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(entries, file);
                }
            }
            // Made for its owner only; workspaces run as users of their own.
            Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException otherProcess) {
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
