package dev.claudevm.bridge.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something cannot be done with a file: the HTTP status, what is wrong, what to do, and facts for programs. */
final class FileProblem extends RuntimeException {

    private static final long serialVersionUID = 1;

    static final int BAD = 400;
    static final int FORBIDDEN = 403;
    static final int MISSING = 404;
    static final int CONFLICT = 409;
    static final int CHANGED = 412;
    static final int TOO_LARGE = 413;
    static final int UNSATISFIABLE = 416;
    static final int CONDITION_NEEDED = 428;
    static final int BUSY = 503;
    static final int FULL = 507;

    private final int status;
    private final String todo;
    private final transient Map<String, @Nullable Object> facts;

    private FileProblem(int status, String error, String todo, Map<String, @Nullable Object> facts) {
        super(error);
        this.status = status;
        this.todo = todo;
        this.facts = facts;
    }

    static FileProblem of(int status, String error, String todo) {
        return new FileProblem(status, error, todo, Map.of());
    }

    /** @param facts stand beside {@code error} and {@code todo} in the answer */
    static FileProblem of(int status, String error, String todo, Map<String, @Nullable Object> facts) {
        return new FileProblem(status, error, todo, facts);
    }

    /** @param what the path as people read it */
    static FileProblem of(IOException e, String what) {
        String where = what.isEmpty() ? "The project's folder" : "\"" + what + "\"";
        String reason = e instanceof FileSystemException f && f.getReason() != null
                ? String.valueOf(f.getReason())
                : String.valueOf(e.getMessage());
        return switch (e) {
            case NoSuchFileException _ -> of(MISSING, where + " is not there (any more).", "Look at the folder again.");
            case AccessDeniedException _ ->
                of(
                        FORBIDDEN,
                        where + " is closed to the workspace's user.",
                        "Change its mode or owner in the terminal (chmod, chown).");
            case FileAlreadyExistsException _ -> of(CONFLICT, where + " is there already.", "Take another name.");
            case DirectoryNotEmptyException _ -> of(CONFLICT, where + " is not empty.", "Take another name.");
            case NotDirectoryException _ -> of(CONFLICT, where + " is no folder.", "Look at the folder again.");
            default -> other(reason, where);
        };
    }

    private static FileProblem other(String reason, String where) {
        String lower = reason.toLowerCase(java.util.Locale.ROOT);
        if (lower.contains("no space") || lower.contains("quota")) {
            return of(FULL, "The disk is full; " + where + " is as it was.", "Make room and do it again.");
        }
        if (lower.contains("read-only") || lower.contains("not permitted")) {
            return of(FORBIDDEN, where + " cannot be written: " + reason + ".", "Write it at another place.");
        }
        if (lower.contains("name is too long") || lower.contains("name too long")) {
            return of(BAD, where + " has a name that is too long.", "Take a name of at most 255 bytes.");
        }
        if (lower.contains("too many open files")) {
            return of(BUSY, "The bridge has too many files open.", "Try again in a moment.");
        }
        return of(CONFLICT, where + " cannot be used: " + reason + ".", "Look at it in the terminal.");
    }

    int status() {
        return status;
    }

    /** @return what the answer's body has */
    Map<String, @Nullable Object> body() {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("error", getMessage());
        body.put("todo", todo);
        body.putAll(facts);
        return body;
    }
}
