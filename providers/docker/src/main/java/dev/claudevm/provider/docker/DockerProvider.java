package dev.claudevm.provider.docker;

import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.material.ClassCache;
import dev.claudevm.provider.material.KitUse;
import dev.claudevm.provider.material.LinuxKit;
import dev.claudevm.provider.material.ProjectSource;
import dev.claudevm.provider.material.Trees;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Workspaces in containers of a Docker Engine on this machine: a volume for the project, one for the agent's home, and a container that may be made anew at any start.
 * Keeps nothing in memory that matters: a new instance over the same root and Engine goes on.
 */
public final class DockerProvider implements Provider {

    private static final String NETWORK =
            "Workspaces use Docker's network: the agent can reach the internet and your local network";
    private static final String HOST = ", and what listens on this machine's addresses other than loopback";

    private final Path root;
    private final Path javaHome;
    private final DockerOptions options;
    private final Names names;
    private final Engine engine;
    private final Errands errands;
    private final Images images;
    private final Containers containers;
    private final Belongings belongings;
    private final Creation creation;
    private final LinuxKit kit;
    private @Nullable Capabilities capabilities;

    /**
     * @param root {@code $CLAUDE_VM_HOME/docker}; made when it is missing. Its parent is the product's own folder
     * @param kits where kits and caches of classes are kept
     * @param javaHome the JDK that runtimes for workspaces are linked of
     * @throws IOException the root cannot be used
     */
    public DockerProvider(Path root, Path kits, Path javaHome, DockerOptions options) throws IOException {
        this(
                root,
                Objects.requireNonNullElse(root.toAbsolutePath().normalize().getParent(), root),
                kits,
                javaHome,
                options);
    }

    DockerProvider(Path root, Path home, Path kits, Path javaHome, DockerOptions options) throws IOException {
        this.root = root.toAbsolutePath().normalize();
        this.javaHome = javaHome;
        this.options = options;
        this.names = Names.of(this.root);
        this.engine = new Engine(options.host());
        this.errands = new Errands(engine, names);
        this.images = new Images(engine, errands);
        this.containers = new Containers(engine, names, options);
        this.belongings = new Belongings(engine, names);
        this.creation = new Creation(
                engine,
                names,
                belongings,
                errands,
                images,
                home.toAbsolutePath().normalize());
        this.kit = new LinuxKit(kits.toAbsolutePath().normalize());
    }

    @Override
    public String kind() {
        return "docker";
    }

    /** Found out at the first call, in some hundredths of a second, and kept. */
    @Override
    public synchronized Capabilities capabilities() {
        Capabilities known = capabilities;
        if (known == null) {
            String warning = NETWORK + (HostFirewall.possible() ? "" : HOST) + ".";
            known = new Capabilities(true, true, true, true, true, List.of(warning));
            capabilities = known;
        }
        return known;
    }

    @Override
    public void check() throws ProviderException {
        engine.ping();
    }

    @Override
    public void create(CreateSpec spec, Progress progress) throws ProviderException {
        String id = spec.workspaceId();
        DockerFolder folder = folder(id);
        Path making = root.resolve(id + ".making");
        boolean done = false;
        try {
            if (folder.card() != null) {
                progress.step("Project", true, "is there already");
                done = true;
                return;
            }
            String image = spec.image() == null ? options.image() : spec.image();
            creation.make(spec, image, making, () -> new Kit(kit.ready(javaHome, progress)), progress);
            folder.write(new DockerFolder.Card(1, id, image, Instant.now().toString()));
            done = true;
        } catch (IOException e) {
            throw ProjectSource.failed(Path.of(id), e);
        } finally {
            cleanUp(id, making, done);
        }
    }

    /** Also when the thread was interrupted; what went wrong before matters more than what goes wrong here. */
    private void cleanUp(String id, Path making, boolean done) {
        boolean interrupted = Thread.interrupted();
        try {
            Trees.delete(making);
            if (!done) {
                belongings.remove(id);
            }
        } catch (IOException | ProviderException e) {
            System.getLogger(DockerProvider.class.getName())
                    .log(System.Logger.Level.WARNING, "Remains of " + id + ": " + e.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void start(StartSpec spec, Progress progress) throws ProviderException {
        String id = spec.workspaceId();
        DockerFolder folder = folder(id);
        try {
            DockerFolder.Card card = existing(folder);
            Path door = spec.door();
            if (door == null) {
                throw new ProviderException(
                        "The workspace was given no way home through a socket.", "Start claude-vm's server again.");
            }
            var there = containers.find(id);
            if (there.isPresent() && Containers.runs(there.get())) {
                if (folder.generation() == spec.generation()) {
                    progress.step("Workspace started", true, "runs already");
                    return;
                }
                containers.stop(id);
            }
            progress.step("Workspace started", false, null);
            var closed = closePorts();
            // The Engine removes none of which a container is made.
            if (there.isEmpty() && !belongings.hasVolumes(id)) {
                throw new ProviderException(
                        "The volumes of " + id + " are gone; somebody removed them from Docker.",
                        "Delete the workspace and make a new one.");
            }
            Path ready = kit.ready(javaHome, progress);
            KitUse.mark(id, ready);
            Images.Image image = images.ready(card.image(), new Kit(ready), progress);
            Path cache = ClassCache.place(ready, spec.bridgeKit());
            Path caches = Files.createDirectories(cache.resolveSibling(""));
            folder.write(spec, environment(spec, cache));
            var recipe = Containers.Recipe.of(spec, image, new Kit(ready), caches, door, folder);
            containers.ready(recipe, there);
            if (!closed.join()) {
                throw new ProviderException(
                        "The ports of this machine could not be closed to workspaces in Docker: iptables refused a rule.",
                        "Try again; iptables -I INPUT -i " + names.bridge() + " -j REJECT says why.");
            }
            containers.start(id);
            progress.step("Workspace started", true, card.image());
            if (options.classCache()) {
                ClassCache.makeBeside(ready, spec.bridgeKit());
            }
        } catch (IOException e) {
            throw new ProviderException(id + " cannot be started: " + e.getMessage(), "Try again.", e);
        }
    }

    /**
     * Begins to close the ports of this machine; there is time for it while the Engine is asked.
     *
     * @return whether they are closed, or cannot be here, which the warning says
     */
    private CompletableFuture<Boolean> closePorts() {
        var closed = new CompletableFuture<Boolean>();
        // Reads a process's output: not in a virtual thread.
        Thread.ofPlatform().daemon().name("docker-ports").start(() -> {
            try {
                closed.complete(!HostFirewall.possible() || HostFirewall.close(names.bridge()));
            } catch (IOException | RuntimeException e) {
                closed.complete(false);
            }
        });
        return closed;
    }

    private static Map<String, String> environment(StartSpec spec, Path cache) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("CLAUDE_VM_GENERATION", Long.toString(spec.generation()));
        all.put("CLAUDE_VM_GATEWAY", "/run/claude-vm/home/" + StartSpec.DOOR_SOCKET);
        all.put("CLAUDE_VM_GATEWAY_KEY", spec.gatewayHostKey());
        all.put("CLAUDE_VM_CACHE", String.valueOf(cache.getFileName()));
        return all;
    }

    @Override
    public void stop(String workspaceId, Progress progress) throws ProviderException {
        folder(workspaceId);
        var there = containers.find(workspaceId);
        if (there.isPresent() && Containers.runs(there.get())) {
            progress.step("Workspace stopped", false, null);
            containers.stop(workspaceId);
            progress.step("Workspace stopped", true, null);
        }
    }

    @Override
    public void delete(String workspaceId, Progress progress) throws ProviderException {
        DockerFolder folder = folder(workspaceId);
        try {
            boolean there = Files.exists(folder.folder());
            if (there) {
                progress.step("Workspace deleted", false, null);
            }
            containers.remove(workspaceId);
            // From here on it is gone for everybody, however long the files take.
            folder.forgetCard();
            belongings.remove(workspaceId);
            Trees.delete(root.resolve(workspaceId + ".making"));
            Trees.delete(folder.folder());
            if (list().isEmpty()) {
                errands.sweep();
                containers.removeNetwork();
            }
            if (there) {
                progress.step("Workspace deleted", true, null);
            }
        } catch (IOException e) {
            throw new ProviderException(
                    workspaceId + " cannot be deleted: " + e.getMessage(), "Remove what is in the way; try again.", e);
        }
    }

    @Override
    public Set<String> list() throws ProviderException {
        Set<String> found = belongings.ids();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder)) {
                    String id = folder.getFileName().toString().replaceFirst("\\.making$", "");
                    if (Names.isId(id)) {
                        found.add(id);
                    }
                }
            }
        } catch (IOException e) {
            throw new ProviderException(root + " cannot be read: " + e.getMessage(), "Look at its rights.", e);
        }
        return found;
    }

    @Override
    public Status status(String workspaceId) throws ProviderException {
        DockerFolder folder = folder(workspaceId);
        try {
            if (folder.card() == null) {
                return Status.ABSENT;
            }
        } catch (IOException e) {
            throw new ProviderException(
                    "The state of " + workspaceId + " cannot be read: " + e.getMessage(), "Try again.", e);
        }
        var there = containers.find(workspaceId);
        if (there.isPresent()) {
            return Containers.runs(there.get()) ? Status.RUNNING : Status.STOPPED;
        }
        return belongings.hasVolumes(workspaceId) ? Status.STOPPED : Status.ABSENT;
    }

    private DockerFolder folder(String workspaceId) throws ProviderException {
        if (!Names.isId(workspaceId)) {
            throw new ProviderException(
                    "\"" + workspaceId + "\" is no workspace's id.", "Ids look like bold-fire-1234.");
        }
        return new DockerFolder(root.resolve(workspaceId));
    }

    private static DockerFolder.Card existing(DockerFolder folder) throws IOException, ProviderException {
        var card = folder.card();
        if (card == null) {
            throw new ProviderException(
                    "There is no workspace " + folder.folder().getFileName() + " in Docker.",
                    "Create it first, or delete the remains.");
        }
        return card;
    }
}
