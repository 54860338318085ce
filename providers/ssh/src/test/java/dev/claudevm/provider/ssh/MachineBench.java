package dev.claudevm.provider.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.testkit.Kits;
import dev.claudevm.testkit.SshMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A machine behind a real sshd, one for all tests of this JVM, and the providers that a test opens on it. After each test nothing of them is left there. */
@SuppressWarnings("NullAway.Init")
final class MachineBench implements BeforeAllCallback, AfterEachCallback {

    static final Path JAVA = Path.of(System.getProperty("java.home"));
    private static final String FOLDER = ".claude-vm-machine";

    private final List<Provider> opened = new ArrayList<>();
    private Shared shared;

    private record Shared(SshMachine machine) implements ExtensionContext.Store.CloseableResource {

        static Shared start() {
            try {
                return new Shared(SshMachine.start());
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() throws Throwable {
            machine.close();
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        ExtensionContext.Store all = context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL);
        shared = all.getOrComputeIfAbsent(Shared.class, key -> Shared.start(), Shared.class);
    }

    SshMachine machine() {
        return shared.machine();
    }

    /** @return the folder on the machine in which workspaces are, when a test says nothing else */
    Path folder() {
        return machine().home().resolve(FOLDER);
    }

    String fingerprint() {
        try {
            return machine().fingerprint();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Opens one beside somebody else's workspace on the machine: so the programs are not copied for each test anew. */
    Provider open(Path temp) {
        try {
            Path others = folder().resolve("others");
            Files.createDirectories(others.resolve("w/theirs"));
            if (!Files.getOwner(machine().home()).equals(Files.getOwner(others))) {
                for (Path path = others.resolve("w/theirs");
                        !path.equals(machine().home());
                        path = path.getParent()) {
                    Files.setOwner(path, Files.getOwner(machine().home()));
                }
            }
            return open(temp, "ssh", Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param temp the test's own folder
     * @param name of the provider
     * @param changes of its options; an empty one is left out
     */
    Provider open(Path temp, String name, Map<String, String> changes) {
        return open(new SshKind(null, false), temp, name, changes);
    }

    Provider open(SshKind kind, Path temp, String name, Map<String, String> changes) {
        return open(kind, temp, name, changes, Kits.shared());
    }

    /** @param kits where programs for machines are kept */
    Provider open(SshKind kind, Path temp, String name, Map<String, String> changes, Path kits) {
        try {
            Map<String, String> values = new HashMap<>(Map.of(
                    "host", "127.0.0.1",
                    "port", Integer.toString(machine().port()),
                    "user", machine().user(),
                    "key", Files.readString(machine().key()),
                    "hostKey", fingerprint(),
                    "folder", "~/" + FOLDER));
            values.putAll(changes);
            values.values().removeIf(String::isEmpty);
            Path home = temp.resolve("odd home ü 'x'");
            return open(kind, new ProviderSetup(name, values, home.resolve(name), home, kits, JAVA));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param agent the socket of an SSH agent. @param values all options */
    Provider openWithAgent(Path temp, Path agent, Map<String, String> values) {
        return open(
                new SshKind(agent, false),
                new ProviderSetup("j", values, temp.resolve("j"), temp, Kits.shared(), JAVA));
    }

    private Provider open(SshKind kind, ProviderSetup setup) {
        try {
            Provider made = kind.open(setup);
            opened.add(made);
            return made;
        } catch (ProviderException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        opened.forEach(Provider::close);
        opened.clear();
        try (Stream<Path> left = Files.list(folder())) {
            assertThat(left.map(path -> path.getFileName().toString())
                            .filter(name -> !name.matches("kits|bridges|caches|others|lock|(machine|init)-.*")))
                    .isEmpty();
        } catch (NoSuchFileException e) {
            // Everything is gone.
        }
    }
}
