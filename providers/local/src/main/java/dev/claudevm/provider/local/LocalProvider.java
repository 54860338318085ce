package dev.claudevm.provider.local;

import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.local.LocalOptions.IsolationChoice;
import dev.claudevm.provider.material.BranchCheckout;
import dev.claudevm.provider.material.ProjectSource;
import dev.claudevm.provider.material.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Workspaces on this machine. Each is a folder {@code <root>/<id>} with {@code project}, {@code home}, {@code bridge} (the bridge's state),
 * {@code run} and {@code provider.json}. Keeps nothing in memory that matters: a new instance over the same root goes on.
 */
public final class LocalProvider implements Provider {

    private static final Pattern ID = Pattern.compile("[a-z0-9]+(-[a-z0-9]+){0,7}");
    private static final int MAX_ID_CHARS = 60;

    private final Path root;
    private final Path home;
    private final LocalOptions options;
    private final Uids uids;
    private final FutureTask<Isolation> isolation;

    /** @param root {@code $CLAUDE_VM_HOME/workspaces}; made when it is missing. Its parent is the product's own folder */
    public LocalProvider(Path root, LocalOptions options) {
        this.root = root.toAbsolutePath().normalize();
        Path parent = this.root.getParent();
        this.home = parent == null ? this.root : parent;
        this.options = options;
        this.uids = new Uids(this.root.resolve(".next-uid"), options.uids());
        this.isolation = new FutureTask<>(() -> Isolation.find(options));
    }

    @Override
    public String kind() {
        return "local";
    }

    /** Found out at the first call, in some hundredths of a second, and kept. */
    @Override
    public Capabilities capabilities() {
        return Capabilities.ofThisMachine(isolation().sandboxed(), isolation().warnings());
    }

    private Isolation isolation() {
        // Does nothing when it has run.
        isolation.run();
        try {
            return isolation.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void create(CreateSpec spec, Progress progress) throws ProviderException {
        WorkspaceFolder workspace = folder(spec.workspaceId());
        WorkspaceFolder making = new WorkspaceFolder(root.resolve(spec.workspaceId() + ".making"));
        boolean done = false;
        try {
            Files.createDirectories(root);
            Trees.delete(making.folder());
            if (workspace.exists()) {
                progress.step("Project", true, "is there already");
                return;
            }
            ProjectSource source = ProjectSource.of(spec.source(), home);
            ProjectSource.checkBranch(spec.branch());
            making.make();
            var card = new WorkspaceFolder.Card(
                    1,
                    spec.workspaceId(),
                    spec.source() == null ? null : ProjectSource.hideSecrets(spec.source()),
                    spec.branch(),
                    isolation().root() ? uids.next(takenUids()::contains) : null,
                    UUID.randomUUID().toString(),
                    Instant.now().toString());
            making.write(card);
            bringProject(source, spec.branch(), making, card, progress);
            WorkspaceFolder.sync(making.folder());
            Files.move(making.folder(), workspace.folder(), StandardCopyOption.ATOMIC_MOVE);
            WorkspaceFolder.sync(root);
            done = true;
        } catch (IOException e) {
            throw ProjectSource.failed(Path.of(spec.workspaceId()), e);
        } finally {
            if (!done) {
                removeQuietly(making.folder());
            }
        }
    }

    private void bringProject(
            ProjectSource source,
            @Nullable String branch,
            WorkspaceFolder making,
            WorkspaceFolder.Card card,
            Progress progress)
            throws ProviderException, IOException {
        boolean checkOut = source.bring(branch, making.project(), progress);
        Integer uid = card.uid();
        if (uid != null) {
            Trees.giveTo(uid, List.of(making.project(), making.home(), making.bridge()));
        }
        if (checkOut && branch != null) {
            new BranchCheckout(new Errand(making, card, options, isolation())).checkOut(branch, progress);
        }
        // Whatever the source's folder allows: nobody but the workspace's user comes in.
        Files.setPosixFilePermissions(
                making.project(), java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
    }

    private Set<Integer> takenUids() throws IOException {
        Set<Integer> taken = new HashSet<>();
        try (var entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    var card = new WorkspaceFolder(entry).card();
                    if (card != null && card.uid() != null) {
                        taken.add(card.uid());
                    }
                }
            }
        }
        return taken;
    }

    @Override
    public void start(StartSpec spec, Progress progress) throws ProviderException {
        WorkspaceFolder workspace = folder(spec.workspaceId());
        try {
            var card = existing(workspace);
            Isolation can = isolation();
            if (options.isolation() == IsolationChoice.BUBBLEWRAP && !can.sandboxed()) {
                throw new ProviderException(
                        "The configuration asks for a sandbox, but there can be none: " + can.reason() + ".",
                        "Install or allow bubblewrap, or set \"isolation: none\" and read what that means.");
            }
            checkParts(spec);
            var processes = new WorkspaceProcesses(workspace, card);
            if (processes.running().filter(now -> now == spec.generation()).isPresent()) {
                progress.step("Workspace started", true, "runs already");
                return;
            }
            processes.stop(options.stopGrace());
            progress.step("Workspace started", false, null);
            workspace.writeScripts();
            var bridge = new Bridge(workspace, card, spec, options);
            Integer owner = card.uid();
            if (can.sandboxed()) {
                bridge.prepareMountPoint(owner);
                if (owner != null) {
                    Files.createDirectories(Path.of(Sandbox.STAGE));
                }
            }
            bridge.writeToken(owner);
            List<String> command = can.sandboxed() ? bridge.sandboxed(can) : bridge.plain(plainUser(spec, owner));
            processes.launch(spec.generation(), options.limits(), command);
            progress.step("Workspace started", true, can.sandboxed() ? "in a sandbox" : "without isolation");
        } catch (IOException e) {
            throw new ProviderException(
                    spec.workspaceId() + " cannot be started: " + e.getMessage(),
                    "Look at " + workspace.log() + " and try again.",
                    e);
        }
    }

    /** Root's own processes may look anywhere; the workspace's user needs a way through the folders above. */
    private @Nullable Integer plainUser(StartSpec spec, @Nullable Integer owner) throws IOException {
        boolean open = owner != null
                && WorkspaceProcesses.openToOthers(root)
                && WorkspaceProcesses.openToOthers(spec.bridgeKit())
                && WorkspaceProcesses.openToOthers(spec.javaHome())
                && WorkspaceProcesses.openToOthers(spec.agents());
        return open ? owner : null;
    }

    private static void checkParts(StartSpec spec) throws ProviderException {
        if (!Files.isDirectory(spec.bridgeKit().resolve("lib"))) {
            throw new ProviderException(
                    "The bridge is missing: there is no folder "
                            + spec.bridgeKit().resolve("lib") + ".",
                    "Build or install claude-vm again.");
        }
        if (!Files.isExecutable(spec.javaHome().resolve("bin/java"))) {
            throw new ProviderException(
                    "There is no Java at " + spec.javaHome() + ".", "Set JAVA_HOME of claude-vm's server to a JDK 25.");
        }
        if (!Files.isDirectory(spec.agents())) {
            throw new ProviderException("The agents' folder " + spec.agents() + " is missing.", "Create it.");
        }
    }

    @Override
    public void stop(String workspaceId, Progress progress) throws ProviderException {
        WorkspaceFolder workspace = folder(workspaceId);
        try {
            if (workspace.exists()) {
                progress.step("Workspace stopped", false, null);
                new WorkspaceProcesses(workspace, existing(workspace)).stop(options.stopGrace());
                progress.step("Workspace stopped", true, null);
            }
        } catch (IOException e) {
            throw new ProviderException(workspaceId + " cannot be stopped: " + e.getMessage(), "Try again.", e);
        }
    }

    @Override
    public void delete(String workspaceId, Progress progress) throws ProviderException {
        WorkspaceFolder workspace = folder(workspaceId);
        Path deleting = root.resolve(workspaceId + ".deleting");
        try {
            Trees.delete(root.resolve(workspaceId + ".making"));
            Trees.delete(deleting);
            if (workspace.exists()) {
                progress.step("Workspace deleted", false, null);
                var card = workspace.card();
                if (card != null) {
                    new WorkspaceProcesses(workspace, card).stop(Duration.ZERO);
                }
                // From here on it is gone for everybody, however long the files take.
                Files.move(workspace.folder(), deleting, StandardCopyOption.ATOMIC_MOVE);
                Trees.delete(deleting);
                progress.step("Workspace deleted", true, null);
            }
        } catch (IOException e) {
            throw new ProviderException(
                    workspaceId + " cannot be deleted: " + e.getMessage(), "Remove what is in the way; try again.", e);
        }
    }

    @Override
    public Set<String> list() throws ProviderException {
        Set<String> found = new TreeSet<>();
        if (!Files.isDirectory(root)) {
            return found;
        }
        try (var folders =
                Files.newDirectoryStream(root, folder -> Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS))) {
            for (Path folder : folders) {
                String id = folder.getFileName().toString().replaceFirst("\\.(making|deleting)$", "");
                if (ID.matcher(id).matches()) {
                    found.add(id);
                }
            }
        } catch (IOException e) {
            throw new ProviderException(root + " cannot be read: " + e.getMessage(), "Look at its rights.", e);
        }
        return found;
    }

    @Override
    public Status status(String workspaceId) throws ProviderException {
        WorkspaceFolder workspace = folder(workspaceId);
        if (!workspace.exists()) {
            return Status.ABSENT;
        }
        try {
            return new WorkspaceProcesses(workspace, existing(workspace))
                            .running()
                            .isPresent()
                    ? Status.RUNNING
                    : Status.STOPPED;
        } catch (IOException e) {
            throw new ProviderException(
                    "The state of " + workspaceId + " cannot be read: " + e.getMessage(), "Try again.", e);
        }
    }

    private WorkspaceFolder folder(String workspaceId) throws ProviderException {
        if (workspaceId.length() > MAX_ID_CHARS || !ID.matcher(workspaceId).matches()) {
            throw new ProviderException(
                    "\"" + workspaceId + "\" is no workspace's id.", "Ids look like bold-fire-1234.");
        }
        return new WorkspaceFolder(root.resolve(workspaceId));
    }

    private static WorkspaceFolder.Card existing(WorkspaceFolder workspace) throws IOException, ProviderException {
        var card = workspace.card();
        if (card == null) {
            throw new ProviderException(
                    "There is no workspace " + workspace.folder().getFileName() + " on this machine.",
                    "Create it first, or delete the remains.");
        }
        return card;
    }

    private static void removeQuietly(Path tree) {
        try {
            Trees.delete(tree);
        } catch (IOException e) {
            // The next call tries again; what went wrong before matters more.
        }
    }
}
