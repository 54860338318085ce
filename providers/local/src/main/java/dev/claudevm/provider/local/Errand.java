package dev.claudevm.provider.local;

import dev.claudevm.provider.material.BranchCheckout;
import dev.claudevm.provider.material.ExternalProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs one program in a workspace that has no bridge yet: in its sandbox, without network, when there is one. */
record Errand(WorkspaceFolder workspace, WorkspaceFolder.Card card, LocalOptions options, Isolation isolation)
        implements BranchCheckout.Place {

    @Override
    public ExternalProgram.Result run(List<String> program) throws IOException {
        List<String> command = new ArrayList<>();
        if (!isolation.sandboxed()) {
            command.addAll(List.of("env", "-C", workspace.project().toString()));
            command.addAll(program);
            return ExternalProgram.run(command);
        }
        var sandbox = new Sandbox(workspace, card, options, isolation);
        sandbox.writeEtc();
        if (card.uid() != null) {
            Files.createDirectories(Path.of(Sandbox.STAGE));
        }
        Map<String, String> environment =
                Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "HOME", "/home/agent", "LC_ALL", "C.UTF-8");
        List<String> staged = sandbox.staged(List.of(), false, environment, program);
        if (card.uid() != null) {
            command.addAll(List.of("unshare", "--mount", "--propagation", "slave", "--", "bash"));
            command.add(workspace.run().resolve("stage.sh").toString());
            command.addAll(staged);
        } else {
            command.addAll(staged.subList(staged.indexOf("--") + 1, staged.size()));
        }
        return ExternalProgram.run(command);
    }
}
