package dev.claudevm.provider.material;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Copies a project's folder with whatever is in it. A git repository keeps its history, branches, stashes, what is staged, changed or
 * untracked, and its remotes; the copy stands for itself, also when the original is a worktree or a submodule.
 */
final class ProjectCopy {

    /** What belongs to one worktree only and must not come from another one. */
    private static final List<String> OF_ONE_WORKTREE = List.of(
            "HEAD",
            "index",
            "ORIG_HEAD",
            "MERGE_",
            "CHERRY_PICK_HEAD",
            "REVERT_HEAD",
            "REBASE_HEAD",
            "BISECT_",
            "FETCH_HEAD",
            "AUTO_MERGE",
            "COMMIT_EDITMSG",
            "SQUASH_MSG",
            "rebase-",
            "sequencer",
            "config.worktree");

    private static final List<String> LOCKS =
            List.of("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock");

    private final Path from;
    private final Path to;
    private final Progress progress;
    private final String step;
    private long shownAtNanos;

    ProjectCopy(Path from, Path to, Progress progress) {
        this.from = from;
        this.to = to;
        this.progress = progress;
        this.step = "Copy " + from;
    }

    /** @throws ProviderException what cannot be copied, and why */
    void copy() throws ProviderException {
        progress.step(step, false, null);
        Path git = from.resolve(".git");
        try {
            FolderCopy.Tally tally;
            if (Files.isSymbolicLink(git)) {
                throw new ProviderException(
                        git + " is a symbolic link; links are not followed out of a project.",
                        "Give the folder that the repository really lies in.");
            } else if (Files.isRegularFile(git)) {
                tally = copyLinkedRepository(gitFolderOf(git));
            } else {
                tally = FolderCopy.copy(from, to, path -> !path.startsWith(".git/worktrees"), this::show);
            }
            if (Files.isDirectory(to.resolve(".git"), LinkOption.NOFOLLOW_LINKS)) {
                makeIndependent(to.resolve(".git"));
            }
            String left = tally.leftOut() == 0 ? "" : ", " + tally.leftOut() + " sockets, pipes or devices left out";
            progress.step(step, true, figures(tally) + left);
        } catch (AccessDeniedException e) {
            throw new ProviderException(
                    "There is no permission to copy " + e.getFile() + ".",
                    "Give the server's user the permission to read it, or remove it from the project.",
                    e);
        } catch (IOException | UncheckedIOException e) {
            throw failed(from, e);
        }
    }

    static ProviderException failed(Path from, Exception e) {
        String why = String.valueOf(e.getMessage());
        return why.contains("No space left") || why.contains("Disk quota")
                ? new ProviderException(
                        "The disk is full: " + from + " does not fit. (" + why + ")",
                        "Make room on the disk of claude-vm's home and try again.",
                        e)
                : new ProviderException(from + " cannot be copied: " + why, "Look at that file and try again.", e);
    }

    private void show(FolderCopy.Tally tally) {
        long now = System.nanoTime();
        if (now - shownAtNanos > 100_000_000) {
            shownAtNanos = now;
            progress.step(step, false, figures(tally));
        }
    }

    private static String figures(FolderCopy.Tally tally) {
        return String.format(Locale.ROOT, "%,d files, %,.1f MB", tally.files(), tally.bytes() / 1e6);
    }

    private Path gitFolderOf(Path gitFile) throws IOException, ProviderException {
        String text = Files.readString(gitFile).strip();
        Path folder = text.startsWith("gitdir: ")
                ? from.resolve(text.substring("gitdir: ".length())).normalize()
                : gitFile;
        boolean worktree = Files.isRegularFile(folder.resolve("commondir"));
        if (!Files.isRegularFile(folder.resolve("HEAD"))
                || !(worktree || Files.isDirectory(folder.resolve("objects")))) {
            throw new ProviderException(
                    gitFile + " points to " + folder + ", which is no git repository.",
                    "Repair it (git worktree repair), or give the folder of the repository itself.");
        }
        // Else a stranger's folder could make us copy any repository of this machine.
        Path back = worktree
                ? folder.resolve(Files.readString(folder.resolve("gitdir")).strip())
                : folder.resolve(setting(folder.resolve("config"), "core.worktree"))
                        .resolve(".git");
        if (!Files.exists(back) || !Files.isSameFile(back, gitFile)) {
            throw new ProviderException(
                    gitFile + " points to the repository " + folder + ", which does not know this folder.",
                    "Repair it (git worktree repair), or give the folder of the repository itself.");
        }
        return folder;
    }

    private FolderCopy.Tally copyLinkedRepository(Path gitFolder) throws IOException {
        var files = FolderCopy.copy(from, to, path -> !path.equals(Path.of(".git")), this::show);
        Path copy = to.resolve(".git");
        Path pointer = gitFolder.resolve("commondir");
        Path common = Files.isRegularFile(pointer)
                ? gitFolder.resolve(Files.readString(pointer).strip()).normalize()
                : gitFolder;
        boolean worktree = !common.equals(gitFolder);
        var history = FolderCopy.copy(
                common, copy, path -> !path.startsWith("worktrees") && !(worktree && ofOneWorktree(path)), this::show);
        if (worktree) {
            FolderCopy.copy(
                    gitFolder,
                    copy,
                    path -> !List.of("commondir", "gitdir", "locked").contains(path.toString()),
                    this::show);
        }
        config(copy, "--unset-all", "core.worktree");
        config(copy, "core.bare", "false");
        return new FolderCopy.Tally(
                files.files() + history.files(), files.bytes() + history.bytes(), files.leftOut() + history.leftOut());
    }

    private static boolean ofOneWorktree(Path path) {
        String name = path.toString();
        return name.equals("logs/HEAD")
                || name.startsWith("refs/bisect")
                || name.startsWith("refs/worktree")
                || (path.getNameCount() == 1 && OF_ONE_WORKTREE.stream().anyMatch(name::startsWith));
    }

    /** The copy must not need anything outside of itself, nor wait for a git that runs in the original. */
    private void makeIndependent(Path git) throws IOException, ProviderException {
        for (String lock : LOCKS) {
            Files.deleteIfExists(git.resolve(lock));
        }
        Path alternates = git.resolve("objects/info/alternates");
        if (Files.exists(alternates)) {
            // Relative ones are meant from the original's place.
            Path original = objectsOfOriginal();
            var absolute = new StringBuilder();
            for (String line : Files.readAllLines(alternates)) {
                absolute.append(original.resolve(line).normalize()).append('\n');
            }
            Files.writeString(alternates, absolute);
            var packed = Git.safely("-C", to.toString(), "repack", "-a", "-d", "-q");
            if (!packed.ok()) {
                throw new ProviderException(
                        "The repository borrows objects from another one, which cannot be read. Git says: "
                                + Git.complaint(packed),
                        "Repair it (git fsck), or give its URL.");
            }
            Files.delete(alternates);
        }
    }

    private Path objectsOfOriginal() throws IOException {
        var found = Git.safely("-C", from.toString(), "rev-parse", "--git-path", "objects");
        return from.resolve(found.ok() ? found.output().strip() : ".git/objects")
                .normalize();
    }

    private static String setting(Path config, String name) throws IOException {
        var value = Git.safely("config", "-f", config.toString(), "--get", name);
        return value.ok() ? value.output().strip() : ".";
    }

    private static void config(Path git, String... words) throws IOException {
        var all = new java.util.ArrayList<>(
                List.of("config", "-f", git.resolve("config").toString()));
        all.addAll(List.of(words));
        Git.safely(all, line -> {});
    }
}
