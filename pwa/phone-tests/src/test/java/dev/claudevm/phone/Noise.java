package dev.claudevm.phone;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Files that cannot be compressed. */
final class Noise {

    private static final int BLOCK = 1 << 20;

    private Noise() {}

    /** @return {@code root}, with {@code folders} folders of {@code filesEach} files */
    static Path files(Path root, int folders, int filesEach, int bytes) throws IOException {
        Random random = new Random(4);
        byte[] content = new byte[bytes];
        for (int folder = 0; folder < folders; folder++) {
            Path here = Files.createDirectories(root.resolve("folder-" + folder));
            for (int file = 0; file < filesEach; file++) {
                random.nextBytes(content);
                Files.write(here.resolve("file-" + file), content);
            }
        }
        return root;
    }

    static void file(Path file, long bytes, long seed) throws IOException {
        Random random = new Random(seed);
        byte[] block = new byte[BLOCK];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (long left = bytes; left > 0; left -= BLOCK) {
                random.nextBytes(block);
                out.write(block, 0, (int) Math.min(BLOCK, left));
            }
        }
    }
}
