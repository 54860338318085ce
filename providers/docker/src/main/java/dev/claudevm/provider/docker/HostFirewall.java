package dev.claudevm.provider.docker;

import dev.claudevm.provider.material.ExternalProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps what comes out of the workspaces' network away from this machine's own ports, on whichever of its addresses, and from the addresses where clouds hand out
 * credentials. Rules for the network's interface only; needs root and iptables. They are looked for at each start, because a reboot or another program may
 * drop them.
 */
final class HostFirewall {

    private static final List<List<String>> RULES = List.of(
            List.of("INPUT", "-i", "%s", "-j", "REJECT"),
            List.of("DOCKER-USER", "-i", "%s", "-d", "169.254.0.0/16", "-j", "REJECT"));

    private HostFirewall() {}

    /** @return whether rules can be had here at all */
    static boolean possible() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                    && iptables(List.of("-n", "-L", "INPUT"));
        } catch (IOException e) {
            return false;
        }
    }

    /** @return whether the rules are there now */
    static boolean close(String bridge) throws IOException {
        boolean all = true;
        for (List<String> rule : RULES) {
            List<String> words =
                    rule.stream().map(word -> word.formatted(bridge)).toList();
            all &= iptables(with("-C", words)) || iptables(with("-I", words));
        }
        return all;
    }

    /** Takes the rules away. */
    static void open(String bridge) throws IOException {
        for (List<String> rule : RULES) {
            iptables(
                    with("-D", rule.stream().map(word -> word.formatted(bridge)).toList()));
        }
    }

    private static List<String> with(String action, List<String> rule) {
        List<String> words = new ArrayList<>(List.of(action));
        words.addAll(rule);
        return words;
    }

    private static boolean iptables(List<String> words) throws IOException {
        List<String> command = new ArrayList<>(List.of("iptables", "-w", "5"));
        command.addAll(words);
        try {
            return ExternalProgram.run(command).ok();
        } catch (java.io.InterruptedIOException e) {
            throw e;
        } catch (IOException notThere) {
            return false;
        }
    }
}
