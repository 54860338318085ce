package dev.claudevm.provider.material;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks a branch out in a fresh copy. A checkout may run filters that the repository names, so it happens in the workspace's place,
 * without network where that can be.
 */
public record BranchCheckout(Place place) {

    /** Where the copy lies. */
    @FunctionalInterface
    public interface Place {
        /** Runs a program in the project's folder, as the workspace's user. */
        ExternalProgram.Result run(List<String> program) throws IOException, ProviderException;
    }

    public void checkOut(String branch, Progress progress) throws IOException, ProviderException {
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

    private ExternalProgram.Result git(String... words) throws IOException, ProviderException {
        List<String> program = new ArrayList<>(List.of("git", "-c", "core.quotePath=false"));
        program.addAll(Git.SAFE);
        program.addAll(List.of(words));
        return place.run(program);
    }
}
