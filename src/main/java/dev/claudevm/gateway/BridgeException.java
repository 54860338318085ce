package dev.claudevm.gateway;

/** A bridge did not do what it was asked. */
public final class BridgeException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Why; decides whether it makes sense to try again. */
    public enum Kind {
        /** Not connected, cut off, too slow, or not ready yet: the same request may work later. */
        UNREACHABLE,
        /** It does not know the conversation. */
        UNKNOWN,
        /** It understood and said no: the same request will never work. */
        REFUSED
    }

    private final Kind kind;

    BridgeException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    BridgeException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
