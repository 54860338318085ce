package dev.claudevm.bridge.git;

import dev.claudevm.bridge.git.GitProgram.Result;
import dev.claudevm.bridge.git.Staging.Undo;
import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A merge, rebase, cherry-pick or revert that stopped: its conflicts, its end, the way back. */
final class Merging {

    private static final Set<String> OURS = Set.of("AU", "UD", "AA", "UU");
    private static final Set<String> THEIRS = Set.of("UA", "DU", "AA", "UU");

    private final Repository repository;
    private final Staging staging;

    Merging(Repository repository, Staging staging) {
        this.repository = repository;
        this.staging = staging;
    }

    /**
     * Ends the conflict about one file.
     *
     * @param take {@code ours} or {@code theirs}, as git means them (in a rebase {@code theirs} is the person's own commit), or
     *     {@code merged}: what is in the folder, also when it is gone there
     */
    Undo resolve(TreePath path, @Nullable String take) throws IOException {
        return repository.changing(() -> {
            Status.Entry entry = Status.read(repository).conflicts().stream()
                    .filter(e -> e.path().equals(path.toString()))
                    .findFirst()
                    .orElseThrow(() -> GitProblem.of(
                            GitProblem.MISSING, "There is no conflict about " + path + ".", "Look at the list again."));
            String checkpoint = staging.checkpoint();
            String sides = String.valueOf(entry.conflict());
            List<TreePath> one = List.of(path);
            switch (String.valueOf(take)) {
                case "ours" -> side(one, "--ours", OURS.contains(sides));
                case "theirs" -> side(one, "--theirs", THEIRS.contains(sides));
                case "merged" -> {}
                default -> throw GitProblem.of(GitProblem.BAD, "\"take\" is missing.", "Send ours, theirs or merged.");
            }
            repository.mustWith("mark it as resolved", one, "add", "--all");
            return new Undo(checkpoint, List.of(path.toString()), List.of());
        });
    }

    private void side(List<TreePath> path, String side, boolean there) throws IOException {
        if (there) {
            repository.mustWith("take that side", path, "checkout", "-q", side);
        } else {
            repository.mustWith("take that side", path, "rm", "-q", "-f");
        }
    }

    /** @return what git said */
    String goOn() throws IOException {
        return repository.changing(() -> {
            Status status = Status.read(repository);
            if (!status.conflicts().isEmpty()) {
                throw GitProblem.kind(
                        "conflict",
                        status.conflicts().size() == 1
                                ? "One conflict is left."
                                : status.conflicts().size() + " conflicts are left.",
                        "Resolve them, then continue.");
            }
            Result result = repository.change(
                    new byte[0],
                    false,
                    GitProgram.arguments("-c", "user.useConfigOnly=true", begun(status), "--continue"));
            if (result.exit() != 0) {
                throw GitProblem.hook("go on", result.everything());
            }
            return result.everything();
        });
    }

    /** @return the checkpoint of the state before */
    String abort() throws IOException {
        return repository.changing(() -> {
            String operation = begun(Status.read(repository));
            String checkpoint = staging.checkpoint();
            repository.must("abort the " + operation, operation, "--abort");
            return checkpoint;
        });
    }

    private static String begun(Status status) {
        String operation = status.operation();
        if (operation == null || operation.equals("bisect")) {
            throw GitProblem.kind("nothing", "Nothing is under way that could go on or be aborted.", "Look again.");
        }
        return operation;
    }
}
