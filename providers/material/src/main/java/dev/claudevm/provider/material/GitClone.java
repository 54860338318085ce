package dev.claudevm.provider.material;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Clones a project, with its whole history. */
final class GitClone {

    private static final Pattern PERCENT = Pattern.compile(
            "(?:remote: )?([A-Z][a-z]+(?: [a-z]+)*): +(\\d+% \\(\\d+/\\d+\\))(?:, ([0-9.]+ [KMGT]?i?B))?.*");

    private GitClone() {}

    /** @param into an empty folder */
    static void clone(ProjectSource.GitUrl source, @Nullable String branch, Path into, Progress progress)
            throws ProviderException {
        String step = "Clone " + source.shown();
        progress.step(step, false, null);
        List<String> words = new ArrayList<>(List.of("clone", "--progress", "--no-local"));
        if (branch != null) {
            words.addAll(List.of("--branch", branch));
        }
        words.addAll(List.of("--", source.url(), into.toString()));
        try {
            var result = Git.safely(words, line -> {
                String detail = detail(line);
                if (detail != null) {
                    progress.step(step, false, detail);
                }
            });
            if (!result.ok()) {
                String complaint = Git.complaint(result);
                throw new ProviderException(
                        source.shown() + " cannot be cloned. Git says: " + complaint, todo(complaint));
            }
            if (source.hasSecret()) {
                // The agent does not get the password that the clone needed.
                Git.safely("-C", into.toString(), "remote", "set-url", "origin", source.shown());
            }
        } catch (IOException e) {
            throw Git.missing(e);
        }
        progress.step(step, true, null);
    }

    /** @return what a line of git's progress says, or null for others */
    static @Nullable String detail(String line) {
        var match = PERCENT.matcher(line.strip());
        if (!match.matches()) {
            return null;
        }
        String size = match.group(3);
        return match.group(1) + " " + match.group(2) + (size == null ? "" : ", " + size);
    }

    private static String todo(String complaint) {
        if (complaint.contains("Remote branch")) {
            return "Give a branch that the repository has.";
        }
        if (complaint.contains("No space left")) {
            return "Make room on the disk and try again.";
        }
        if (complaint.contains("Host key verification")) {
            return "Connect to that host once with ssh as the server's user, so that its key is known.";
        }
        if (complaint.contains("could not read Username")
                || complaint.contains("Authentication failed")
                || complaint.contains("Permission denied (")) {
            return "Give the server's user access to it: an SSH key, or a git credential helper that needs no dialog.";
        }
        return "Check the URL, and that git can reach it from the server's machine: git ls-remote <URL>.";
    }
}
