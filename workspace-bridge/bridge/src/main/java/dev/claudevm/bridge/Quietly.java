package dev.claudevm.bridge;

import java.io.Closeable;
import java.io.IOException;

/** Closes what nobody needs any more. */
final class Quietly {

    private Quietly() {}

    static void close(Closeable stream) {
        try {
            stream.close();
        } catch (IOException e) {
            // It has gone already.
        }
    }
}
