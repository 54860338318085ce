package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps copies of agents' programs on the machine, each when it is needed there, one after the other. What has not changed is not sent again. The list of what
 * has come is written last, so a program that was cut off on its way is sent again.
 */
final class AgentPrograms {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Machine machine;
    private final ReentrantLock lock = new ReentrantLock();

    AgentPrograms(Machine machine) {
        this.machine = machine;
    }

    /** @return whether the program is there as it is here; also when there is none here */
    boolean has(Path agents, String name) throws ProviderException {
        Map<String, String> here = list(agents, name);
        return here.isEmpty() || here.equals(of(name, there()));
    }

    /** Blocks until {@link #has}. */
    void bring(Path agents, String name, Progress progress) throws ProviderException {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderException("Interrupted.", "Try again.", e);
        }
        try {
            Map<String, String> here = list(agents, name);
            Map<String, String> there = there();
            Map<String, String> before = of(name, there);
            if (here.isEmpty() || here.equals(before)) {
                return;
            }
            List<String> changed = here.entrySet().stream()
                    .filter(file -> !file.getValue().equals(before.get(file.getKey())))
                    .map(Map.Entry::getKey)
                    .toList();
            // What is not listed has not come: also when this ends in the middle of a file that was there before.
            there.keySet().removeAll(before.keySet());
            Map<String, String> kept = new TreeMap<>(before);
            kept.keySet().retainAll(here.keySet());
            kept.keySet().removeAll(changed);
            there.putAll(kept);
            if (kept.size() < before.size()) {
                write(there, progress);
            }
            if (!changed.isEmpty()) {
                send(agents, name, changed, progress);
            }
            Set<String> gone = new HashSet<>(before.keySet());
            gone.removeAll(here.keySet());
            if (!gone.isEmpty()) {
                feed("agents-gone", String.join("\0", gone) + "\0", progress);
            }
            there.putAll(here);
            write(there, progress);
        } catch (IOException e) {
            throw new ProviderException(
                    "The program of " + name + " cannot be read: " + e.getMessage() + ".", "Try again.", e);
        } finally {
            lock.unlock();
        }
    }

    private void send(Path agents, String name, List<String> changed, Progress progress)
            throws ProviderException, IOException {
        String step = "Program of " + name + " for " + machine.name();
        progress.step(step, false, null);
        Path names = Files.createTempFile("agents", ".names");
        try {
            Files.writeString(names, String.join("\0", changed) + "\0");
            var source = new TarStream.Source(
                    agents, List.of("--no-recursion", "--null", "--verbatim-files-from", "--files-from=" + names));
            machine.askThere(
                    "copy the program of " + name, source, PATIENCE, source.watch(step, progress), "agents-take");
        } finally {
            Files.deleteIfExists(names);
        }
        progress.step(step, true, null);
    }

    private void write(Map<String, String> files, Progress progress) throws ProviderException {
        var text = new StringBuilder();
        files.forEach(
                (name, state) -> text.append(state).append('\t').append(name).append('\n'));
        feed("agents-are", text.toString(), progress);
    }

    private void feed(String command, String text, Progress progress) throws ProviderException {
        machine.askThere("note agents' programs", Machine.Feed.of(text), PATIENCE, Machine.wanted(progress), command);
    }

    private Map<String, String> there() throws ProviderException {
        String list =
                machine.askThere("look for agents' programs", Machine.Feed.NOTHING, PATIENCE, () -> {}, "agents-list");
        Map<String, String> files = new TreeMap<>();
        for (String line : list.split("\n")) {
            int tab = line.indexOf('\t');
            if (tab > 0) {
                files.put(line.substring(tab + 1), line.substring(0, tab));
            }
        }
        return files;
    }

    private static Map<String, String> of(String name, Map<String, String> all) {
        Map<String, String> files = new TreeMap<>(all);
        files.keySet().removeIf(file -> !file.equals(name) && !file.startsWith(name + "/"));
        return files;
    }

    /** @return what each file is like, by its path; what is being made is left out */
    private static Map<String, String> list(Path agents, String name) throws ProviderException {
        Map<String, String> files = new TreeMap<>();
        try {
            Files.walkFileTree(agents.resolve(name), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    String name = String.valueOf(folder.getFileName());
                    return name.startsWith(".") && name.endsWith(".new")
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    String path = agents.relativize(file).toString();
                    if (!path.contains("\n") && (attributes.isRegularFile() || attributes.isSymbolicLink())) {
                        String state = attributes.isSymbolicLink()
                                ? "link " + Files.readSymbolicLink(file)
                                : attributes.size() + " "
                                        + attributes.lastModifiedTime().toMillis() + " "
                                        + PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                        files.put(path, state.replaceAll("[\\t\\n]", "?"));
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw new ProviderException(
                    "The program of " + name + " cannot be read: " + e.getMessage() + ".", "Look at its rights.", e);
        }
        return files;
    }
}
