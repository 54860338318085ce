package dev.claudevm.bridge.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Opens streams to services of the control plane. */
@FunctionalInterface
public interface WayHome {

    /** @throws IOException when there is no connection now */
    Stream open(String service) throws IOException;

    /** Both directions; closing ends both. */
    interface Stream extends AutoCloseable {

        InputStream in();

        OutputStream out();

        @Override
        void close() throws IOException;
    }
}
