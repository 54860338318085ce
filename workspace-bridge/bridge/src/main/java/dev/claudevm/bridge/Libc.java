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
import sun.misc.Signal;

/** The few calls of the C library for which Java has no words. */
final class Libc {

    /** {@code SIGHUP}. */
    static final int HANGUP = 1;

    private static final int CLOSE_ON_EXEC = 02000000;
    private static final int INTERRUPT = 2;
    private static final int QUIT = 3;

    private Libc() {}

    /** @param process negative: the whole process group of that leader. @return false: there is none, or it is not ours */
    static boolean kill(long process, int signal) {
        try {
            return (int) Calls.KILL.invokeExact((int) process, signal) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** @return the descriptors to read from and to write to; no child inherits them. The caller closes both */
    static int[] pipe() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            int failed = (int) Calls.PIPE2.invokeExact(ends, CLOSE_ON_EXEC);
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
     * handled from now on by a function that does nothing. An interrupt is none for the bridge itself, whoever started it.
     */
    static void letChildrenHear() throws IOException {
        long ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16))
                .findFirst()
                .orElse(0);
        if (!isIn(ignored, INTERRUPT)) {
            Signal.handle(new Signal("INT"), _ -> {});
        }
        for (int signal : new int[] {HANGUP, INTERRUPT, QUIT}) {
            if (isIn(ignored, signal)) {
                MemorySegment nothing = Linker.nativeLinker().defaultLookup().findOrThrow("abs");
                try {
                    MemorySegment before = (MemorySegment) Calls.SIGNAL.invokeExact(signal, nothing);
                } catch (Throwable e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private static boolean isIn(long signals, int signal) {
        return (signals & 1L << (signal - 1)) != 0;
    }

    static void close(int descriptor) {
        try {
            int ignored = (int) Calls.CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Linking one takes as long as much of a bridge's start, which needs none of them. */
    private static final class Calls {

        static final MethodHandle KILL = function(
                "kill", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        static final MethodHandle CLOSE =
                function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        static final MethodHandle PIPE2 = function(
                "pipe2", FunctionDescriptor.of(ValueLayout.JAVA_INT, AddressLayout.ADDRESS, ValueLayout.JAVA_INT));

        static final MethodHandle SIGNAL = function(
                "signal", FunctionDescriptor.of(AddressLayout.ADDRESS, ValueLayout.JAVA_INT, AddressLayout.ADDRESS));

        private static MethodHandle function(String name, FunctionDescriptor form) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), form);
        }
    }
}
