package dev.claudevm.provider.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds a workspace's processes in {@code /proc}, whoever started them and however far they have detached themselves. */
final class Processes {

    private static final Path PROC = Path.of("/proc");
    static final String MARK = "CLAUDE_VM_MARK";

    private Processes() {}

    /**
     * @param start in clock ticks since boot: with the pid, it names one process for as long as the machine is up
     * @param innerPid its pid in its own pid namespace
     * @param namespaces how many pid namespaces deep it is, as seen from here
     */
    record Found(long pid, long start, long parent, long session, int uid, long innerPid, int namespaces) {

        boolean alive() {
            return read(pid).filter(now -> now.start == start).isPresent();
        }

        void terminate() {
            signal(false);
        }

        void kill() {
            signal(true);
        }

        private void signal(boolean hard) {
            if (!alive()) {
                return;
            }
            ProcessHandle.of(pid).ifPresent(handle -> {
                if (hard) {
                    handle.destroyForcibly();
                } else {
                    handle.destroy();
                }
            });
        }
    }

    /** @return changes with each start of the machine */
    static String boot() throws IOException {
        return Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
    }

    /**
     * @param mark in the environment of the workspace's processes
     * @param uid user that no other process runs as; null: there is none
     * @param grouped pids in the workspace's control group
     * @return every living process of the workspace: those with its mark, user or group, what these started, and their
     *     sessions
     */
    static List<Found> of(String mark, @Nullable Integer uid, Set<Long> grouped) throws IOException {
        List<Found> all = all();
        long self = ProcessHandle.current().pid();
        byte[] wanted = ("\0" + MARK + "=" + mark + "\0").getBytes(StandardCharsets.UTF_8);
        Set<Found> members = new HashSet<>();
        for (Found one : all) {
            if (one.pid != self
                    && one.pid != 1
                    && ((uid != null && one.uid == uid) || grouped.contains(one.pid) || hasMark(one.pid, wanted))) {
                members.add(one);
            }
        }
        for (boolean grew = true; grew; ) {
            Set<Long> parents = new HashSet<>();
            Set<Long> sessions = new HashSet<>();
            for (Found one : members) {
                parents.add(one.pid);
                if (one.session == one.pid) {
                    sessions.add(one.session);
                }
            }
            grew = false;
            for (Found one : all) {
                if (one.pid != self && (parents.contains(one.parent) || sessions.contains(one.session))) {
                    grew |= members.add(one);
                }
            }
        }
        return List.copyOf(members);
    }

    private static List<Found> all() throws IOException {
        List<Found> all = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                read(Long.parseLong(entry.getFileName().toString())).ifPresent(all::add);
            }
        }
        return all;
    }

    /** @return empty when there is no such process, or only a zombie */
    static Optional<Found> read(long pid) {
        try {
            String stat = new String(Files.readAllBytes(PROC.resolve(pid + "/stat")), StandardCharsets.ISO_8859_1);
            // The name, in parentheses, may have blanks and parentheses of its own.
            String[] field = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            if (field[0].equals("Z") || field[0].equals("X")) {
                return Optional.empty();
            }
            int uid = -1;
            long inner = pid;
            int namespaces = 1;
            String status = new String(Files.readAllBytes(PROC.resolve(pid + "/status")), StandardCharsets.ISO_8859_1);
            for (String line : status.split("\n")) {
                String[] value = line.split("\\s+");
                if (line.startsWith("Uid:")) {
                    uid = (int) Long.parseLong(value[1]);
                } else if (line.startsWith("NSpid:")) {
                    namespaces = value.length - 1;
                    inner = Long.parseLong(value[value.length - 1]);
                }
            }
            return Optional.of(new Found(
                    pid,
                    Long.parseLong(field[19]),
                    Long.parseLong(field[1]),
                    Long.parseLong(field[3]),
                    uid,
                    inner,
                    namespaces));
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            // It ended while we looked.
            return Optional.empty();
        }
    }

    private static boolean hasMark(long pid, byte[] wanted) {
        byte[] environment;
        try {
            environment = Files.readAllBytes(PROC.resolve(pid + "/environ"));
        } catch (IOException e) {
            // It ended, or is somebody else's.
            return false;
        }
        return indexOf(environment, wanted) >= 0;
    }

    private static int indexOf(byte[] all, byte[] wanted) {
        // wanted begins with the end of the variable before it; the first variable has none before it.
        for (int at = -1; at <= all.length - wanted.length; at++) {
            int same = at < 0 ? 1 : 0;
            while (same < wanted.length && all[at + same] == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return at;
            }
        }
        return -1;
    }

    /** @return the command line's words; empty when it has ended */
    static List<String> commandLine(long pid) {
        try {
            String all = new String(Files.readAllBytes(PROC.resolve(pid + "/cmdline")), StandardCharsets.UTF_8);
            return List.of(all.split("\0"));
        } catch (IOException e) {
            return List.of();
        }
    }
}
