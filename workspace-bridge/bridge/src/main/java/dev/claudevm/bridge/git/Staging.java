package dev.claudevm.bridge.git;

import dev.claudevm.bridge.checkpoint.Checkpoints;
import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What goes into the next commit, and what is thrown away. Before anything is thrown away a checkpoint is taken, so that it
 * can be brought back; what no checkpoint would have is kept and named.
 */
final class Staging {

    private static final int MAX_DISCARDED = 500;
    private static final int MAX_MESSAGE_CHARS = 100_000;

    private final Repository repository;
    private final Checkpoints checkpoints;

    Staging(Repository repository, Checkpoints checkpoints) {
        this.repository = repository;
        this.checkpoints = checkpoints;
    }

    /** Something that was not touched, and why. */
    record Kept(String path, String why) {}

    /** @param checkpointId the state before. @param paths what was changed; both bring it back */
    record Undo(String checkpointId, List<String> paths, List<Kept> kept) {}

    void stage(List<TreePath> paths) throws IOException {
        repository.changing(() -> repository.mustWith("stage that", paths, "add", "--all"));
    }

    void stageAll() throws IOException {
        repository.changing(() -> repository.must("stage everything", "add", "--all"));
    }

    void unstage(List<TreePath> paths) throws IOException {
        repository.changing(() -> repository.head() == null
                ? repository.mustWith("unstage that", paths, "rm", "--cached", "-r", "-q", "-f", "--ignore-unmatch")
                : repository.mustWith("unstage that", paths, "reset", "-q"));
    }

    void unstageAll() throws IOException {
        repository.changing(() -> repository.head() == null
                ? repository.must("unstage everything", "rm", "--cached", "-r", "-q", "-f", "--ignore-unmatch", ".")
                : repository.must("unstage everything", "reset", "-q"));
    }

    /** Brings files back to what is staged, or committed; those that git does not know are deleted. */
    Undo discard(List<TreePath> paths) throws IOException {
        if (paths.size() > MAX_DISCARDED) {
            throw GitProblem.of(
                    GitProblem.BAD, "More than " + MAX_DISCARDED + " files at once.", "Do it in several steps.");
        }
        return repository.changing(() -> {
            Map<String, Status.Entry> changed = new HashMap<>();
            Status.read(repository).unstaged().forEach(e -> changed.put(e.path(), e));
            String checkpoint = checkpoint();
            List<TreePath> known = new ArrayList<>();
            List<TreePath> unknown = new ArrayList<>();
            List<Kept> kept = new ArrayList<>();
            for (TreePath path : paths) {
                Status.Entry entry = changed.get(path.toString());
                String why = entry == null
                        ? "it does not differ"
                        : entry.repository()
                                ? "it is a repository of its own"
                                : !entry.status().equals("D") && !has(checkpoint, path)
                                        ? "it is too large to be kept, so it could not be brought back"
                                        : null;
                if (why != null) {
                    kept.add(new Kept(path.toString(), why));
                } else if (java.util.Objects.requireNonNull(entry).status().equals("?")) {
                    unknown.add(path);
                } else {
                    known.add(path);
                }
            }
            if (!known.isEmpty()) {
                repository.mustWith("discard that", known, "checkout", "-q");
            }
            List<TreePath> gone = new ArrayList<>(known);
            for (TreePath path : unknown) {
                String why = delete(path);
                if (why == null) {
                    gone.add(path);
                } else {
                    kept.add(new Kept(path.toString(), why));
                }
            }
            return new Undo(checkpoint, gone.stream().map(TreePath::toString).toList(), kept);
        });
    }

    private @Nullable String delete(TreePath path) throws IOException {
        Path root = repository.program().project().toRealPath();
        Path folder = java.util.Objects.requireNonNull(path.parent()).in(root);
        if (!Files.isDirectory(folder) || !folder.toRealPath().equals(folder)) {
            return "its folder is a symbolic link or gone";
        }
        try {
            Files.delete(path.in(root));
            return null;
        } catch (NoSuchFileException e) {
            return "it has gone meanwhile";
        } catch (DirectoryNotEmptyException e) {
            return "it is a folder now";
        }
    }

    String checkpoint() throws IOException {
        try {
            return checkpoints.take().join().id();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private boolean has(String checkpoint, TreePath path) throws IOException {
        return checkpoints.content(checkpoint, path, OutputStream.nullOutputStream());
    }

    /** @return what could not be brought back */
    List<Kept> undo(String checkpointId, List<TreePath> paths) throws IOException {
        try {
            var restored = checkpoints.restore(checkpointId, paths, _ -> {}).join();
            if (restored.stopped() != null) {
                throw new IOException(restored.stopped());
            }
            return restored.kept().stream()
                    .map(k -> new Kept(k.path().toString(), k.why()))
                    .toList();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Checkpoints.UnknownCheckpoint unknown) {
                throw unknown;
            }
            throw e;
        }
    }

    /** @param head the new commit. @param output what git and hooks said */
    record Committed(String head, String output) {}

    /**
     * Commits what is staged, with the project's hooks.
     *
     * @param seen the commit that the person saw last: when it is there already with this message on top of that, this is a
     *     repetition; null: none
     */
    Committed commit(@Nullable String message, @Nullable String seen) throws IOException {
        if (message == null || message.isBlank()) {
            throw GitProblem.of(GitProblem.BAD, "The message is empty.", "Say what the commit does.");
        }
        if (message.length() > MAX_MESSAGE_CHARS) {
            throw GitProblem.of(GitProblem.TOO_LARGE, "The message is too long.", "Use at most 100,000 characters.");
        }
        return repository.changing(() -> {
            Status status = Status.read(repository);
            if (!java.util.Objects.equals(status.head(), seen) && isRepetition(status.head(), seen, message)) {
                return new Committed(java.util.Objects.requireNonNull(status.head()), "");
            }
            if (!status.conflicts().isEmpty()) {
                throw GitProblem.kind("conflict", "There are conflicts.", "Resolve them, then commit.");
            }
            if (status.staged().isEmpty() && status.operation() == null) {
                throw GitProblem.kind("nothing", "Nothing is staged.", "Stage what the commit shall have.");
            }
            var result = repository.change(
                    GitProgram.bytes(message),
                    false,
                    GitProgram.arguments("-c", "user.useConfigOnly=true", "commit", "--file=-"));
            if (result.exit() != 0) {
                throw GitProblem.hook("commit", result.everything());
            }
            return new Committed(java.util.Objects.requireNonNull(repository.head()), result.everything());
        });
    }

    private boolean isRepetition(@Nullable String head, @Nullable String seen, String message) throws IOException {
        if (head == null) {
            return false;
        }
        String parent = repository.line("rev-parse", "--verify", "--quiet", head + "^1");
        String said = repository.line("log", "-1", "--format=%B", head);
        return java.util.Objects.equals(parent, seen) && message.strip().equals(said);
    }

    /** Says for this project whose commits these are. */
    void author(@Nullable String name, @Nullable String email) throws IOException {
        for (String text : new String[] {name, email}) {
            if (text == null || text.isBlank() || text.length() > 200 || text.matches("(?s).*[\\p{Cntrl}<>].*")) {
                throw GitProblem.of(
                        GitProblem.BAD, "Name and mail address are both needed, each on one line.", "Say them again.");
            }
        }
        repository.changing(() -> {
            repository.gitFolder();
            repository.must(
                    "keep the name",
                    "config",
                    "--local",
                    "user.name",
                    String.valueOf(name).strip());
            return repository.must(
                    "keep the address",
                    "config",
                    "--local",
                    "user.email",
                    String.valueOf(email).strip());
        });
    }
}
