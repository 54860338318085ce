package dev.claudevm.access;

/**
 * A device or a token was revoked. Whoever holds a long-lived connection for it closes it.
 *
 * @param credentialId {@link Caller#credentialId()}
 */
public record AccessRevoked(String credentialId) {}
