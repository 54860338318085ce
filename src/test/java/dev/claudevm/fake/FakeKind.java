package dev.claudevm.fake;

import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.ConfirmationNeeded;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.provider.ProviderOption;
import dev.claudevm.provider.ProviderOption.Type;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.provider.StartSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Machines inside the test's process, with every sort of option. Each has its own workspaces, by its folder. */
public final class FakeKind implements ProviderKind {

    public static final String HOST_KEY = "SHA256:abc";
    public static final String PASSWORD = "correct horse battery staple";

    private final Map<Path, FakeProvider> machines = new ConcurrentHashMap<>();

    @Override
    public String name() {
        return "machine";
    }

    @Override
    public String title() {
        return "A machine";
    }

    @Override
    public String help() {
        return "A machine in the test's process.";
    }

    @Override
    public List<ProviderOption> options() {
        return List.of(
                ProviderOption.of("host", Type.TEXT, "Host", "Its name.").asRequired(),
                ProviderOption.of("port", Type.NUMBER, "Port", "Where it listens.")
                        .withDefault("22"),
                ProviderOption.of("mood", Type.TEXT, "Mood", "How it is.")
                        .oneOf("good", "bad")
                        .withDefault("good"),
                ProviderOption.of("password", Type.TEXT, "Password", "Lets in.")
                        .asRequired()
                        .asSecret(),
                ProviderOption.of("key", Type.FILE, "Private key", "Lets in, too.")
                        .asSecret(),
                ProviderOption.of("hostKey", Type.TEXT, "Host key", "What it shows.")
                        .byConfirmation());
    }

    public FakeProvider machine(Path folder) {
        return machines.computeIfAbsent(folder, key -> new FakeProvider());
    }

    public void dieAll() {
        machines.values().forEach(FakeProvider::dieAll);
    }

    @Override
    public Provider open(ProviderSetup setup) throws ProviderException {
        if (setup.value("host").orElseThrow().contains(" ")) {
            throw new ProviderException("\"host\" has a space.", "Give a name without.");
        }
        return new Opened(machine(setup.folder()), setup);
    }

    /** A connection to a machine. */
    private static final class Opened implements Provider {

        private final FakeProvider machine;
        private final ProviderSetup setup;

        Opened(FakeProvider machine, ProviderSetup setup) {
            this.machine = machine;
            this.setup = setup;
        }

        @Override
        public void check() throws ProviderException {
            String shown = setup.value("hostKey").orElse("");
            if (shown.isEmpty()) {
                throw new ConfirmationNeeded("hostKey", HOST_KEY, "It shows the key " + HOST_KEY + ".", "Compare it.");
            }
            if (!shown.equals(HOST_KEY)) {
                throw new ProviderException("It shows another key.", "Look at it.");
            }
            if (!setup.value("password").orElseThrow().equals(PASSWORD)) {
                throw new ProviderException("The password is wrong.", "Give the right one.");
            }
        }

        @Override
        public String kind() {
            return "machine";
        }

        @Override
        public Capabilities capabilities() {
            return machine.capabilities();
        }

        @Override
        public void create(CreateSpec spec, Progress progress) throws ProviderException {
            machine.create(spec, progress);
        }

        @Override
        public void start(StartSpec spec, Progress progress) throws ProviderException {
            machine.start(spec, progress);
        }

        @Override
        public void stop(String workspaceId, Progress progress) throws ProviderException {
            machine.stop(workspaceId, progress);
        }

        @Override
        public void delete(String workspaceId, Progress progress) {
            machine.delete(workspaceId, progress);
        }

        @Override
        public Set<String> list() {
            return machine.list();
        }

        @Override
        public Status status(String workspaceId) {
            return machine.status(workspaceId);
        }
    }
}
