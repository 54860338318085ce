package dev.claudevm.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Function;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.ContentLengthInputStream;
import org.apache.hc.core5.http.impl.io.DefaultHttpRequestParser;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;
import org.jspecify.annotations.Nullable;

/**
 * One connection of restic's: HTTP/1.1 over a stream that may be a socket or a channel of a workspace's connection home. Bodies
 * go through, they are never held.
 */
final class BackendHttp {

    private static final int BUFFER_BYTES = 32 * 1024;
    private static final int COPY_BYTES = 64 * 1024;
    private static final int BAD_REQUEST = 400;
    private static final Http1Config BOUNDS = Http1Config.custom()
            .setMaxLineLength(8 * 1024)
            .setMaxHeaderCount(64)
            .build();

    private final ResticBackend backend;
    private final Function<String, @Nullable Grant> grants;

    /** @param grants the open grant of a secret; null: there is none. Asked anew for each request */
    BackendHttp(ResticBackend backend, Function<String, @Nullable Grant> grants) {
        this.backend = backend;
        this.grants = grants;
    }

    /** Answers requests until the other end goes. @throws IOException when the connection is lost in the middle */
    void serve(InputStream in, OutputStream out) throws IOException {
        SessionInputBufferImpl buffer =
                new SessionInputBufferImpl(BUFFER_BYTES, StandardCharsets.ISO_8859_1.newDecoder());
        DefaultHttpRequestParser parser = new DefaultHttpRequestParser(BOUNDS);
        boolean more = true;
        while (more) {
            ClassicHttpRequest request;
            try {
                request = parser.parse(buffer, in);
            } catch (HttpException e) {
                write(out, ResticBackend.Answer.text(BAD_REQUEST, "That is no request."), false, false);
                return;
            }
            if (request == null) {
                return;
            }
            more = answer(request, buffer, in, out);
        }
    }

    private boolean answer(ClassicHttpRequest request, SessionInputBufferImpl buffer, InputStream in, OutputStream out)
            throws IOException {
        long length = length(request);
        boolean head = request.getMethod().equals("HEAD");
        if (length > ResticBackend.MAX_OBJECT_BYTES || request.containsHeader(HttpHeaders.TRANSFER_ENCODING)) {
            write(out, ResticBackend.Answer.text(413, "That is too much, or does not say how much."), head, false);
            return false;
        }
        ContentLengthInputStream body = new ContentLengthInputStream(buffer, in, Math.max(0, length));
        Grant grant = grant(request);
        if (grant == null) {
            write(out, ResticBackend.Answer.text(401, "No snapshot is being made or restored."), head, false);
            return false;
        }
        String path = request.getPath().replaceFirst("\\?.*$", "");
        Header range = request.getFirstHeader(HttpHeaders.RANGE);
        try (ResticBackend.Answer answer = backend.on(
                grant,
                new ResticBackend.Request(
                        request.getMethod(), path, range == null ? null : range.getValue(), body, length))) {
            // What is left of the body of a request that was refused: else the next one begins in its middle.
            body.transferTo(OutputStream.nullOutputStream());
            boolean close = request.getVersion() != null
                            && request.getVersion().getMajor() == 1
                            && request.getVersion().getMinor() == 0
                    || "close".equalsIgnoreCase(value(request, HttpHeaders.CONNECTION));
            write(out, answer, head, !close);
            return !close;
        }
    }

    private static long length(ClassicHttpRequest request) {
        String text = value(request, HttpHeaders.CONTENT_LENGTH);
        return text == null || !text.matches("\\d{1,18}") ? -1 : Long.parseLong(text);
    }

    private static @Nullable String value(ClassicHttpRequest request, String name) {
        Header header = request.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    private @Nullable Grant grant(ClassicHttpRequest request) {
        String text = value(request, HttpHeaders.AUTHORIZATION);
        if (text == null || !text.startsWith("Basic ")) {
            return null;
        }
        try {
            String pair =
                    new String(Base64.getDecoder().decode(text.substring("Basic ".length())), StandardCharsets.UTF_8);
            return grants.apply(pair.substring(pair.indexOf(':') + 1));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** In larger parts than {@link InputStream#transferTo}: they are packs of 16 MB. */
    private static long copied(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        long all = 0;
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            to.write(buffer, 0, read);
            all += read;
        }
        return all;
    }

    private static void write(OutputStream out, ResticBackend.Answer answer, boolean head, boolean more)
            throws IOException {
        StringBuilder text = new StringBuilder("HTTP/1.1 ")
                .append(answer.status())
                .append(answer.status() / 100 == 2 ? " OK" : " No")
                .append("\r\nContent-Length: ")
                .append(answer.length())
                .append("\r\n");
        if (answer.type() != null) {
            text.append("Content-Type: ").append(answer.type()).append("\r\n");
        }
        if (!more) {
            text.append("Connection: close\r\n");
        }
        out.write(text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        InputStream body = answer.body();
        if (!head && body != null && copied(body, out) != answer.length()) {
            throw new IOException("the object store was cut off");
        }
        out.flush();
    }
}
