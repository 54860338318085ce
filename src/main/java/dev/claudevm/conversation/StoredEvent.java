package dev.claudevm.conversation;

/**
 * An event of the mirror.
 *
 * @param json the whole event as one line of JSON, with {@code seq}, {@code at} and {@code type} in it
 */
public record StoredEvent(long seq, String type, String json) {}
