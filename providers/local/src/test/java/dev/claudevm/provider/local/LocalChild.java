package dev.claudevm.provider.local;

import dev.claudevm.provider.contract.ChildControlPlane;

/** The main class of a {@link ChildControlPlane} with workspaces of this machine. */
final class LocalChild {

    private LocalChild() {}

    public static void main(String[] words) throws Exception {
        var task = ChildControlPlane.Task.of(words);
        task.perform(new LocalProvider(task.temp().resolve("home/workspaces"), LocalOptions.defaults()));
    }
}
