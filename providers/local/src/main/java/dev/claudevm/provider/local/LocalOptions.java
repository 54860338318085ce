package dev.claudevm.provider.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How workspaces run on this machine.
 *
 * @param isolation whether there must be a sandbox
 * @param limits what one workspace may use
 * @param uids users that workspaces run as when the control plane is root; others ignore it
 * @param readOnly further folders of this machine that workspaces see, read-only, at the same place
 * @param stopGrace how long the bridge has to end by itself when its workspace is stopped
 */
public record LocalOptions(
        IsolationChoice isolation, Limits limits, UidRange uids, List<Path> readOnly, Duration stopGrace) {

    public LocalOptions {
        readOnly = List.copyOf(readOnly);
    }

    /** A sandbox where it works, four fifths of the machine's memory, all of its processors. */
    public static LocalOptions defaults() {
        return new LocalOptions(
                IsolationChoice.AUTO,
                new Limits(4096, 65_536, machineMemoryBytes() * 4 / 5, null, 2L << 30),
                UidRange.forThisMachine(),
                List.of(),
                Duration.ofSeconds(5));
    }

    public LocalOptions withIsolation(IsolationChoice choice) {
        return new LocalOptions(choice, limits, uids, readOnly, stopGrace);
    }

    public LocalOptions withLimits(Limits other) {
        return new LocalOptions(isolation, other, uids, readOnly, stopGrace);
    }

    public LocalOptions withReadOnly(List<Path> folders) {
        return new LocalOptions(isolation, limits, uids, folders, stopGrace);
    }

    public LocalOptions withStopGrace(Duration grace) {
        return new LocalOptions(isolation, limits, uids, readOnly, grace);
    }

    /** Whether workspaces are sandboxed. */
    public enum IsolationChoice {
        /** A sandbox where that works, else plain processes and a warning. */
        AUTO,
        /** A sandbox, or no start. */
        BUBBLEWRAP,
        /** Plain processes. */
        NONE
    }

    /**
     * @param processes processes and threads at a time
     * @param openFiles open files of each process
     * @param memoryBytes null: no limit. Needs a control group that we may write
     * @param cpus processors' worth of time, for example 1.5; null: no limit. Needs a control group too
     * @param tmpBytes size of {@code /tmp}, which is in memory, in a sandbox
     */
    public record Limits(
            long processes,
            long openFiles,
            @Nullable Long memoryBytes,
            @Nullable Double cpus,
            long tmpBytes) {}

    /** @param count at least as many as there are workspaces at a time */
    public record UidRange(int first, int count) {

        public UidRange {
            if (first < 1 || count < 1 || (long) first + count > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("not a range of user ids: " + first + " and " + count + " on");
            }
        }

        /** A range that no distribution gives away; in a container that lacks it, one that the container has. */
        static UidRange forThisMachine() {
            var high = new UidRange(1_879_100_000, 1 << 24);
            try {
                for (String line : Files.readAllLines(Path.of("/proc/self/uid_map"))) {
                    String[] field = line.strip().split("\\s+", 3);
                    long first = Long.parseLong(field[0]);
                    if (first <= high.first && first + Long.parseLong(field[2]) >= high.first + (long) high.count) {
                        return high;
                    }
                }
            } catch (IOException | RuntimeException e) {
                return high;
            }
            return new UidRange(20_000, 40_000);
        }
    }

    private static long machineMemoryBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Below: a guess that no machine of today is smaller than.
        }
        return 4L << 30;
    }
}
