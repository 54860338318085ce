package dev.claudevm.provider.local;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.StartSpec;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A process that does one thing with a local provider, and can die in the middle of it or be another user. */
final class ChildControlPlane {

    static final int DIED = 99;

    private ChildControlPlane() {}

    /** @param words folder of the test, gateway, id, at which report of progress to die (0: never), what to do, generation */
    public static void main(String[] words) throws Exception {
        Path temp = Path.of(words[0]);
        String id = words[2];
        int deadly = Integer.parseInt(words[3]);
        var calls = new AtomicInteger();
        Progress progress = (step, done, detail) -> {
            if (calls.incrementAndGet() == deadly) {
                Runtime.getRuntime().halt(DIED);
            }
        };
        var provider = new LocalProvider(temp.resolve("home/workspaces"), LocalOptions.defaults());
        switch (words[4]) {
            case "create" ->
                provider.create(new CreateSpec(id, temp.resolve("source").toString(), null), progress);
            case "start" -> provider.start(spec(temp, words[1], id, Long.parseLong(words[5])), progress);
            case "stop" -> provider.stop(id, progress);
            case "delete" -> provider.delete(id, progress);
            case "status" -> System.out.println(provider.status(id));
            case "sandboxed" -> System.out.println(provider.capabilities().sandboxed());
            default -> throw new IllegalArgumentException(words[4]);
        }
    }

    static StartSpec spec(Path temp, String gateway, String id, long generation) {
        Path java = Path.of(System.getProperty("java.home"));
        return new StartSpec(
                id, generation, gateway, "key", null, "token", temp.resolve("kit"), java, temp.resolve("agents"));
    }

    record Ended(int exit, String output) {}

    /** @param uid whom to run it as; null: the same user */
    static Ended run(List<Path> classPath, @Nullable Integer uid, List<String> words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (uid != null) {
            command.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--"));
        }
        command.addAll(List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1", "-cp"));
        command.add(String.join(
                File.pathSeparator, classPath.stream().map(Path::toString).toList()));
        command.add(ChildControlPlane.class.getName());
        command.addAll(words);
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        String path = builder.environment().get("PATH");
        builder.environment().clear();
        builder.environment().put("PATH", path == null ? "/usr/bin:/bin" : path);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.directory(new File("/"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output.strip());
    }

    /** @return this JVM's class path, copied to where every user can read it */
    static List<Path> classPathForAll(Path into) throws IOException, InterruptedException {
        Files.createDirectories(into);
        List<Path> copied = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path copy = into.resolve(copied.size() + (entry.endsWith(".jar") ? ".jar" : ""));
            if (Files.exists(Path.of(entry))) {
                Shell.run(into, "cp -r -- '" + entry + "' '" + copy + "'");
                copied.add(copy);
            }
        }
        Shell.run(into, "chmod -R a+rX .");
        return copied;
    }
}
