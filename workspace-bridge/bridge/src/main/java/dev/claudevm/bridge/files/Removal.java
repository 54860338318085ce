package dev.claudevm.bridge.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;

/** Takes a tree away, and counts one. No link is followed, whoever swaps what meanwhile. */
final class Removal {

    private static final int MAX_DEPTH = 1_000;

    private Removal() {}

    /** @param name need not be there */
    static void remove(Pinned folder, byte[] name) throws IOException {
        remove(folder, name, 0);
    }

    private static void remove(Pinned folder, byte[] name, int depth) throws IOException {
        try (Pinned inner = folder.folder(name)) {
            if (depth > MAX_DEPTH) {
                throw new IOException("Folders lie too deep in each other");
            }
            for (byte[] child : names(inner)) {
                remove(inner, child, depth + 1);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Then it is gone, or is taken away as what it is.
        }
        Files.deleteIfExists(folder.at(name));
    }

    /** @return bytes of all files in it, or of itself */
    static long bytes(Pinned folder, byte[] name) throws IOException {
        try (Pinned inner = folder.folder(name)) {
            long sum = 0;
            for (byte[] child : names(inner)) {
                sum += bytes(inner, child);
            }
            return sum;
        } catch (NotDirectoryException e) {
            return Stat.of(folder.at(name)).size();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static List<byte[]> names(Pinned folder) throws IOException {
        List<byte[]> names = new ArrayList<>();
        Kernel.names(folder.fd(), (name, _) -> names.add(name));
        return names;
    }
}
