package dev.claudevm.snapshot;

import dev.claudevm.store.StoreException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What restic met in a repository while it worked there under one grant: it says itself only that a request has failed. Of a grant
 * and not of a workspace, because a restic that was given up goes on asking for a while. Safe for use by many threads.
 */
final class Seen {

    private final AtomicLong bytesRead = new AtomicLong();
    private volatile @Nullable StoreException trouble;
    private volatile @Nullable String lost;

    /** @return what the store said last when it failed, unless it has taken something since */
    Optional<StoreException> trouble() {
        return Optional.ofNullable(trouble);
    }

    void failed(StoreException e) {
        trouble = e;
    }

    void taken() {
        trouble = null;
    }

    /**
     * restic asks for a quarter of an hour for what is not there, so whoever waits for it looks here.
     *
     * @return for people: an object that the store has lost
     */
    Optional<String> lost() {
        return Optional.ofNullable(lost);
    }

    void lost(String object) {
        lost = object;
    }

    /** @return bytes of packs that were read out of the repository */
    long bytesRead() {
        return bytesRead.get();
    }

    void read(long bytes) {
        bytesRead.addAndGet(bytes);
    }
}
