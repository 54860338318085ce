package dev.claudevm.preview;

import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.WorkspaceSocket;
import dev.claudevm.gateway.WorkspaceSsh;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.impl.io.ChunkedOutputStream;
import org.apache.hc.core5.http.impl.io.ContentLengthInputStream;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.IdentityInputStream;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;
import org.apache.hc.core5.http.impl.io.SessionOutputBufferImpl;
import org.jspecify.annotations.Nullable;

/**
 * Hands one request on to a port in a workspace, and the answer back, as they come; one connection each (RFC 9112). An
 * upgraded one, as of a WebSocket, becomes a {@link Tunnel}. Threads are virtual: they wait.
 */
final class PreviewProxy {

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final Http1Config BOUNDS = Http1Config.custom()
            .setMaxLineLength(64 * 1024)
            .setMaxHeaderCount(200)
            .setMaxEmptyLineCount(10)
            .build();

    private final WorkspaceSsh ssh;
    private final PreviewSettings settings;

    PreviewProxy(WorkspaceSsh ssh, PreviewSettings settings) {
        this.ssh = ssh;
        this.settings = settings;
    }

    void exchange(PreviewName preview, HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        WorkspaceSocket socket;
        try {
            socket = ssh.connect(preview.workspace(), preview.port());
        } catch (BridgeException e) {
            if (e.kind() == BridgeException.Kind.UNKNOWN) {
                PreviewPage.NOBODY_LISTENS.answer(response, preview.port(), preview.workspace());
            } else {
                PreviewPage.STOPPED.answer(response, preview.workspace());
            }
            return;
        }
        boolean handedOver = false;
        try {
            socket.patience(settings.silence());
            handedOver = exchange(preview, socket, request, response);
        } finally {
            if (!handedOver) {
                socket.close();
            }
        }
    }

    /** @return whether a tunnel has the socket now */
    private boolean exchange(
            PreviewName preview, WorkspaceSocket socket, HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        Rewriting rewriting = new Rewriting(preview, settings, request);
        try {
            ask(rewriting, socket, request);
        } catch (IOException e) {
            // It may have answered before it had read all, and have closed; then the answer says why.
        }
        SessionInputBufferImpl buffer =
                new SessionInputBufferImpl(BUFFER_BYTES, StandardCharsets.ISO_8859_1.newDecoder());
        ClassicHttpResponse answer;
        try {
            answer = head(buffer, socket.in());
        } catch (InterruptedIOException e) {
            PreviewPage.SILENT.answer(response, preview.port(), preview.workspace());
            return false;
        } catch (HttpException | IOException e) {
            PreviewPage.NO_HTTP.answer(response, preview.port(), preview.workspace());
            return false;
        }
        boolean switches = answer.getCode() == HttpStatus.SC_SWITCHING_PROTOCOLS;
        response.setStatus(answer.getCode());
        rewriting.answer(answer, response);
        if (switches) {
            socket.patience(Duration.ZERO);
            request.upgrade(Tunnel.class).to(socket, buffer);
            return true;
        }
        InputStream body = body(request.getMethod(), answer, buffer, socket.in(), response);
        if (body != null) {
            copy(body, response.getOutputStream());
        }
        return false;
    }

    private static void ask(Rewriting rewriting, WorkspaceSocket socket, HttpServletRequest request)
            throws IOException {
        OutputStream out = socket.out();
        out.write(rewriting.head().getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        if (rewriting.isChunked()) {
            try (ChunkedOutputStream chunks =
                    new ChunkedOutputStream(new SessionOutputBufferImpl(BUFFER_BYTES), out, BUFFER_BYTES)) {
                copy(request.getInputStream(), chunks);
            }
        } else if (request.getContentLengthLong() > 0) {
            copy(request.getInputStream(), out);
        }
        out.flush();
    }

    private static ClassicHttpResponse head(SessionInputBufferImpl buffer, InputStream in)
            throws IOException, HttpException {
        DefaultHttpResponseParser parser = new DefaultHttpResponseParser(BOUNDS);
        while (true) {
            ClassicHttpResponse answer = parser.parse(buffer, in);
            if (answer == null) {
                throw new IOException("no answer");
            }
            // 100 Continue, 103 Early Hints
            if (answer.getCode() >= HttpStatus.SC_OK || answer.getCode() == HttpStatus.SC_SWITCHING_PROTOCOLS) {
                return answer;
            }
        }
    }

    /** RFC 9112, section 6.3. @return null when there is none */
    private static @Nullable InputStream body(
            String method,
            ClassicHttpResponse answer,
            SessionInputBufferImpl buffer,
            InputStream in,
            HttpServletResponse response) {
        Header length = answer.getFirstHeader(HttpHeaders.CONTENT_LENGTH);
        Header coding = answer.getFirstHeader(HttpHeaders.TRANSFER_ENCODING);
        long bytes = length == null || coding != null ? -1 : number(length.getValue());
        if (bytes >= 0) {
            response.setContentLengthLong(bytes);
        }
        if (method.equals("HEAD")
                || answer.getCode() == HttpStatus.SC_NO_CONTENT
                || answer.getCode() == HttpStatus.SC_NOT_MODIFIED) {
            return null;
        }
        if (coding != null && coding.getValue().toLowerCase(Locale.ROOT).endsWith("chunked")) {
            return new ChunkedInputStream(buffer, in, BOUNDS);
        }
        return bytes >= 0 ? new ContentLengthInputStream(buffer, in, bytes) : new IdentityInputStream(buffer, in);
    }

    private static long number(String text) {
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] bytes = new byte[BUFFER_BYTES];
        for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
            out.write(bytes, 0, n);
            if (in.available() == 0) {
                out.flush();
            }
        }
    }
}
