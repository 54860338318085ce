package dev.claudevm.protocol;

/** Bounds that both ends of a connection know. */
public final class Limits {

    /** Longest text of one message, in bytes of UTF-8. */
    public static final int MESSAGE_BYTES = 1024 * 1024;

    /** Largest attachment, decoded. */
    public static final int ATTACHMENT_BYTES = 10 * 1024 * 1024;

    /** Most attachments of one message. */
    public static final int ATTACHMENTS = 10;

    /** Longest output of a tool that an event carries, in UTF-16 code units; the middle of a longer one is left out. */
    public static final int TOOL_OUTPUT_CHARS = 256 * 1024;

    /** Longest line of an agent that is read as one; a longer one is skipped and said in the journal. */
    public static final int AGENT_LINE_BYTES = 64 * 1024 * 1024;

    /** Most messages that wait in one queue. */
    public static final int QUEUE_LENGTH = 200;

    private Limits() {}
}
