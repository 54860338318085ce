package dev.claudevm.provider.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.Ulimit;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The container of a workspace: one for many starts, made anew when what it is made of has changed. */
final class Containers {

    private static final long TMP_BYTES = 2L << 30;

    private final Engine engine;
    private final Names names;
    private final DockerOptions options;

    Containers(Engine engine, Names names, DockerOptions options) {
        this.engine = engine;
        this.names = names;
        this.options = options;
    }

    /**
     * What a container is made of.
     *
     * @param door the folder with the socket that leads to the gateway
     * @param caches folder with caches of classes
     */
    record Recipe(
            String workspaceId,
            Images.Image image,
            Kit kit,
            Path bridge,
            Path agents,
            Path caches,
            Path door,
            DockerFolder folder) {

        static Recipe of(StartSpec spec, Images.Image image, Kit kit, Path caches, Path door, DockerFolder folder) {
            return new Recipe(spec.workspaceId(), image, kit, spec.bridgeKit(), spec.agents(), caches, door, folder);
        }
    }

    Optional<InspectContainerResponse> find(String workspaceId) throws ProviderException {
        return engine.find(client ->
                client.inspectContainerCmd(names.container(workspaceId)).exec());
    }

    static boolean runs(InspectContainerResponse container) {
        var state = container.getState();
        // "Running" is also said of one that is paused or restarting.
        return state != null && Boolean.TRUE.equals(state.getRunning());
    }

    /** Makes it; one that is there and made of the same is taken. */
    void ready(Recipe recipe, Optional<InspectContainerResponse> there) throws ProviderException, IOException {
        network();
        writeEtc(recipe);
        Map<String, String> environment = environment(recipe);
        List<Mount> mounts = mounts(recipe);
        String madeWith = hash(recipe, environment, mounts);
        if (there.isPresent()) {
            var config = there.get().getConfig();
            Map<String, String> labels = config == null ? null : config.getLabels();
            if (labels != null && madeWith.equals(labels.get(Names.MADE_WITH))) {
                return;
            }
            remove(recipe.workspaceId());
        }
        Map<String, String> labels = new LinkedHashMap<>(names.labels(recipe.workspaceId()));
        labels.put(Names.MADE_WITH, madeWith);
        engine.order(client -> client.createContainerCmd(recipe.image().id())
                .withName(names.container(recipe.workspaceId()))
                .withLabels(labels)
                .withHostName(recipe.workspaceId())
                .withUser(ProjectUpload.AGENT + ":" + ProjectUpload.AGENT)
                .withWorkingDir(Mounts.PROJECT)
                .withEnv(environment.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList())
                .withEntrypoint(Kit.bash("/run/claude-vm/start/start.sh"))
                .withCmd(List.of())
                .withHostConfig(host().withMounts(mounts))
                .exec());
    }

    void start(String workspaceId) throws ProviderException {
        engine.order(
                client -> client.startContainerCmd(names.container(workspaceId)).exec());
    }

    /** An unknown one, and one that has ended by itself, are left as they are. */
    void stop(String workspaceId) throws ProviderException {
        engine.orderIfThere(client -> {
            try {
                client.stopContainerCmd(names.container(workspaceId))
                        .withTimeout((int) options.stopGrace().toSeconds())
                        .exec();
            } catch (NotModifiedException e) {
                // It ended by itself.
            }
        });
    }

    void remove(String workspaceId) throws ProviderException {
        engine.orderIfThere(client -> client.removeContainerCmd(names.container(workspaceId))
                .withForce(true)
                .exec());
    }

    private HostConfig host() {
        HostConfig host = Hardening.apply(HostConfig.newHostConfig(), options.pids())
                .withNetworkMode(names.network())
                .withReadonlyRootfs(true)
                .withUlimits(List.of(new Ulimit("core", 0L, 0L)))
                .withTmpFs(Map.of(
                        "/tmp", "rw,exec,nosuid,nodev,mode=1777,size=" + TMP_BYTES,
                        "/var/tmp", "rw,exec,nosuid,nodev,mode=1777,size=" + TMP_BYTES,
                        "/run", "rw,nosuid,nodev,mode=755,size=16m"));
        if (options.memoryBytes() != null) {
            host.withMemory(options.memoryBytes()).withMemorySwap(options.memoryBytes());
        }
        if (options.cpus() != null) {
            host.withNanoCPUs(Math.round(options.cpus() * 1e9));
        }
        return host;
    }

    private List<Mount> mounts(Recipe recipe) {
        return List.of(
                Mounts.volume(names.project(recipe.workspaceId()), Mounts.PROJECT),
                Mounts.volume(names.home(recipe.workspaceId()), Mounts.HOME),
                Mounts.kit(recipe.kit()),
                Mounts.readOnly(recipe.bridge(), "/opt/claude-vm/bridge"),
                Mounts.readOnly(recipe.agents(), "/opt/claude-vm/agents"),
                Mounts.readOnly(recipe.caches(), "/opt/claude-vm/caches"),
                Mounts.readOnly(recipe.folder().start(), "/run/claude-vm/start"),
                Mounts.readOnly(recipe.door(), "/run/claude-vm/home"),
                Mounts.readOnly(recipe.folder().etc("passwd"), "/etc/passwd"),
                Mounts.readOnly(recipe.folder().etc("group"), "/etc/group"));
    }

    private static Map<String, String> environment(Recipe recipe) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("PATH", Mounts.HOME + "/.local/bin:" + recipe.image().path() + ":" + Kit.INSIDE + "/bin");
        all.put("HOME", Mounts.HOME);
        all.put("USER", "agent");
        all.put("LOGNAME", "agent");
        all.put("SHELL", "/bin/bash");
        all.put("LANG", "C.UTF-8");
        all.put("TERM", "xterm-256color");
        all.put("CLAUDE_VM_WORKSPACE", recipe.workspaceId());
        all.put("CLAUDE_VM_PROJECT", Mounts.PROJECT);
        all.put("CLAUDE_VM_BRIDGE_HOME", Mounts.HOME + "/.claude-vm");
        all.put("CLAUDE_VM_AGENTS", "/opt/claude-vm/agents");
        return all;
    }

    /** The image's users and ours, who comes first and so gives 1000 its name. */
    private static void writeEtc(Recipe recipe) throws IOException {
        var passwd = new StringBuilder("agent:x:1000:1000:agent:" + Mounts.HOME + ":/bin/bash\n");
        for (String line : recipe.image().passwd()) {
            if (!line.startsWith("agent:")) {
                passwd.append(line).append('\n');
            }
        }
        var group = new StringBuilder("agent:x:1000:\n");
        for (String line : recipe.image().group()) {
            if (!line.startsWith("agent:")) {
                group.append(line).append('\n');
            }
        }
        recipe.folder().writeEtc("passwd", passwd.toString());
        recipe.folder().writeEtc("group", group.toString());
    }

    private String hash(Recipe recipe, Map<String, String> environment, List<Mount> mounts) {
        List<String> all = new ArrayList<>(List.of(
                "1",
                recipe.image().id(),
                environment.toString(),
                options.toString(),
                recipe.image().passwd().toString(),
                recipe.image().group().toString()));
        mounts.forEach(mount -> all.add(mount.getSource() + " " + mount.getTarget()));
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(String.join("\n", all).getBytes(StandardCharsets.UTF_8)),
                            0,
                            16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What is there once for all workspaces, after the last of them. One that is in use is left. */
    void removeNetwork() throws ProviderException, IOException {
        engine.order(client -> {
            try {
                client.removeNetworkCmd(names.network()).exec();
            } catch (NotFoundException | ConflictException e) {
                // None, or one that somebody has just begun to use.
            } catch (DockerException e) {
                if (e.getHttpStatus() != 403) {
                    throw e;
                }
            }
        });
        if (HostFirewall.possible()) {
            HostFirewall.open(names.bridge());
        }
    }

    /** The workspaces' own network: they do not see each other in it, and nothing of this machine where that can be had. */
    private void network() throws ProviderException {
        engine.order(client -> {
            boolean there = client.listNetworksCmd().withNameFilter(names.network()).exec().stream()
                    .anyMatch(network -> network.getName().equals(names.network()));
            if (there) {
                return;
            }
            try {
                client.createNetworkCmd()
                        .withName(names.network())
                        .withCheckDuplicate(true)
                        .withDriver("bridge")
                        .withLabels(names.labels())
                        .withOptions(Map.of(
                                "com.docker.network.bridge.name",
                                names.bridge(),
                                "com.docker.network.bridge.enable_icc",
                                "false"))
                        .exec();
            } catch (ConflictException e) {
                // Another start of this moment has made it.
            }
        });
    }
}
