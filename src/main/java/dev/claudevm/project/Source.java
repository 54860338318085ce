package dev.claudevm.project;

import dev.claudevm.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where a project's files come from.
 *
 * @param text a git URL, or the real absolute path of a folder
 * @param name what people call it
 */
record Source(String text, String name) {

    private static final int MAX_CHARS = 2000;
    private static final Pattern URL = Pattern.compile("(https?|ssh|git|file)://\\S+", Pattern.CASE_INSENSITIVE);
    /** {@code user@host:path}, the form that OpenSSH and git know. */
    private static final Pattern SCP = Pattern.compile("[A-Za-z0-9_.-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^\\s:]\\S*");

    static Source parse(String typed) {
        String text = typed.strip();
        if (text.isEmpty()) {
            throw Problem.invalid("No project was named.", "Give a git URL or the path of a folder.");
        }
        if (text.length() > MAX_CHARS || text.chars().anyMatch(c -> c < ' ')) {
            throw Problem.invalid(
                    "That is no git URL and no path.",
                    "Give a git URL or the path of a folder, at most 2,000 characters.");
        }
        if (URL.matcher(text).matches() || SCP.matcher(text).matches()) {
            String url = text.replaceAll("/+$", "");
            return new Source(url, lastPart(url));
        }
        return folder(text);
    }

    private static Source folder(String text) {
        Path path;
        try {
            path = Path.of(
                    text.equals("~") || text.startsWith("~/")
                            ? System.getProperty("user.home") + text.substring(1)
                            : text);
        } catch (InvalidPathException e) {
            throw Problem.invalid("\"" + text + "\" is no path.", "Give a git URL or the path of a folder.");
        }
        if (!path.isAbsolute()) {
            throw Problem.invalid(
                    "\"" + text + "\" is neither a git URL nor an absolute path.",
                    "Give a git URL (https://…, git@host:…) or a path that begins with /.");
        }
        if (!Files.exists(path)) {
            throw Problem.invalid(
                    "There is no folder " + path + ".",
                    "Check the path; it must be on the machine that runs the server.");
        }
        if (!Files.isDirectory(path)) {
            throw Problem.invalid(path + " is a file, not a folder.", "Give the folder that it lies in.");
        }
        try {
            Path real = path.toRealPath();
            return new Source(real.toString(), real.getNameCount() == 0 ? "/" : lastPart(real.toString()));
        } catch (IOException e) {
            throw Problem.invalid(
                    "The folder " + path + " cannot be read.", "Give this server's user the right to read it.");
        }
    }

    private static String lastPart(String text) {
        String last = text.substring(Math.max(text.lastIndexOf('/'), text.lastIndexOf(':')) + 1);
        String name = last.endsWith(".git") ? last.substring(0, last.length() - 4) : last;
        return name.isEmpty() ? text : name.length() > 200 ? name.substring(0, 200) : name;
    }
}
