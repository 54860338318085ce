package dev.claudevm.preview;

import dev.claudevm.gateway.WorkspaceSocket;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Bytes both ways between a browser and a port in a workspace, after both agreed on another protocol than HTTP. Of Tomcat's
 * own kind, as its WebSockets are: by the servlet API a connection cannot be closed while nothing comes from the browser, and a
 * page would not notice that its server has gone.
 */
public final class Tunnel implements InternalHttpUpgradeHandler {

    private static final int BUFFER_BYTES = 16 * 1024;

    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable WorkspaceSocket workspace;
    private @Nullable SessionInputBufferImpl read;
    private @Nullable SocketWrapperBase<?> browser;

    /** @param read what came behind the head of the answer is in it */
    void to(WorkspaceSocket socket, SessionInputBufferImpl read) {
        this.workspace = socket;
        this.read = read;
    }

    @Override
    public void setSocketWrapper(SocketWrapperBase<?> wrapper) {
        browser = wrapper;
    }

    @Override
    public void init(@Nullable WebConnection unused) {
        Thread.ofVirtual().name("preview tunnel").start(this::toBrowser);
    }

    private void toBrowser() {
        SocketWrapperBase<?> to = Objects.requireNonNull(browser);
        SessionInputBufferImpl buffer = Objects.requireNonNull(read);
        WorkspaceSocket from = Objects.requireNonNull(workspace);
        byte[] bytes = new byte[BUFFER_BYTES];
        try {
            for (int n = buffer.read(bytes, from.in()); n >= 0; n = buffer.read(bytes, from.in())) {
                to.write(true, bytes, 0, n);
                to.flush(true);
            }
        } catch (IOException e) {
            // cut off
        } finally {
            close();
        }
    }

    /** Called when something came from the browser, or the connection to it has ended. */
    @Override
    public SocketState upgradeDispatch(SocketEvent event) {
        return switch (event) {
            case OPEN_READ -> fromBrowser();
            case OPEN_WRITE -> SocketState.UPGRADED;
            default -> {
                close();
                yield SocketState.CLOSED;
            }
        };
    }

    private SocketState fromBrowser() {
        SocketWrapperBase<?> from = Objects.requireNonNull(browser);
        OutputStream to = Objects.requireNonNull(workspace).out();
        byte[] bytes = new byte[BUFFER_BYTES];
        try {
            int n = from.read(false, bytes, 0, bytes.length);
            while (n > 0) {
                to.write(bytes, 0, n);
                to.flush();
                n = from.read(false, bytes, 0, bytes.length);
            }
            if (n == 0) {
                return SocketState.UPGRADED;
            }
        } catch (IOException e) {
            // cut off
        }
        close();
        return SocketState.CLOSED;
    }

    /** When one way ends, both do: WebSockets say goodbye in their own frames. */
    private void close() {
        if (closed.compareAndSet(false, true)) {
            if (workspace != null) {
                workspace.close();
            }
            if (browser != null) {
                browser.close();
            }
        }
    }

    @Override
    public void destroy() {
        close();
    }

    @Override
    public void pause() {
        // Goes on until the server stops.
    }

    @Override
    public void timeoutAsync(long now) {
        // A tunnel may be silent for ever.
    }

    @Override
    public void setSslSupport(SSLSupport support) {
        // Nobody asks.
    }
}
