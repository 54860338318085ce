package dev.claudevm.bridge;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** The few calls of the C library for which Java has no words. */
final class Libc {

    /** {@code SIGHUP}. */
    static final int HANGUP = 1;

    private static final int CLOSE_ON_EXEC = 02000000;
    private static final MethodHandle KILL =
            function("kill", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle PIPE2 =
            function("pipe2", FunctionDescriptor.of(ValueLayout.JAVA_INT, AddressLayout.ADDRESS, ValueLayout.JAVA_INT));

    private static final MethodHandle SIGNAL = function(
            "signal", FunctionDescriptor.of(AddressLayout.ADDRESS, ValueLayout.JAVA_INT, AddressLayout.ADDRESS));

    private static final int INTERRUPT = 2;
    private static final int QUIT = 3;

    private Libc() {}

    private static MethodHandle function(String name, FunctionDescriptor form) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), form);
    }

    /** @param process negative: the whole process group of that leader. @return false: there is none, or it is not ours */
    static boolean kill(long process, int signal) {
        try {
            return (int) KILL.invokeExact((int) process, signal) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** @return the descriptors to read from and to write to; no child inherits them. The caller closes both */
    static int[] pipe() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            int failed = (int) PIPE2.invokeExact(ends, CLOSE_ON_EXEC);
            if (failed != 0) {
                throw new IOException("The workspace has no more files to open; close some programs in it.");
            }
            return new int[] {ends.getAtIndex(ValueLayout.JAVA_INT, 0), ends.getAtIndex(ValueLayout.JAVA_INT, 1)};
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A process that was started in the background may ignore hang-up, interrupt and quit, and then all its children do:
     * nobody could interrupt anything in a shell. What is handled, however it is, begins anew in a child; so these are
     * handled from now on by a function that does nothing.
     */
    static void letChildrenHear() throws IOException {
        long ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16))
                .findFirst()
                .orElse(0);
        MemorySegment nothing = Linker.nativeLinker().defaultLookup().findOrThrow("abs");
        for (int signal : new int[] {HANGUP, INTERRUPT, QUIT}) {
            if ((ignored & 1L << (signal - 1)) != 0) {
                try {
                    MemorySegment before = (MemorySegment) SIGNAL.invokeExact(signal, nothing);
                } catch (Throwable e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
