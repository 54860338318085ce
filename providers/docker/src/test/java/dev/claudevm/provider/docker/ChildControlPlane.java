package dev.claudevm.provider.docker;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.testkit.DockerEngine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A process that does one thing with Docker, and can die in the middle of it without a goodbye. */
final class ChildControlPlane {

    static final int DIED = 99;

    private ChildControlPlane() {}

    /** @param words test's folder, kits, Engine, door, id, at which report of progress to die (0: never), what to do, generation */
    public static void main(String[] words) throws Exception {
        Path temp = Path.of(words[0]);
        String id = words[4];
        int deadly = Integer.parseInt(words[5]);
        var calls = new AtomicInteger();
        Progress progress = (step, done, detail) -> {
            if (calls.incrementAndGet() == deadly) {
                Runtime.getRuntime().halt(DIED);
            }
        };
        Path java = Path.of(System.getProperty("java.home"));
        var options = DockerOptions.defaults()
                .withHost(words[2])
                .withImage(DockerEngine.IMAGE)
                .withClassCache(false);
        var provider = new DockerProvider(temp.resolve("home/docker"), Path.of(words[1]), java, options);
        switch (words[6]) {
            case "create" ->
                provider.create(new CreateSpec(id, temp.resolve("source").toString(), null), progress);
            case "start" ->
                provider.start(
                        new StartSpec(
                                id,
                                Long.parseLong(words[7]),
                                "127.0.0.1:1",
                                "key",
                                Path.of(words[3]),
                                "token",
                                temp.resolve("kit"),
                                java,
                                temp.resolve("agents")),
                        progress);
            case "stop" -> provider.stop(id, progress);
            case "delete" -> provider.delete(id, progress);
            default -> throw new IllegalArgumentException(words[6]);
        }
        // Threads of the client's would keep it.
        Runtime.getRuntime().halt(0);
    }

    /** @return the exit code; 0 or {@link #DIED} */
    static int run(List<String> words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ChildControlPlane.class.getName()));
        command.addAll(words);
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        String path = builder.environment().get("PATH");
        builder.environment().clear();
        builder.environment().put("PATH", path == null ? "/usr/bin:/bin" : path);
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        if (exit != 0 && exit != DIED) {
            throw new AssertionError(exit + ": " + said);
        }
        return exit;
    }
}
