package dev.claudevm.conversation;

/**
 * What a person gets for a command: it is written down.
 *
 * @param id the command's
 * @param state {@code stored}, {@code delivering}, {@code taken} or {@code refused}
 */
public record Receipt(String id, String state) {}
