package dev.claudevm.provider.material;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a project comes from, checked: git never gets to see what could be an option or run a program. */
public sealed interface ProjectSource {

    /** An empty project. */
    record Nothing() implements ProjectSource {}

    /** @param url without surprises; may hold a password */
    record GitUrl(String url) implements ProjectSource {

        /** @return for people and files: without a password */
        String shown() {
            return hideSecrets(url);
        }

        boolean hasSecret() {
            return !shown().equals(url);
        }
    }

    /** @param folder real path */
    record Folder(Path folder) implements ProjectSource {

        /** @return a repository without files of its own */
        boolean isBareRepository() {
            return !Files.exists(folder.resolve(".git"))
                    && Files.isRegularFile(folder.resolve("HEAD"))
                    && Files.isDirectory(folder.resolve("objects"))
                    && Files.isDirectory(folder.resolve("refs"));
        }
    }

    /**
     * Brings the files into a folder of this machine.
     *
     * @param branch null: the default
     * @param into an empty folder
     * @return whether the branch is still to be checked out, by {@link BranchCheckout}: that may run programs that the project names
     */
    default boolean bring(@Nullable String branch, Path into, Progress progress) throws ProviderException {
        switch (this) {
            case Nothing _ -> {}
            case GitUrl url -> GitClone.clone(url, branch, into, progress);
            case Folder bare
            when bare.isBareRepository() ->
                GitClone.clone(new GitUrl(bare.folder().toString()), branch, into, progress);
            case Folder copied -> {
                new ProjectCopy(copied.folder(), into, progress).copy();
                return branch != null;
            }
        }
        return false;
    }

    /** @return what to say when files of a project cannot be brought to where they belong */
    static ProviderException failed(Path from, Exception e) {
        return ProjectCopy.failed(from, e);
    }

    Set<String> SCHEMES = Set.of("https", "http", "ssh", "git", "file", "git+ssh", "ssh+git");
    Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://[^-].*");
    Pattern SCP = Pattern.compile("([A-Za-z0-9._~][^\\s@/:]*@)?[A-Za-z0-9\\[][^\\s/:]*:[^:-].*");
    Pattern USER_INFO = Pattern.compile("://[^/@\\s]*:[^/@\\s]*@");

    /** @return the text without the passwords in its URLs */
    static String hideSecrets(String text) {
        return USER_INFO.matcher(text).replaceAll("://");
    }

    /**
     * @param source null: nothing
     * @param home the product's own folder, which never goes into a workspace
     */
    static ProjectSource of(@Nullable String source, Path home) throws ProviderException {
        if (source == null) {
            return new Nothing();
        }
        String shown = hideSecrets(source);
        if (source.isBlank() || source.chars().anyMatch(c -> c < 0x20 && c != '\n' || c == 0x7f)) {
            throw new ProviderException(
                    "The project's source is empty or has control characters in it.", "Give a git URL or a folder.");
        }
        if (source.startsWith("/")) {
            return folder(source, home);
        }
        var scheme = SCHEME.matcher(source);
        if (scheme.matches() && SCHEMES.contains(scheme.group(1).toLowerCase(java.util.Locale.ROOT))) {
            return new GitUrl(source);
        }
        if (!source.contains("::")
                && !source.contains("://")
                && SCP.matcher(source).matches()) {
            return new GitUrl(source);
        }
        throw new ProviderException(
                "\"" + shown + "\" is neither a git URL that claude-vm uses nor the absolute path of a folder.",
                "Give a URL with https, ssh, git or file, or user@host:path, or a path that begins with /.");
    }

    private static ProjectSource folder(String source, Path home) throws ProviderException {
        Path folder;
        try {
            folder = Path.of(source);
            if (!Files.exists(folder)) {
                throw new ProviderException(
                        "The folder " + source + " does not exist.",
                        "Check the path; it is looked up on the machine where claude-vm's server runs.");
            }
            if (!Files.isDirectory(folder)) {
                throw new ProviderException(source + " is not a folder.", "Give the folder that the project lies in.");
            }
            folder = folder.toRealPath();
            if (!Files.isReadable(folder) || !Files.isExecutable(folder)) {
                throw new ProviderException(
                        "claude-vm's server has no permission to read " + source + ".",
                        "Give its user the permission, or start the server as the folder's owner.");
            }
            Path ours = home.toRealPath();
            if (ours.startsWith(folder) || folder.startsWith(ours)) {
                throw new ProviderException(
                        "The folder " + source + " has claude-vm's own data (" + ours
                                + ") in it, or lies inside of it.",
                        "Choose a narrower folder, or set CLAUDE_VM_HOME to a place outside of the project.");
            }
            String store = Files.getFileStore(folder).type();
            if (Set.of("proc", "sysfs", "devtmpfs", "cgroup", "cgroup2").contains(store)) {
                throw new ProviderException(
                        source + " is no folder on a disk, but a view of the system (" + store + ").",
                        "Give the folder that the project lies in.");
            }
            return new Folder(folder);
        } catch (InvalidPathException e) {
            throw new ProviderException(
                    "The path \"" + source + "\" cannot be used: " + e.getReason() + ".",
                    "Check it; for a path with other letters than English ones, start the server with LANG=C.UTF-8.",
                    e);
        } catch (IOException e) {
            throw new ProviderException(
                    "The folder " + source + " cannot be looked at: " + e.getMessage(), "Check the path.", e);
        }
    }

    /** @throws ProviderException not a name that git takes for a branch */
    static void checkBranch(@Nullable String branch) throws ProviderException {
        if (branch == null) {
            return;
        }
        try {
            boolean good = !branch.isBlank()
                    && !branch.startsWith("-")
                    && branch.chars().allMatch(c -> c >= 0x20 && c != 0x7f)
                    && Git.safely("check-ref-format", "--branch", branch).ok();
            if (!good) {
                throw new ProviderException(
                        "\"" + branch + "\" is not a branch's name.", "Give a branch that the project has.");
            }
        } catch (IOException e) {
            throw Git.missing(e);
        }
    }
}
