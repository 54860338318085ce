package dev.claudevm.problem;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;

/** Refusals as RFC 9457 problems: {@code detail} says what is wrong, {@code todo} what to do about it. */
@RestControllerAdvice
class Problems extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    @ExceptionHandler(Problem.class)
    ResponseEntity<ProblemDetail> refused(Problem problem, HttpServletRequest request) {
        ProblemDetail detail = ProblemDetail.forStatusAndDetail(
                HttpStatusCode.valueOf(problem.kind().status()), problem.detail());
        detail.setTitle(problem.kind().title());
        detail.setProperty("todo", problem.todo());
        problem.more().forEach(detail::setProperty);
        return ResponseEntity.status(detail.getStatus())
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(detail);
    }

    /** Nobody foresaw it: the cause is for the log, not for the caller. */
    @ExceptionHandler(RuntimeException.class)
    ResponseEntity<ProblemDetail> failed(RuntimeException e, HttpServletRequest request) {
        if (!request.getRequestURI().startsWith("/api/") || e instanceof AccessDeniedException) {
            throw e;
        }
        log.error("{} {} failed", request.getMethod(), request.getRequestURI(), e);
        ProblemDetail detail = ProblemDetail.forStatusAndDetail(HttpStatus.INTERNAL_SERVER_ERROR, "The server failed.");
        detail.setProperty("todo", "Try again; the server's log has the cause.");
        return ResponseEntity.internalServerError()
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(detail);
    }

    /** Whatever the framework refuses also says what to do. */
    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception e, @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        if (body instanceof ProblemDetail detail
                && (detail.getProperties() == null || !detail.getProperties().containsKey("todo"))) {
            detail.setProperty("todo", "See /api/v1/openapi for what is expected.");
        }
        return super.handleExceptionInternal(e, body, headers, status, request);
    }

    @Override
    protected ResponseEntity<Object> handleHttpMessageNotReadable(
            HttpMessageNotReadableException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        if (BodyLimit.exceeded(e)) {
            return answer(e, HttpStatus.CONTENT_TOO_LARGE, "The request is too large.", "Send less at once.", request);
        }
        Throwable cause = e.getCause();
        String detail =
                cause instanceof JacksonException json && !json.getPath().isEmpty()
                        ? "The field \"" + field(json) + "\" has the wrong type."
                        : cause instanceof StreamConstraintsException
                                ? "The request has a value that is too long."
                                : "The request's body is no JSON, or is missing.";
        return answer(e, HttpStatus.BAD_REQUEST, detail, "See /api/v1/openapi for what is expected.", request);
    }

    private ResponseEntity<Object> answer(
            Exception e, HttpStatus status, String what, String todo, WebRequest request) {
        ProblemDetail detail = ProblemDetail.forStatusAndDetail(status, what);
        detail.setProperty("todo", todo);
        HttpHeaders headers = new HttpHeaders();
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        var response = handleExceptionInternal(e, detail, headers, status, request);
        return response == null ? ResponseEntity.status(status).build() : response;
    }

    private static String field(JacksonException json) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference reference : json.getPath()) {
            String name = reference.getPropertyName();
            path.append(name == null ? "[" + reference.getIndex() + "]" : (path.isEmpty() ? "" : ".") + name);
        }
        return path.toString();
    }
}
