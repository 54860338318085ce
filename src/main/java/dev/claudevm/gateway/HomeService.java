package dev.claudevm.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Something of the control plane that workspaces may use: a stream both ways, over their connection home ({@code exec <name>}) or
 * through a socket of their own on this machine ({@link Doors}).
 * A bean of this type is all that it takes. Safe for use by many threads.
 */
public interface HomeService {

    /** @return the command, lower-case letters */
    String name();

    /**
     * Blocks until the stream ends or the visitor may not stay. The streams are closed by the caller.
     *
     * @throws IOException when the connection is lost
     */
    void serve(Visitor visitor, InputStream in, OutputStream out) throws IOException;

    /** Who is at the other end: known by the key of its connection or by its socket, not by what it says. */
    interface Visitor {

        String workspaceId();

        long generation();

        /** @return false when a newer start of the workspace is expected, it is gone, or the connection was replaced */
        boolean welcome();
    }
}
