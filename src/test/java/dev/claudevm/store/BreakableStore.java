package dev.claudevm.store;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A real store that stops working when a test wants it. */
public final class BreakableStore implements ObjectStore {

    private final ObjectStore inside;
    private volatile StoreException.@Nullable Kind broken;
    private volatile boolean answersLost;

    public BreakableStore(ObjectStore inside) {
        this.inside = inside;
    }

    /** Nothing works until it is whole again. */
    public void breakWith(StoreException.Kind kind) {
        broken = kind;
    }

    /** Puts are done, and said not to be. */
    public void loseAnswers() {
        answersLost = true;
    }

    public void mend() {
        broken = null;
        answersLost = false;
    }

    private void check() throws StoreException {
        StoreException.Kind kind = broken;
        if (kind != null) {
            throw new StoreException(kind, "The store is " + kind + ".", "Mend it.", null);
        }
    }

    @Override
    public void put(String key, InputStream content, long length) throws StoreException {
        check();
        inside.put(key, content, length);
        if (answersLost) {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "The answer was lost.", "Try again.", null);
        }
    }

    @Override
    public Optional<Content> get(String key, @Nullable Range range) throws StoreException {
        check();
        return inside.get(key, range);
    }

    @Override
    public Optional<Long> head(String key) throws StoreException {
        check();
        return inside.head(key);
    }

    @Override
    public List<Entry> list(String prefix) throws StoreException {
        check();
        return inside.list(prefix);
    }

    @Override
    public void sweep(String prefix) throws StoreException {
        check();
        inside.sweep(prefix);
    }

    @Override
    public void delete(String key) throws StoreException {
        check();
        inside.delete(key);
    }

    @Override
    public String place() {
        return inside.place();
    }
}
