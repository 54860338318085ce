package dev.claudevm.store;

import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jclouds.blobstore.ContainerNotFoundException;
import org.jclouds.http.HttpResponseException;
import org.jclouds.rest.AuthorizationException;
import org.jclouds.rest.InsufficientResourcesException;

/** What jclouds throws, in our words. */
final class Failures {

    private static final int FORBIDDEN = 403;
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;
    private static final int INSUFFICIENT_STORAGE = 507;

    private final String place;
    private final boolean folder;

    /** @param folder the store is a folder of this machine */
    Failures(String place, boolean folder) {
        this.place = place;
        this.folder = folder;
    }

    StoreException of(Throwable thrown) {
        Set<Throwable> seen = new HashSet<>();
        for (Throwable cause = thrown; cause != null && seen.add(cause); cause = cause.getCause()) {
            StoreException known = known(cause);
            if (known != null) {
                return known;
            }
        }
        return new StoreException(
                StoreException.Kind.UNAVAILABLE,
                "The object store " + place + " cannot be reached: " + said(root(thrown)) + ".",
                folder
                        ? "See whether the folder is there and can be written."
                        : "See whether its endpoint is right and up; it is tried again.",
                thrown);
    }

    @org.jspecify.annotations.Nullable
    private StoreException known(Throwable cause) {
        return switch (cause) {
            case AuthorizationException e -> refused(e);
            case ContainerNotFoundException e -> missing(e);
            case HttpResponseException e
            when e.getResponse() != null -> status(e, e.getResponse().getStatusCode());
            case InsufficientResourcesException e -> full(e);
            case AccessDeniedException e -> closed(e);
            case FileNotFoundException e when said(e).contains("Permission denied") -> closed(e);
            case FileSystemException e when said(e).contains("No space left") -> full(e);
            case java.io.IOException e when said(e).contains("No space left") || said(e).contains("quota") -> full(e);
            default -> null;
        };
    }

    private StoreException status(HttpResponseException e, int status) {
        return switch (status) {
            case UNAUTHORIZED, FORBIDDEN -> refused(e);
            case NOT_FOUND -> missing(e);
            case INSUFFICIENT_STORAGE -> full(e);
            default ->
                new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        "The object store " + place + " answered " + status + ".",
                        "It is tried again; when it goes on, ask whoever runs it.",
                        e);
        };
    }

    private StoreException refused(Throwable e) {
        return new StoreException(
                StoreException.Kind.REFUSED,
                "The object store " + place + " refuses the access key.",
                "See store.accessKey and store.secretKey in config.yaml (or CLAUDE_VM_STORE_ACCESS_KEY and"
                        + " CLAUDE_VM_STORE_SECRET_KEY), store.region, and what the key may do: read, write, list, delete.",
                e);
    }

    private StoreException missing(Throwable e) {
        if (folder) {
            return new StoreException(
                    StoreException.Kind.REFUSED,
                    "The object store's folder " + place + " is gone.",
                    "Bring it back (is its disk mounted?), or set store.path in config.yaml, and start the server again.",
                    e);
        }
        return new StoreException(
                StoreException.Kind.REFUSED,
                "There is no bucket for the object store " + place + ".",
                "Create it, or correct store.bucket in config.yaml.",
                e);
    }

    private StoreException full(Throwable e) {
        return new StoreException(
                StoreException.Kind.FULL,
                "The object store " + place + " is full.",
                "Make room there; what waits is stored then.",
                e);
    }

    private StoreException closed(Throwable e) {
        return new StoreException(
                StoreException.Kind.REFUSED,
                "The object store's folder " + place + " cannot be written.",
                "Give it to the user that runs the server, or set store.path in config.yaml.",
                e);
    }

    private static String said(Throwable e) {
        String message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName().toLowerCase(Locale.ROOT)
                : message.lines().findFirst().orElse("").strip();
    }

    private static Throwable root(Throwable e) {
        Throwable root = e;
        for (int depth = 0; depth < 20 && root.getCause() != null; depth++) {
            root = root.getCause();
        }
        return root;
    }
}
