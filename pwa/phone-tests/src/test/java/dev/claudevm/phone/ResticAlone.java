package dev.claudevm.phone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** restic without us, with a repository in a folder: the floor of what is measured. What it makes stays there. */
final class ResticAlone {

    private final Path folder;
    private int restored;

    ResticAlone(Path folder) throws Exception {
        this.folder = Files.createDirectories(folder);
        var _ = run("init");
    }

    /** @return milliseconds */
    long backUp(Path... paths) throws Exception {
        List<String> words = new ArrayList<>(List.of("backup", "--json"));
        for (Path path : paths) {
            words.add(path.toString());
        }
        return run(words.toArray(String[]::new));
    }

    /** @return milliseconds of restoring the newest one into an empty folder */
    long restore() throws Exception {
        restored++;
        return run(
                "restore",
                "latest",
                "--target",
                folder.resolve("restored-" + restored).toString());
    }

    private long run(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("restic"));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile());
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv("PATH"));
        builder.environment().put("HOME", folder.toString());
        builder.environment()
                .put("RESTIC_REPOSITORY", folder.resolve("repository").toString());
        builder.environment().put("RESTIC_CACHE_DIR", folder.resolve("cache").toString());
        builder.environment().put("RESTIC_PASSWORD", "alone");
        long began = System.nanoTime();
        int code = builder.start().waitFor();
        long took = (System.nanoTime() - began) / 1_000_000;
        if (code != 0) {
            throw new IOException(Files.readString(folder.resolve("said")));
        }
        return took;
    }
}
