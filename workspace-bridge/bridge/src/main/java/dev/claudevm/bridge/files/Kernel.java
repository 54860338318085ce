package dev.claudevm.bridge.files;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The few system calls of Linux that Java has no door to: opening relative to an open folder without following a link,
 * renaming without replacing or by exchange, and a folder's names together with their types.
 */
final class Kernel {

    /** Fails when there is something at the new place. */
    static final int NO_REPLACE = 1;

    /** Both must be there; each gets the other's name, in one step. */
    static final int EXCHANGE = 2;

    /** The types that a folder's list knows. */
    static final byte UNKNOWN = 0;

    static final byte FOLDER = 4;
    static final byte FILE = 8;
    static final byte LINK = 10;

    private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
    private static final int DIRECTORY = ARM ? 0x4000 : 0x10000;
    private static final int NO_FOLLOW = ARM ? 0x8000 : 0x20000;
    private static final int PATH_ONLY = 0x200000;
    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final int AT_CWD = -100;
    private static final int NAMES_BUFFER_BYTES = 128 * 1024;
    private static final int HEADER_BYTES = 19;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final java.lang.foreign.AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final MethodHandle OPENAT = call("openat", FunctionDescriptor.of(INT, INT, POINTER, INT));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle RENAMEAT2 =
            call("renameat2", FunctionDescriptor.of(INT, INT, POINTER, INT, POINTER, INT));
    private static final MethodHandle GETDENTS = call("getdents64", FunctionDescriptor.of(LONG, INT, POINTER, LONG));

    private static final Map<Integer, String> REASONS = Map.of(
            5,
            "input/output error",
            18,
            "other file system",
            22,
            "not supported here",
            24,
            "too many open files",
            28,
            "No space left on device",
            30,
            "read-only file system",
            36,
            "the name is too long",
            40,
            "too many links",
            122,
            "Disk quota exceeded");

    private Kernel() {}

    private static MethodHandle call(String name, FunctionDescriptor shape) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup()
                        .find(name)
                        .orElseThrow(() -> new IllegalStateException("This system's C library has no " + name + ".")),
                shape,
                Linker.Option.captureCallState("errno"));
    }

    /** @return a descriptor that only names the folder; links on the way are followed */
    static int folder(byte[] absolute) throws IOException {
        return open(AT_CWD, absolute, PATH_ONLY | DIRECTORY);
    }

    /**
     * @param onlyFolder fails with {@link NotDirectoryException} when it is anything else; a link is one
     * @return a descriptor that only names what is there, be it a link
     */
    static int pin(int parent, byte[] name, boolean onlyFolder) throws IOException {
        return open(parent, name, PATH_ONLY | NO_FOLLOW | (onlyFolder ? DIRECTORY : 0));
    }

    private static int open(int parent, byte[] name, int flags) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int fd = (int) OPENAT.invokeExact(state, parent, text(arena, name), flags | CLOSE_ON_EXEC);
            if (fd < 0) {
                throw failed((int) ERRNO.get(state, 0L), name);
            }
            return fd;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) CLOSE.invokeExact(arena.allocate(STATE), fd);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param how 0, {@link #NO_REPLACE} or {@link #EXCHANGE} */
    static void rename(int from, byte[] oldName, int to, byte[] newName, int how) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = (int) RENAMEAT2.invokeExact(state, from, text(arena, oldName), to, text(arena, newName), how);
            if (result < 0) {
                throw failed((int) ERRNO.get(state, 0L), newName);
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param each gets each name but {@code .} and {@code ..}, and its type; in no order */
    static void names(int folder, BiConsumer<byte[], Byte> each) throws IOException {
        int fd = open(folder, new byte[] {'.'}, DIRECTORY);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment buffer = arena.allocate(NAMES_BUFFER_BYTES, 8);
            byte[] heap = new byte[NAMES_BUFFER_BYTES];
            while (true) {
                long read = (long) GETDENTS.invokeExact(state, fd, buffer, (long) NAMES_BUFFER_BYTES);
                if (read < 0) {
                    throw failed((int) ERRNO.get(state, 0L), new byte[] {'.'});
                }
                if (read == 0) {
                    return;
                }
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, heap, 0, (int) read);
                entries(heap, (int) read, each);
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            close(fd);
        }
    }

    /** struct linux_dirent64: u64 inode, s64 offset, u16 length, u8 type, name, 0 */
    private static void entries(byte[] heap, int end, BiConsumer<byte[], Byte> each) {
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        for (int at = 0; at < end; ) {
            int first = heap[at + 16] & 0xff;
            int second = heap[at + 17] & 0xff;
            int length = little ? first | second << 8 : first << 8 | second;
            int from = at + HEADER_BYTES;
            int to = from;
            while (heap[to] != 0) {
                to++;
            }
            boolean dots = heap[from] == '.' && (to - from == 1 || (to - from == 2 && heap[from + 1] == '.'));
            if (!dots) {
                each.accept(Arrays.copyOfRange(heap, from, to), heap[at + 18]);
            }
            at += length;
        }
    }

    private static MemorySegment text(Arena arena, byte[] name) {
        MemorySegment text = arena.allocate(name.length + 1L);
        MemorySegment.copy(name, 0, text, ValueLayout.JAVA_BYTE, 0, name.length);
        return text;
    }

    private static FileSystemException failed(int errno, byte[] name) {
        String file = new String(name, StandardCharsets.UTF_8);
        return switch (errno) {
            case 2 -> new NoSuchFileException(file);
            case 1, 13 -> new AccessDeniedException(file);
            case 17 -> new FileAlreadyExistsException(file);
            case 18 -> new AtomicMoveNotSupportedException(file, null, "other file system");
            case 20 -> new NotDirectoryException(file);
            case 39 -> new DirectoryNotEmptyException(file);
            default -> new FileSystemException(file, null, REASONS.getOrDefault(errno, "error " + errno));
        };
    }

    /** Names of reasons that mean that a file system cannot do something. */
    static final List<String> CANNOT = List.of("not supported here", "error 38", "error 95");
}
