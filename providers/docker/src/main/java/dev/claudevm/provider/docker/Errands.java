package dev.claudevm.provider.docker;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.material.ExternalProgram;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Containers that do one thing and go: without network, and removed whatever happens. */
final class Errands {

    private static final int MAX_OUTPUT_BYTES = 1 << 20;

    private final Engine engine;
    private final Names names;
    /** Names of those that go on in this process, from before they are made. */
    private final Set<String> mine = ConcurrentHashMap.newKeySet();

    Errands(Engine engine, Names names) {
        this.engine = engine;
        this.names = names;
    }

    /** Looks into an image, by the kit's own programs. First removes what a look of a process that died has left. */
    ExternalProgram.Result probe(String image, Kit kit) throws ProviderException {
        sweep();
        String script;
        try {
            script = new String(DockerFolder.resource("probe.sh"), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw engine.translate(e);
        }
        return run(
                image, names.labels(), List.of(Mounts.kit(kit)), "65534:65534", "/", List.of(), Kit.bash("-c", script));
    }

    /** Removes what a process that died has left, as far as it belongs to no workspace; that is removed with the workspace. */
    void sweep() throws ProviderException {
        engine.order(client -> {
            for (var container : client.listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(names.labels())
                    .exec()) {
                if (!container.getLabels().containsKey(Names.WORKSPACE)
                        && Arrays.stream(container.getNames()).noneMatch(name -> mine.contains(name.substring(1)))) {
                    try {
                        client.removeContainerCmd(container.getId())
                                .withForce(true)
                                .exec();
                    } catch (NotFoundException | ConflictException e) {
                        // Another one of us removes it.
                    }
                }
            }
        });
    }

    /**
     * Runs a program to its end.
     *
     * @param labels by which it is found when this process dies meanwhile
     * @return its exit code and what it said; the beginning of it when it is long
     */
    ExternalProgram.Result run(
            String image,
            Map<String, String> labels,
            List<Mount> mounts,
            String user,
            String folder,
            List<String> environment,
            List<String> command)
            throws ProviderException {
        return in(image, labels, mounts, user, folder, environment, command, (client, id) -> {
            client.startContainerCmd(id).exec();
            int exit = client.waitContainerCmd(id)
                    .exec(new WaitContainerResultCallback())
                    .awaitStatusCode();
            var output = new ByteArrayOutputStream();
            var heard = new ResultCallback.Adapter<Frame>() {
                @Override
                public void onNext(Frame frame) {
                    if (output.size() < MAX_OUTPUT_BYTES) {
                        output.writeBytes(frame.getPayload());
                    }
                }
            };
            try (var logs = client.logContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withFollowStream(false)
                    .exec(heard)) {
                logs.awaitCompletion();
            }
            return new ExternalProgram.Result(exit, output.toString(StandardCharsets.UTF_8));
        });
    }

    /** Unpacks an archive into the root of a container that never runs: what is mounted there is filled. */
    void unpack(String image, Map<String, String> labels, List<Mount> mounts, InputStream tar)
            throws ProviderException {
        in(image, labels, mounts, "0:0", "/", List.of(), Kit.bash("-c", "true"), (client, id) -> {
            client.copyArchiveToContainerCmd(id)
                    .withTarInputStream(tar)
                    .withRemotePath("/")
                    .exec();
            return true;
        });
    }

    @FunctionalInterface
    private interface Work<T> {
        T on(com.github.dockerjava.api.DockerClient client, String container) throws IOException, InterruptedException;
    }

    private <T> T in(
            String image,
            Map<String, String> labels,
            List<Mount> mounts,
            String user,
            String folder,
            List<String> environment,
            List<String> command,
            Work<T> work)
            throws ProviderException {
        String name = names.errand();
        mine.add(name);
        try {
            return engine.ask(client -> {
                client.createContainerCmd(image)
                        .withName(name)
                        .withLabels(labels)
                        .withUser(user)
                        .withWorkingDir(folder)
                        .withEnv(environment)
                        .withEntrypoint(command)
                        .withCmd(List.of())
                        .withHostConfig(Hardening.apply(HostConfig.newHostConfig(), 512)
                                .withNetworkMode("none")
                                .withMounts(mounts))
                        .exec();
                try {
                    return work.on(client, name);
                } finally {
                    boolean interrupted = Thread.interrupted();
                    try {
                        client.removeContainerCmd(name).withForce(true).exec();
                    } finally {
                        if (interrupted) {
                            Thread.currentThread().interrupt();
                        }
                    }
                }
            });
        } finally {
            mine.remove(name);
        }
    }
}
