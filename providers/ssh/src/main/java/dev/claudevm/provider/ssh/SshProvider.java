package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.material.ClassCache;
import dev.claudevm.provider.material.LinuxKit;
import dev.claudevm.provider.material.Trees;
import dev.claudevm.provider.ssh.Connection.Answer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Workspaces on a machine that is reached over SSH: a folder there for each, run by a script in a bubblewrap sandbox or as plain processes, away from the
 * connection. What is true is asked of the machine each time; a new instance over the same folder goes on.
 */
final class SshProvider implements Provider {

    private static final Pattern ID = Pattern.compile("[a-z0-9]+(-[a-z0-9]+){0,7}");
    private static final int MAX_ID_CHARS = 60;
    private static final int ABSENT = 4;

    /** Of programs and an agent, and for work. */
    private static final long ROOM_BYTES = 2_000_000_000;

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration REMOVAL = Duration.ofMinutes(15);

    private final ProviderSetup setup;
    private final SshOptions options;
    private final LinuxKit kit;
    private final Machine machine;
    private final Parts parts;
    private final AgentPrograms agents;
    private final Ways ways;
    private final Findings findings;

    SshProvider(ProviderSetup setup, SshOptions options) throws ProviderException {
        this.setup = setup;
        this.options = options;
        this.kit = new LinuxKit(setup.kits());
        try {
            this.machine = new Machine(options, Installation.of(setup.folder()));
        } catch (IOException e) {
            throw new ProviderException(
                    setup.folder() + " cannot be used: " + e.getMessage() + ".", "Make it writable for this user.", e);
        }
        this.parts = new Parts(machine);
        this.agents = new AgentPrograms(machine);
        this.ways = new Ways(setup.folder().resolve("ways"), machine);
        this.findings = new Findings(setup.folder().resolve("isolation"), options);
    }

    @Override
    public String kind() {
        return "ssh";
    }

    /** As it was found when a workspace was made or started last. */
    @Override
    public Capabilities capabilities() {
        return findings.capabilities();
    }

    @Override
    public void check() throws ProviderException {
        look(0);
    }

    private void look(long bytes) throws ProviderException {
        Survey survey = machine.survey();
        survey.require(options.target(), bytes);
        findings.heard(survey);
    }

    @Override
    public void close() {
        ways.close();
        machine.close();
    }

    @Override
    public void create(CreateSpec spec, Progress progress) throws ProviderException {
        String id = checked(spec.workspaceId());
        String step = "Machine " + machine.name();
        progress.step(step, false, null);
        machine.place();
        look(ROOM_BYTES);
        progress.step(step, true, null);
        new Creation(setup, options, machine, parts, ways, kit, findings, making(id)).create(spec, progress);
    }

    @Override
    public void start(StartSpec spec, Progress progress) throws ProviderException {
        String id = checked(spec.workspaceId());
        Path door = spec.door();
        if (door == null) {
            throw new ProviderException(
                    "The workspace was given no way home through a socket.", "Start claude-vm's server again.");
        }
        try {
            Path programs = kit.ready(setup.javaHome(), progress);
            Path cache = ClassCache.place(programs, spec.bridgeKit());
            Parts.Names names = parts.names(programs, spec.bridgeKit(), cache);
            String ready = machine.ask("ready", id, names.kit(), names.bridge(), names.cache());
            if (ready.equals("absent")) {
                throw absent(id);
            }
            if (ready.contains("kits")) {
                parts.bringKit(programs, names.kit(), progress);
            }
            if (ready.contains("bridges")) {
                parts.bringBridge(spec.bridgeKit(), names.bridge(), progress);
            }
            if (ready.contains("caches")) {
                parts.bringCache(cache, names.cache(), progress);
            }
            progress.step("Workspace started", false, null);
            ways.open(id, door);
            Answer said = machine.run(
                    Machine.Feed.of(spec.token() + "\n" + spec.gatewayHostKey() + "\n"),
                    PATIENCE,
                    () -> {},
                    "start",
                    id,
                    Long.toString(spec.generation()),
                    options.isolation().word(),
                    names.kit(),
                    names.bridge(),
                    names.cache(),
                    Long.toString(options.stopGrace().toSeconds()),
                    Ways.shortName(id),
                    Machine.INIT_NAME);
            if (said.exit() == ABSENT) {
                throw absent(id);
            }
            String[] how = machine.must("start", said).split("\n", 2);
            progress.step(
                    "Workspace started",
                    true,
                    switch (how[0]) {
                        case "sandbox" -> "in a sandbox on " + machine.name();
                        case "plain" -> "without isolation on " + machine.name();
                        default -> how[0];
                    });
            if (how[0].equals("sandbox")) {
                findings.found("works");
            } else if (how.length > 1) {
                findings.found(how[1]);
            }
            if (options.classCache()) {
                ClassCache.makeBeside(programs, spec.bridgeKit());
            }
        } catch (IOException e) {
            throw new ProviderException(id + " cannot be started: " + e.getMessage() + ".", "Try again.", e);
        }
    }

    private ProviderException absent(String id) {
        return new ProviderException(
                "There is no workspace " + id + " on " + machine.name() + ".",
                "Create it first, or delete the remains.");
    }

    @Override
    public boolean hasAgent(String workspaceId, Path folder, String name) throws ProviderException {
        checked(workspaceId);
        return agents.has(folder, name);
    }

    @Override
    public void bringAgent(String workspaceId, Path folder, String name, Progress progress) throws ProviderException {
        checked(workspaceId);
        agents.bring(folder, name, progress);
    }

    @Override
    public void stop(String workspaceId, Progress progress) throws ProviderException {
        String id = checked(workspaceId);
        machine.place();
        try {
            String status = machine.look(options.answer(), "status", id, Ways.shortName(id));
            if (status.startsWith("running")) {
                progress.step("Workspace stopped", false, null);
            }
            String grace = Long.toString(options.stopGrace().toSeconds());
            machine.look(PATIENCE, "stop", id, grace);
            ways.rests(id);
            if (status.startsWith("running")) {
                progress.step("Workspace stopped", true, null);
            }
        } catch (IOException e) {
            throw new ProviderException(id + " cannot be stopped: " + e.getMessage() + ".", "Try again.", e);
        }
    }

    @Override
    public void delete(String workspaceId, Progress progress) throws ProviderException {
        String id = checked(workspaceId);
        machine.place();
        try {
            boolean there = machine.look(options.answer(), "list").lines().anyMatch(id::equals);
            if (there) {
                progress.step("Workspace deleted", false, null);
            }
            machine.look(REMOVAL, "delete", id, Ways.shortName(id));
            ways.remove(id);
            Trees.delete(making(id));
            if (there) {
                progress.step("Workspace deleted", true, null);
            }
        } catch (IOException e) {
            throw new ProviderException(id + " cannot be deleted: " + e.getMessage() + ".", "Try again.", e);
        }
    }

    @Override
    public Set<String> list() throws ProviderException {
        Set<String> found = new TreeSet<>();
        machine.look(options.answer(), "list").lines().filter(this::isId).forEach(found::add);
        if (Files.isDirectory(setup.folder())) {
            try (DirectoryStream<Path> half = Files.newDirectoryStream(setup.folder(), "*.making")) {
                half.forEach(folder -> found.add(folder.getFileName().toString().replaceFirst("\\.making$", "")));
            } catch (IOException e) {
                throw new ProviderException(
                        setup.folder() + " cannot be read: " + e.getMessage() + ".", "Look at its rights.", e);
            }
        }
        return found;
    }

    @Override
    public Status status(String workspaceId) throws ProviderException {
        String id = checked(workspaceId);
        String said = machine.look(options.answer(), "status", id, Ways.shortName(id));
        if (said.startsWith("running")) {
            ways.runs(id, said.equals("running door"));
            return Status.RUNNING;
        }
        return said.equals("stopped") ? Status.STOPPED : Status.ABSENT;
    }

    private Path making(String id) {
        return setup.folder().resolve(id + ".making");
    }

    private boolean isId(String text) {
        return text.length() <= MAX_ID_CHARS && ID.matcher(text).matches();
    }

    private String checked(String workspaceId) throws ProviderException {
        if (!isId(workspaceId)) {
            throw new ProviderException(
                    "\"" + workspaceId + "\" is no workspace's id.", "Ids look like bold-fire-1234.");
        }
        return workspaceId;
    }
}
