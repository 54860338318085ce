package dev.claudevm.provider;

import java.util.List;

/**
 * What a provider's workspaces are like.
 *
 * @param sandboxed the agent cannot see the host's files and processes
 * @param images a workspace may name the image of the system that it lives in
 * @param doors workspaces come home through a unix socket: {@link StartSpec#door} must be given
 * @param keepsDisk files outlive a stop
 * @param stopIsFree a stopped workspace costs nothing but its disk
 * @param warnings what a person should know before they trust it with work, one sentence each; shown in the UI
 */
public record Capabilities(
        boolean sandboxed,
        boolean images,
        boolean doors,
        boolean keepsDisk,
        boolean stopIsFree,
        List<String> warnings) {

    /** Of workspaces that are processes of the control plane's machine. */
    public static Capabilities ofThisMachine(boolean sandboxed, List<String> warnings) {
        return new Capabilities(sandboxed, false, false, true, true, warnings);
    }
}
