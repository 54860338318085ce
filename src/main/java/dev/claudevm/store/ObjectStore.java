package dev.claudevm.store;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Objects under keys. An object is whole or it is not there; the last one that was put under a key counts. Nothing is held
 * in memory: streams go through. Safe for use by many threads; calls block.
 *
 * <p>There is no conditional put, because jclouds has none. Who must not overwrite names objects after their content.
 */
public interface ObjectStore {

    /**
     * Returns when the object is kept.
     *
     * @param key segments of letters, digits, {@code . _ -} with single slashes between them, 500 characters at most
     * @param content is read to {@code length}, not closed. When reading it fails, or it ends early, nothing is kept
     * @param length in bytes
     */
    void put(String key, InputStream content, long length) throws StoreException;

    /**
     * @param range null: all of it
     * @return the caller closes it; empty: there is no such object
     */
    Optional<Content> get(String key, @Nullable Range range) throws StoreException;

    /** @return its length in bytes; empty: there is no such object */
    Optional<Long> head(String key) throws StoreException;

    /**
     * @param prefix ends with a slash
     * @return all below it, in no particular order. Half-written ones are not in it
     */
    List<Entry> list(String prefix) throws StoreException;

    /**
     * Removes what crashes have left half-written. Nobody may put anything there meanwhile.
     *
     * @param prefix ends with a slash
     */
    void sweep(String prefix) throws StoreException;

    /** One that is not there is no error. */
    void delete(String key) throws StoreException;

    /** @return for people, without secrets: {@code /home/ann/.claude-vm/store}, {@code s3://backups/team} */
    String place();

    /** @param key the whole key */
    record Entry(String key, long bytes) {}

    /** Part of an object. @param bytes at most so many, from {@code from} on */
    record Range(long from, long bytes) {}

    /** @param bytes of the stream. Whoever reads fewer before its end was cut off */
    record Content(InputStream stream, long bytes) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
