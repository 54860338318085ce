package dev.claudevm.search;

import dev.claudevm.problem.Problem;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;

/**
 * Where a page of results ended. Says how good the last one was and not its place in the index, so that it outlives what is indexed
 * meanwhile.
 *
 * @param today what counted as now for the first page
 */
record Cursor(Instant today, float score, long at, long tie) {

    private static final int BYTES = Long.BYTES * 3 + Float.BYTES;

    /** @throws Problem when it was not made here */
    static Cursor parse(String text) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            if (bytes.length == BYTES) {
                ByteBuffer read = ByteBuffer.wrap(bytes);
                return new Cursor(
                        Instant.ofEpochMilli(read.getLong()), read.getFloat(), read.getLong(), read.getLong());
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw Problem.malformed(
                "\"cursor\" is none that this server gave out.",
                "Leave it out to begin with the first page; go on with the page's \"next\".");
    }

    @Override
    public String toString() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ByteBuffer.allocate(BYTES)
                        .putLong(today.toEpochMilli())
                        .putFloat(score)
                        .putLong(at)
                        .putLong(tie)
                        .array());
    }
}
