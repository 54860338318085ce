package dev.claudevm.phone;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Watches what a JVM takes, by {@code jstat}, which costs the JVM nothing, beside how much there is in a folder. */
final class Memory implements AutoCloseable {

    private static final String EVERY = "200ms";
    private static final int QUARTERS = 4;

    /** @param folderBytes how much there is in the folder. @param rss in MB. @param heap in MB */
    private record Sample(long folderBytes, long rss, long heap) {}

    private final Process jstat;
    private final Thread reader;
    private final List<Sample> samples = new ArrayList<>();

    Memory(long pid, Path folder) throws IOException {
        jstat = new ProcessBuilder(tool("jstat"), "-gc", Long.toString(pid), EVERY)
                .redirectErrorStream(true)
                .start();
        reader = Thread.ofPlatform().daemon().start(() -> read(pid, folder));
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private void read(long pid, Path folder) {
        try (BufferedReader lines = jstat.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains("S0C")) {
                    continue;
                }
                long heap = heap(line);
                Sample sample = new Sample(bytes(folder), rss(pid), heap);
                synchronized (samples) {
                    samples.add(sample);
                }
            }
        } catch (IOException ended) {
            // There is no more.
        }
    }

    /** S0C S1C S0U S1U EC EU OC OU …, in kB. */
    private static long heap(String line) {
        String[] columns = line.strip().split("\\s+");
        double kb = 0;
        for (int used : new int[] {2, 3, 5, 7}) {
            kb += Double.parseDouble(columns[used]);
        }
        return Math.round(kb / 1024);
    }

    private static long bytes(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.mapToLong(path -> path.toFile().length()).sum();
        } catch (IOException | java.io.UncheckedIOException changing) {
            return 0;
        }
    }

    /** @return MB */
    static long rss(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException gone) {
            return 0;
        }
    }

    /** @return the heap's MB in use after a full collection */
    static long collected(long pid) throws Exception {
        run(tool("jcmd"), Long.toString(pid), "GC.run");
        return run(tool("jstat"), "-gc", Long.toString(pid))
                .lines()
                .filter(line -> !line.contains("S0C") && !line.isBlank())
                .mapToLong(Memory::heap)
                .findFirst()
                .orElseThrow();
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(said);
        }
        return said;
    }

    /** @return by the quarter of what came into the folder, the highest RSS and the highest heap in MB */
    TreeMap<Long, long[]> quarters() {
        TreeMap<Long, long[]> quarters = new TreeMap<>();
        synchronized (samples) {
            long from = samples.getFirst().folderBytes();
            long all = Math.max(
                    1, samples.stream().mapToLong(Sample::folderBytes).max().orElse(0) - from);
            for (Sample sample : samples) {
                long quarter = Math.min(QUARTERS - 1, Math.max(0, sample.folderBytes() - from) * QUARTERS / all);
                long[] highest = quarters.computeIfAbsent(quarter, _ -> new long[2]);
                highest[0] = Math.max(highest[0], sample.rss());
                highest[1] = Math.max(highest[1], sample.heap());
            }
        }
        return quarters;
    }

    static String words(TreeMap<Long, long[]> quarters, int which) {
        return quarters.values().stream()
                .map(highest -> Long.toString(highest[which]))
                .collect(Collectors.joining(", "));
    }

    @Override
    public void close() throws Exception {
        jstat.destroy();
        jstat.waitFor();
        reader.join();
    }
}
