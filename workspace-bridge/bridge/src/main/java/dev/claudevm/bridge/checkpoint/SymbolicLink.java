package dev.claudevm.bridge.checkpoint;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes symbolic links to any bytes. Java's own paths lose doubled and trailing slashes, and bytes that are no text. */
final class SymbolicLink {

    private SymbolicLink() {}

    static void make(Path link, byte[] target) throws IOException {
        String text = new String(target, StandardCharsets.US_ASCII);
        if (text.chars().allMatch(c -> c > 0x1f && c < 0x7f)
                && Path.of(text).toString().equals(text)) {
            Files.createSymbolicLink(link, Path.of(text));
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            int failed = (int)
                    Native.SYMLINK.invokeExact(zeroEnded(arena, target), zeroEnded(arena, TreePath.bytesOf(link)));
            if (failed != 0) {
                throw new IOException("The symbolic link " + link + " cannot be made.");
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment zeroEnded(Arena arena, byte[] bytes) {
        MemorySegment segment = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    /** Looked up when it is needed first, which is seldom. */
    private static final class Native {
        static final MethodHandle SYMLINK = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("symlink"),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    }
}
