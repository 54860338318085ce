package dev.claudevm.provider.contract;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.StartSpec;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A control plane in a process of its own, which does one thing with a provider, and can die in the middle of it without a goodbye or
 * be another user. A provider's tests have a main class that opens it, see {@link Task}.
 *
 * @param main that class
 * @param temp the test's folder, with {@code source}, {@code kit} and {@code agents} in it
 * @param address the gateway's
 * @param door the gateway's too; null: workspaces have no door
 * @param own what that class needs to know besides
 * @param classPath of the process
 * @param uid whom to run it as; null: the same user
 */
public record ChildControlPlane(
        Class<?> main,
        Path temp,
        String address,
        @Nullable Path door,
        String id,
        List<String> own,
        List<Path> classPath,
        @Nullable Integer uid) {

    /** The exit code of one that died in the middle of its work. */
    public static final int DIED = 99;

    /** One of the same user, with this JVM's class path. */
    public static ChildControlPlane of(
            Class<?> main, Path temp, String address, @Nullable Path door, String id, String... own) {
        List<Path> classPath = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .toList();
        return new ChildControlPlane(main, temp, address, door, id, List.of(own), classPath, null);
    }

    /** @return the same as another user, who may read nothing of ours: with a copy of the class path */
    public ChildControlPlane as(int user) throws IOException, InterruptedException {
        List<Path> readable = classPathForAll(temp.resolve("class path"));
        return new ChildControlPlane(main, temp, address, door, id, own, readable, user);
    }

    /** How it ended. @param output without white space around it */
    public record Ended(int exit, String output) {}

    /**
     * @param dieAt at which report of progress; 0: never
     * @param words what to do ({@code create}, {@code start}, {@code stop}, {@code delete}, {@code status}, {@code sandboxed}), and of
     *     a start the generation
     * @throws AssertionError when it ends in another way than well or as told
     */
    public Ended run(int dieAt, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (uid != null) {
            command.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--"));
        }
        command.addAll(List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1", "-cp"));
        command.add(String.join(
                File.pathSeparator, classPath.stream().map(Path::toString).toList()));
        command.add(main.getName());
        long generation = words.length > 1 ? Long.parseLong(words[1]) : 0;
        command.addAll(task(dieAt, words[0], generation).words());
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        String path = builder.environment().get("PATH");
        builder.environment().clear();
        builder.environment().put("PATH", path == null ? "/usr/bin:/bin" : path);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.directory(new File("/"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int exit = process.waitFor();
        if (exit != 0 && exit != DIED) {
            throw new AssertionError(exit + ": " + output);
        }
        return new Ended(exit, output);
    }

    /** Dies at each report of progress in turn, until one has done it all. @throws AssertionError when none died */
    public void untilItSurvives(String... words) throws IOException, InterruptedException {
        int deaths = 0;
        while (run(deaths + 1, words).exit() == DIED) {
            deaths++;
        }
        if (deaths == 0) {
            throw new AssertionError(words[0] + " reports no progress");
        }
    }

    /** @return how it starts the workspace */
    public StartSpec spec(long generation) {
        return task(0, "start", generation).spec();
    }

    private Task task(int dieAt, String what, long generation) {
        return new Task(temp, address, door, id, own, dieAt, what, generation);
    }

    /** @return this JVM's class path, copied to where every user can read it */
    private List<Path> classPathForAll(Path into) throws IOException, InterruptedException {
        Files.createDirectories(into);
        List<Path> copied = new ArrayList<>();
        for (Path entry : classPath) {
            Path copy = into.resolve(copied.size() + (entry.toString().endsWith(".jar") ? ".jar" : ""));
            if (Files.exists(entry)) {
                Shell.run(into, "cp -r -- '" + entry + "' '" + copy + "'");
                copied.add(copy);
            }
        }
        Shell.run(into, "chmod -R a+rX .");
        return copied;
    }

    /** What the process is to do, on its side: {@code main} makes one of its words, opens its provider and lets it {@link #perform}. */
    public record Task(
            Path temp,
            String address,
            @Nullable Path door,
            String id,
            List<String> own,
            int dieAt,
            String what,
            long generation) {

        /** @param words of its command line */
        public static Task of(String[] words) {
            return new Task(
                    Path.of(words[0]),
                    words[1],
                    words[2].isEmpty() ? null : Path.of(words[2]),
                    words[3],
                    List.of(words).subList(7, words.length),
                    Integer.parseInt(words[4]),
                    words[5],
                    Long.parseLong(words[6]));
        }

        private List<String> words() {
            List<String> words = new ArrayList<>(List.of(
                    temp.toString(),
                    address,
                    door == null ? "" : door.toString(),
                    id,
                    Integer.toString(dieAt),
                    what,
                    Long.toString(generation)));
            words.addAll(own);
            return words;
        }

        private StartSpec spec() {
            return new StartSpec(
                    id,
                    generation,
                    address,
                    "key",
                    door,
                    "token",
                    temp.resolve("kit"),
                    Path.of(System.getProperty("java.home")),
                    temp.resolve("agents"));
        }

        /** Does it, and ends the process. */
        public void perform(Provider provider) throws Exception {
            var calls = new AtomicInteger();
            Progress progress = (step, done, detail) -> {
                if (calls.incrementAndGet() == dieAt) {
                    Runtime.getRuntime().halt(DIED);
                }
            };
            switch (what) {
                case "create" ->
                    provider.create(new CreateSpec(id, temp.resolve("source").toString(), null), progress);
                case "start" -> provider.start(spec(), progress);
                case "stop" -> provider.stop(id, progress);
                case "delete" -> provider.delete(id, progress);
                case "status" -> System.out.println(provider.status(id));
                case "sandboxed" -> System.out.println(provider.capabilities().sandboxed());
                default -> throw new IllegalArgumentException(what);
            }
            System.out.flush();
            // Threads of a provider's would keep it.
            Runtime.getRuntime().halt(0);
        }
    }
}
