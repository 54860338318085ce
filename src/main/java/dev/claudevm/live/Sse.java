package dev.claudevm.live;

import dev.claudevm.protocol.Json;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes server-sent events (HTML standard, section 9.2). Blocks while the reader is slow. */
final class Sse {

    private final OutputStream out;

    Sse(HttpServletResponse response) throws IOException {
        response.setStatus(200);
        response.setContentType("text/event-stream;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        // A reverse proxy that collects would hold back what is live.
        response.setHeader("X-Accel-Buffering", "no");
        out = response.getOutputStream();
        response.flushBuffer();
    }

    /** @param json one line */
    void event(@Nullable Long id, String type, String json) throws IOException {
        StringBuilder event = new StringBuilder(json.length() + 60);
        if (id != null) {
            event.append("id: ").append(id).append('\n');
        }
        event.append("event: ").append(type).append("\ndata: ").append(json).append("\n\n");
        out.write(event.toString().getBytes(StandardCharsets.UTF_8));
    }

    void snapshot(String type, Object value) throws IOException {
        event(null, type, Json.MAPPER.writeValueAsString(value));
    }

    void flush() throws IOException {
        out.flush();
    }
}
