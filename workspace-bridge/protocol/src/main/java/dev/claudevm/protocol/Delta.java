package dev.claudevm.protocol;

/**
 * A piece of a text that is still being written. Not part of the journal.
 *
 * @param messageId the id that the finished {@link EventBody.Text} or {@link EventBody.Thinking} will have
 * @param kind {@code text} or {@code thinking}
 * @param offset where the piece begins in the text, in UTF-16 code units
 */
public record Delta(String messageId, String kind, int offset, String text) {}
