package dev.claudevm.provider.local;

import dev.claudevm.provider.local.LocalOptions.IsolationChoice;
import dev.claudevm.provider.material.ExternalProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this machine lets us do, found out by doing it.
 *
 * @param sandboxed workspaces run in bubblewrap
 * @param bwrap the program's file
 * @param canDisableUserns bubblewrap is new enough to forbid user namespaces in the sandbox
 * @param root we may give each workspace a user of its own
 * @param reason why there is no sandbox; null: there is one
 * @param warnings for people
 */
record Isolation(
        boolean sandboxed,
        String bwrap,
        boolean canDisableUserns,
        boolean root,
        @Nullable String reason,
        List<String> warnings) {

    static Isolation find(LocalOptions options) {
        boolean root = Integer.valueOf(0).equals(uid());
        String bwrap = ExternalProgram.find("bwrap").map(Path::toString).orElse("bwrap");
        String help = output(List.of(bwrap, "--help"));
        boolean canDisable = help != null && help.contains("--disable-userns");
        String reason = options.isolation() == IsolationChoice.NONE
                ? "isolation is switched off in the configuration"
                : help == null
                        ? "bubblewrap (the program bwrap) is not installed"
                        : tryIt(options, root, bwrap, canDisable);
        List<String> warnings = new ArrayList<>();
        if (reason != null) {
            warnings.add("No isolation: " + reason + ". The agent can read and change what "
                    + (root ? "other users of this machine can" : "you can") + ".");
            warnings.add(
                    "Without isolation a process that clears its environment and detaches itself can outlive a stop"
                            + (root ? ", unless it runs as the workspace's own user." : "."));
        } else {
            if (!canDisable) {
                warnings.add("This bubblewrap is old (before 0.8): a workspace can make user namespaces of its own.");
            }
            warnings.add(
                    "Workspaces use this machine's network: the agent can reach the internet, your local network and"
                            + " services of this machine.");
        }
        var groups = ControlGroup.probe();
        if (options.limits().memoryBytes() != null && !groups.memory()) {
            warnings.add("A workspace's memory is not limited: the control groups of this machine cannot be written.");
        }
        if (options.limits().cpus() != null && !groups.cpu()) {
            warnings.add("A workspace's processor time is not limited: control groups cannot be written.");
        }
        return new Isolation(reason == null, bwrap, canDisable, root, reason, List.copyOf(warnings));
    }

    /** @return why a sandbox cannot be made; null: it can */
    private static @Nullable String tryIt(LocalOptions options, boolean root, String bwrap, boolean canDisable) {
        List<String> words = new ArrayList<>();
        if (root) {
            try {
                Files.createDirectories(Path.of(Sandbox.STAGE));
            } catch (IOException e) {
                return Sandbox.STAGE + " cannot be made: " + e.getMessage();
            }
            int uid = options.uids().first();
            words.addAll(List.of("unshare", "--mount", "--propagation", "slave", "--"));
            words.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--no-new-privs"));
        }
        words.addAll(List.of(bwrap, "--unshare-all", "--unshare-user", "--share-net"));
        if (canDisable) {
            words.add("--disable-userns");
        }
        words.addAll(List.of("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"));
        try {
            var tried = ExternalProgram.run(words);
            return tried.ok() ? null : "bubblewrap does not work here (" + tried.lastLines() + ")";
        } catch (IOException e) {
            return "bubblewrap cannot be tried (" + e.getMessage() + ")";
        }
    }

    private static @Nullable String output(List<String> words) {
        try {
            var result = ExternalProgram.run(words);
            return result.ok() ? result.output() : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable Integer uid() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            return null;
        }
    }
}
