package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.ssh.SshOptions.IsolationChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was found out about the machine's sandbox, kept in a file: whoever asks what workspaces are like does not wait for the network. */
final class Findings {

    private static final String WORKS = "works";

    private final Path file;
    private final SshOptions options;
    private volatile @Nullable String isolation;
    private volatile boolean root;

    Findings(Path file, SshOptions options) {
        this.file = file;
        this.options = options;
        this.root = options.target().user().equals("root");
        try {
            isolation = Files.exists(file) ? Files.readString(file).strip() : null;
        } catch (IOException e) {
            isolation = null;
        }
    }

    void heard(Survey survey) {
        root = survey.root();
        // The machine's own word is the last only when it works: the kit brings a bubblewrap, too.
        survey.sandbox().filter(said -> said.equals(WORKS) || isolation == null).ifPresent(this::found);
    }

    /** @param said {@code works}, or why there is no sandbox */
    void found(String said) {
        if (said.equals(isolation)) {
            return;
        }
        isolation = said;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, said);
        } catch (IOException e) {
            System.getLogger(Findings.class.getName())
                    .log(System.Logger.Level.WARNING, file + " cannot be written: " + e.getMessage());
        }
    }

    Capabilities capabilities() {
        String known = options.isolation() == IsolationChoice.NONE ? "isolation is switched off" : isolation;
        String name = options.target().name();
        String user = options.target().user();
        List<String> warnings = new ArrayList<>();
        if (known == null) {
            warnings.add("Whether workspaces are sandboxed on " + name + " is found out with the first one.");
        } else if (!known.equals(WORKS)) {
            warnings.add("No isolation: " + known + ". The agent can read and change what " + user + " can on " + name
                    + ", other workspaces too.");
            warnings.add(
                    "Without isolation a process that clears its environment and detaches itself can outlive a stop.");
        }
        if (root) {
            warnings.add("Workspaces run as root behind their sandbox on " + name + "; another user would be safer.");
        }
        warnings.add("Workspaces use the network of " + name
                + ": the agent can reach the internet, that machine's local network and its own services.");
        warnings.add("A workspace's memory and processor time are not limited on " + name + ".");
        return new Capabilities(WORKS.equals(known), false, true, true, true, List.copyOf(warnings));
    }
}
