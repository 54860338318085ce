package dev.claudevm.access;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;

/**
 * A request that is not let in: as RFC 9457 problem for programs, as text for everything else.
 *
 * @param detail what is wrong
 * @param todo what to do
 */
record Refusal(HttpStatus status, String detail, String todo) {

    private static final JsonMapper JSON = JsonMapper.shared();

    static boolean isForPrograms(HttpServletRequest request) {
        return request.getRequestURI().startsWith("/api/");
    }

    void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setStatus(status.value());
        response.setHeader("Cache-Control", "no-store");
        byte[] body;
        if (isForPrograms(request)) {
            Map<String, Object> problem = new LinkedHashMap<>();
            problem.put("type", "about:blank");
            problem.put("title", status.getReasonPhrase());
            problem.put("status", status.value());
            problem.put("detail", detail);
            problem.put("todo", todo);
            response.setContentType("application/problem+json");
            body = JSON.writeValueAsBytes(problem);
        } else {
            response.setContentType("text/plain;charset=UTF-8");
            body = (detail + "\n" + todo + "\n").getBytes(StandardCharsets.UTF_8);
        }
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
