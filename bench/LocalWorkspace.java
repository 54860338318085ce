import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.contract.ProbeGateway;
import dev.claudevm.provider.local.LocalOptions;
import dev.claudevm.provider.local.LocalProvider;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** See bench/local-workspace. */
final class LocalWorkspace {

    private static final Map<String, List<Double>> FIGURES = new LinkedHashMap<>();

    interface Work {
        void run() throws Exception;
    }

    public static void main(String[] words) throws Exception {
        int rounds = Integer.parseInt(words[0]);
        Path temp = Files.createTempDirectory("bench-local-workspace");
        Path repository = Files.createDirectories(temp.resolve("repository"));
        shell(repository, "git init -q . && for n in $(seq 200); do echo $n >file$n; done && git add ."
                + " && git -c user.name=b -c user.email=b@example.org commit -qm first");
        Path kit = ProbeGateway.writeKit(temp.resolve("kit"));
        Path agents = Files.createDirectories(temp.resolve("agents"));
        Path java = Path.of(System.getProperty("java.home"));
        Progress quiet = (step, done, detail) -> {};
        var provider = new LocalProvider(temp.resolve("home/workspaces"), LocalOptions.defaults());
        time("detection, once", () -> System.out.println(provider.capabilities()));
        try (var gateway = new ProbeGateway()) {
            for (int round = -2; round < rounds; round++) {
                if (round == 0) {
                    List<Double> once = FIGURES.get("detection, once");
                    FIGURES.clear();
                    FIGURES.put("detection, once", once);
                }
                String id = "bench-" + (round + 10);
                time("floor: cp -a", () -> shell(temp, "cp -a repository floor && rm -rf floor"));
                time("floor: bwrap true", () -> shell(temp, "bwrap --unshare-all --ro-bind / / true"));
                time("floor: java says hello", () -> shell(temp, "'" + java + "/bin/java' -cp 'kit/lib/*' dev.claudevm.bridge.BridgeMain || true"));
                time("create (200 files)", () -> provider.create(new CreateSpec(id, repository.toString(), null), quiet));
                var spec = new StartSpec(id, 1, gateway.address(), "key", null, "token", kit, java, agents);
                long began = System.nanoTime();
                time("start returns", () -> provider.start(spec, quiet));
                gateway.next();
                FIGURES.computeIfAbsent("start to the probe's first words", x -> new ArrayList<>())
                        .add((System.nanoTime() - began) / 1e6);
                time("status", () -> provider.status(id));
                time("stop", () -> provider.stop(id, quiet));
                time("delete", () -> provider.delete(id, quiet));
            }
        } finally {
            shell(Path.of("/"), "rm -rf '" + temp + "'");
        }
        System.out.printf("%-36s %10s %10s%n", "", "median ms", "max ms");
        FIGURES.forEach((what, all) -> {
            all.sort(null);
            System.out.printf("%-36s %10.1f %10.1f%n", what, all.get(all.size() / 2), all.getLast());
        });
        System.exit(0);
    }

    private static void time(String what, Work work) throws Exception {
        long began = System.nanoTime();
        work.run();
        FIGURES.computeIfAbsent(what, x -> new ArrayList<>()).add((System.nanoTime() - began) / 1e6);
    }

    private static void shell(Path folder, String line) throws Exception {
        var process = new ProcessBuilder("bash", "-c", line)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(new File("/dev/null"))
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(line + " failed");
        }
    }
}
