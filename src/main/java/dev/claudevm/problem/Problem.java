package dev.claudevm.problem;

import java.util.LinkedHashMap;
import java.util.Map;

/** A person asked for something that cannot be done. The message says what is wrong, {@link #todo} what to do about it. */
public final class Problem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What kind of refusal it is; decides the HTTP status. */
    public enum Kind {
        /** 400: the request itself is not understood. */
        MALFORMED(400, "Bad request"),
        /** 404. */
        UNKNOWN(404, "Not found"),
        /** 409: it contradicts what is already so. */
        CONFLICT(409, "Conflict"),
        /** 413. */
        TOO_LARGE(413, "Too large"),
        /** 422: understood, but the values make no sense. */
        INVALID(422, "Invalid"),
        /** 503: it would work at another time. */
        UNAVAILABLE(503, "Not available");

        private final int status;
        private final String title;

        Kind(int status, String title) {
            this.status = status;
            this.title = title;
        }

        public int status() {
            return status;
        }

        public String title() {
            return title;
        }
    }

    private final Kind kind;
    private final String todo;
    private final transient Map<String, Object> more;

    private Problem(Kind kind, String detail, String todo) {
        this(kind, detail, todo, Map.of());
    }

    private Problem(Kind kind, String detail, String todo, Map<String, Object> more) {
        super(detail);
        this.kind = kind;
        this.todo = todo;
        this.more = more;
    }

    public static Problem malformed(String detail, String todo) {
        return new Problem(Kind.MALFORMED, detail, todo);
    }

    public static Problem unknown(String detail, String todo) {
        return new Problem(Kind.UNKNOWN, detail, todo);
    }

    public static Problem conflict(String detail, String todo) {
        return new Problem(Kind.CONFLICT, detail, todo);
    }

    public static Problem tooLarge(String detail, String todo) {
        return new Problem(Kind.TOO_LARGE, detail, todo);
    }

    public static Problem invalid(String detail, String todo) {
        return new Problem(Kind.INVALID, detail, todo);
    }

    public static Problem unavailable(String detail, String todo) {
        return new Problem(Kind.UNAVAILABLE, detail, todo);
    }

    /** @return the same, with something for programs to go on with */
    public Problem with(String property, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(more);
        all.put(property, value);
        return new Problem(kind, detail(), todo, all);
    }

    public Kind kind() {
        return kind;
    }

    /** @return properties of the problem document besides the usual ones */
    public Map<String, Object> more() {
        return more;
    }

    /** @return what is wrong */
    public String detail() {
        return String.valueOf(getMessage());
    }

    public String todo() {
        return todo;
    }
}
