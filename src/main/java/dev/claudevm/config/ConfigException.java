package dev.claudevm.config;

/** What was configured cannot be used. The message is for the person: what is wrong, where, and what is allowed. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
