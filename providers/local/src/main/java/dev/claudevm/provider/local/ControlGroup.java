package dev.claudevm.provider.local;

import dev.claudevm.provider.local.LocalOptions.Limits;
import dev.claudevm.provider.material.ExternalProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Limits of memory, processors and processes for a workspace as a whole, where this machine lets us: one folder a hierarchy
 * (version 1) or one in all (version 2).
 */
record ControlGroup(List<Path> roots, String mark) {

    private static final String OURS = "claude-vm";

    /** What could be limited here. */
    record Support(boolean memory, boolean cpu) {}

    static ControlGroup of(String mark) {
        return new ControlGroup(findRoots(), mark);
    }

    private List<Path> folders() {
        return roots.stream().map(root -> root.resolve(OURS).resolve(mark)).toList();
    }

    /** @return the hierarchies that matter to us; unified (version 2) too, which finds processes even without controllers */
    private static List<Path> findRoots() {
        List<Path> roots = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
                String[] halves = line.split(" - ", 2);
                String[] kind = halves[1].split(" ");
                boolean wanted = kind[0].equals("cgroup2")
                        || (kind[0].equals("cgroup")
                                && List.of(kind[2].split(",")).stream()
                                        .anyMatch(List.of("memory", "cpu", "pids")::contains));
                Path root = Path.of(halves[0].split(" ")[4].replace("\\040", " "));
                if (wanted && Files.isWritable(root)) {
                    roots.add(root);
                }
            }
        } catch (IOException | RuntimeException e) {
            return List.of();
        }
        return roots;
    }

    /** Makes the groups with their limits. What cannot be had is left out: {@link #probe} says beforehand what that is. */
    void make(Limits limits) {
        for (Path root : roots) {
            Path folder = root.resolve(OURS).resolve(mark);
            try {
                Files.createDirectories(root.resolve(OURS));
                enable(root);
                enable(root.resolve(OURS));
                Files.createDirectories(folder);
            } catch (IOException e) {
                continue;
            }
            if (limits.memoryBytes() != null) {
                set(folder, "memory.max", limits.memoryBytes().toString());
                set(folder, "memory.limit_in_bytes", limits.memoryBytes().toString());
            }
            set(folder, "pids.max", Long.toString(limits.processes()));
            if (limits.cpus() != null) {
                long quota = Math.round(limits.cpus() * 100_000);
                set(folder, "cpu.max", quota + " 100000");
                set(folder, "cpu.cfs_quota_us", Long.toString(quota));
            }
        }
    }

    private static void enable(Path parent) {
        for (String controller : List.of("+memory", "+pids", "+cpu")) {
            set(parent, "cgroup.subtree_control", controller);
        }
    }

    private static void set(Path folder, String file, String value) {
        Path setting = folder.resolve(file);
        try {
            if (Files.exists(setting)) {
                Files.writeString(setting, value);
            }
        } catch (IOException e) {
            // The probe has told the person which limits there are.
        }
    }

    /** @return files that a process writes its pid into, to be limited with all that it starts */
    List<Path> doors() {
        return folders().stream()
                .map(folder -> folder.resolve("cgroup.procs"))
                .filter(Files::isWritable)
                .toList();
    }

    Set<Long> pids() {
        Set<Long> pids = new HashSet<>();
        for (Path folder : folders()) {
            try {
                Path procs = folder.resolve("cgroup.procs");
                if (Files.exists(procs)) {
                    Files.readAllLines(procs).forEach(pid -> pids.add(Long.parseLong(pid)));
                }
            } catch (IOException | NumberFormatException e) {
                // Being removed.
            }
        }
        return pids;
    }

    /** Removes the groups; one that has a process yet stays. */
    void remove() {
        for (Path folder : folders()) {
            try {
                Files.deleteIfExists(folder);
            } catch (IOException e) {
                // Empty and harmless; the next start uses it again.
            }
        }
    }

    /** Tries it with a process of ours. */
    static Support probe() {
        var group = of("probe-" + ProcessHandle.current().pid());
        try {
            group.make(new Limits(64, 64, 256L << 20, 1.0, 0));
            boolean memory = false;
            boolean cpu = false;
            for (Path door : group.doors()) {
                var joined = ExternalProgram.run(List.of("sh", "-c", "echo $$ >\"$1\"", "sh", door.toString()));
                if (joined.ok()) {
                    Path folder = door.resolveSibling(".");
                    memory |= Files.exists(folder.resolve("memory.max"))
                            || Files.exists(folder.resolve("memory.limit_in_bytes"));
                    cpu |= Files.exists(folder.resolve("cpu.max")) || Files.exists(folder.resolve("cpu.cfs_quota_us"));
                }
            }
            return new Support(memory, cpu);
        } catch (IOException e) {
            return new Support(false, false);
        } finally {
            group.remove();
        }
    }
}
