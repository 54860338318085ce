package dev.claudevm.provider.local;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Checks a branch out in a fresh copy. A checkout may run filters that the repository names, so it happens in the workspace's sandbox,
 * without network, when there is one.
 */
record BranchCheckout(WorkspaceFolder workspace, WorkspaceFolder.Card card, LocalOptions options, Isolation isolation) {

    void checkOut(String branch, Progress progress) throws IOException, ProviderException {
        String step = "Branch " + branch;
        progress.step(step, false, null);
        if (!git("rev-parse", "--git-dir").ok()) {
            throw new ProviderException(
                    "The folder is no git repository, so it has no branch \"" + branch + "\".",
                    "Leave the branch away, or give a repository.");
        }
        var done = git("symbolic-ref", "--short", "-q", "HEAD").output().strip().equals(branch)
                ? new ExternalProgram.Result(0, "")
                : git("show-ref", "--verify", "-q", "refs/heads/" + branch).ok()
                        ? git("checkout", "-q", branch, "--")
                        : git("show-ref", "--verify", "-q", "refs/remotes/origin/" + branch)
                                        .ok()
                                ? git("checkout", "-q", "-B", branch, "--track", "origin/" + branch)
                                : missing(branch);
        if (!done.ok()) {
            throw new ProviderException(
                    "The branch \"" + branch + "\" cannot be checked out. Git says: " + Git.complaint(done),
                    "Commit or stash the changes in the folder first, or leave the branch away.");
        }
        progress.step(step, true, null);
    }

    private ExternalProgram.Result missing(String branch) throws IOException, ProviderException {
        String[] known = git(
                        "for-each-ref",
                        "--count=20",
                        "--sort=-committerdate",
                        "--format=%(refname:short)",
                        "refs/heads")
                .output()
                .strip()
                .split("\n");
        throw new ProviderException(
                "The branch \"" + branch + "\" does not exist in the folder's repository.",
                "It has: " + String.join(", ", known) + ".");
    }

    private ExternalProgram.Result git(String... words) throws IOException {
        List<String> program = new ArrayList<>(List.of("git", "-c", "core.quotePath=false"));
        program.addAll(Git.SAFE);
        if (!isolation.sandboxed()) {
            program.addAll(List.of("-C", workspace.project().toString()));
            program.addAll(List.of(words));
            return ExternalProgram.run(program);
        }
        program.addAll(List.of(words));
        var sandbox = new Sandbox(workspace, card, options, isolation);
        sandbox.writeEtc();
        if (card.uid() != null) {
            Files.createDirectories(Path.of(Sandbox.STAGE));
        }
        Map<String, String> environment =
                Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "HOME", "/home/agent", "LC_ALL", "C.UTF-8");
        List<String> staged = sandbox.staged(List.of(), false, environment, program);
        List<String> command = new ArrayList<>();
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
