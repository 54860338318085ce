package dev.claudevm.agent;

import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Finds an agent's program: the configured one, else the one on the PATH, else the one that we installed. */
@Component
class Programs {

    private final ServerConfig config;
    private final ProcessEnvironment environment;
    private final ProgramStore store;
    private final ClaudeInstaller installer;

    Programs(ServerConfig config, ProcessEnvironment environment, ProgramStore store, ClaudeInstaller installer) {
        this.config = config;
        this.environment = environment;
        this.store = store;
        this.installer = installer;
    }

    /** Whether there is a program. */
    sealed interface Program {
        /** @param command for {@code AgentSpec} */
        record Found(List<String> command, String origin) implements Program {}

        /** @param todo what to do; a person reads it */
        record Missing(String what, String todo, boolean canInstall) implements Program {}
    }

    Program of(AgentKind kind) {
        if (kind.bridgeClass().isPresent()) {
            return new Program.Found(List.of("{bridge}", kind.bridgeClass().get()), "built in");
        }
        try {
            List<String> configured = config.agents().of(kind.name()).command();
            if (!configured.isEmpty()) {
                return configured(kind, configured);
            }
            Optional<Path> onPath = onPath(kind.name());
            if (onPath.isPresent()) {
                return new Program.Found(
                        List.of(store.importProgram(kind.name(), onPath.get())),
                        onPath.get().toString());
            }
            Optional<Path> installed = installer.installed();
            if (installed.isPresent()) {
                return new Program.Found(
                        List.of(store.importProgram(kind.name(), installed.get())),
                        installer.pinnedVersion() + ", installed by claude-vm");
            }
            return new Program.Missing(
                    kind.label() + "'s program is not on this machine.",
                    "It is installed when a conversation with it begins, or in Settings. Another one is named in config.yaml (agents."
                            + kind.name() + ".command).",
                    true);
        } catch (IOException e) {
            return new Program.Missing(
                    kind.label() + "'s program cannot be brought into " + store.root() + ": " + e.getMessage(),
                    "Make room and rights there, then try again.",
                    false);
        }
    }

    private Program configured(AgentKind kind, List<String> command) throws IOException {
        String first = command.getFirst();
        if (first.startsWith("{agents}/") || first.equals("{bridge}")) {
            return new Program.Found(command, "config.yaml");
        }
        Optional<Path> program =
                first.contains("/") ? Optional.of(Path.of(first)).filter(Programs::isProgram) : onPath(first);
        if (program.isEmpty()) {
            return new Program.Missing(
                    "config.yaml names \"" + first + "\" as " + kind.label()
                            + "'s program, which is not an executable file" + " on this machine.",
                    "Correct agents." + kind.name() + ".command, or take it out so that the program is looked for.",
                    false);
        }
        List<String> words = new ArrayList<>(command);
        // The system's own programs are in every sandbox under the same path.
        if (!isOfTheSystem(program.get())) {
            words.set(0, store.importProgram(kind.name(), program.get()));
        }
        return new Program.Found(List.copyOf(words), "config.yaml");
    }

    private Optional<Path> onPath(String name) {
        return environment.get("PATH").flatMap(path -> {
            for (String folder : path.split(File.pathSeparator, -1)) {
                if (!folder.isEmpty() && isProgram(Path.of(folder, name))) {
                    return Optional.of(Path.of(folder, name));
                }
            }
            return Optional.empty();
        });
    }

    private static boolean isOfTheSystem(Path program) throws IOException {
        Path real = program.toRealPath();
        return real.startsWith("/usr/bin") || real.startsWith("/bin");
    }

    private static boolean isProgram(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }
}
