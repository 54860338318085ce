package dev.claudevm.problem;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * No call of the API may bring more bytes than a message with its attachments has. Uploads of files are streamed to their
 * workspace, which has a limit of its own; backups have none, and go through as they come.
 */
@Component
class BodyLimit extends OncePerRequestFilter {

    private static final Pattern UPLOAD = Pattern.compile("/api/v1/(?:workspaces/[^/]+/files/content|backups)");

    private final long maxBytes;

    /** @param maxBytes of one request's body */
    BodyLimit(@Value("${claude-vm.max-request-bytes:31457280}") long maxBytes) {
        this.maxBytes = maxBytes;
    }

    private static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1L;

        TooLarge() {
            super("The request is too large");
        }
    }

    static boolean exceeded(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof TooLarge) {
                return true;
            }
        }
        return false;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        String uri = request.getRequestURI();
        return !uri.startsWith("/api/") || UPLOAD.matcher(uri).matches();
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        chain.doFilter(
                new HttpServletRequestWrapper(request) {
                    private @Nullable ServletInputStream counted;

                    @Override
                    public ServletInputStream getInputStream() throws IOException {
                        ServletInputStream known = counted;
                        if (known == null) {
                            known = new Counted(super.getInputStream(), maxBytes);
                            counted = known;
                        }
                        return known;
                    }
                },
                response);
    }

    private static final class Counted extends ServletInputStream {
        private final ServletInputStream in;
        private long left;

        Counted(ServletInputStream in, long left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            return read < 0 ? read : count(1, read);
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = in.read(into, offset, length);
            return read < 0 ? read : count(read, read);
        }

        private int count(int bytes, int result) throws TooLarge {
            left -= bytes;
            if (left < 0) {
                throw new TooLarge();
            }
            return result;
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }
    }
}
