package dev.claudevm.provider;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be set of a provider. Values are texts.
 *
 * @param name in the CLI and in the API, for example {@code jumpHost}; kept for ever, it is in databases
 * @param title its label, for people
 * @param help one sentence: what it is for, and what holds without it
 * @param defaultValue what holds when nothing is given; null: then it is missing
 * @param allowed the only values there are; empty: any of the type
 * @param secret encrypted at rest; goes in and never comes out
 * @param required there is nothing without it
 * @param confirmed the check finds it out and a person confirms it ({@link ConfirmationNeeded}); nobody is asked for it before
 */
public record ProviderOption(
        String name,
        Type type,
        String title,
        String help,
        @Nullable String defaultValue,
        List<String> allowed,
        boolean secret,
        boolean required,
        boolean confirmed) {

    private static final int MAX_CHARS = 1000;
    private static final int MAX_FILE_CHARS = 64 * 1024;

    /** What a value is like. */
    public enum Type {
        /** One line. */
        TEXT("[^\\p{Cntrl}]+", MAX_CHARS, "one line of text"),
        /** A whole number from 0 on. */
        NUMBER("\\d{1,9}", 9, "a whole number"),
        /** A number from 0 on, with a point and two digits at most. */
        DECIMAL("\\d{1,6}(\\.\\d{1,2})?", 9, "a number like 2 or 1.5"),
        /** Of memory or disk. */
        SIZE("\\d{1,7} ?(MB|GB)", 10, "a size like 2GB or 1500MB"),
        /** {@code true} or {@code false}. */
        SWITCH("true|false", 5, "true or false"),
        /** The content of a small text file, for example a private key. People name the file; its content is sent. */
        FILE("(?s).+", MAX_FILE_CHARS, "the content of a text file, at most 64 KB");

        private final Pattern pattern;
        private final int maxChars;
        private final String words;

        Type(String pattern, int maxChars, String words) {
            this.pattern = Pattern.compile(pattern);
            this.maxChars = maxChars;
            this.words = words;
        }
    }

    public ProviderOption {
        allowed = List.copyOf(allowed);
    }

    /** An optional one without a default; the methods below make it another. */
    public static ProviderOption of(String name, Type type, String title, String help) {
        return new ProviderOption(name, type, title, help, null, List.of(), false, false, false);
    }

    public ProviderOption withDefault(String value) {
        return new ProviderOption(name, type, title, help, value, allowed, secret, required, confirmed);
    }

    public ProviderOption oneOf(String... values) {
        return new ProviderOption(name, type, title, help, defaultValue, List.of(values), secret, required, confirmed);
    }

    public ProviderOption asSecret() {
        return new ProviderOption(name, type, title, help, defaultValue, allowed, true, required, confirmed);
    }

    public ProviderOption asRequired() {
        return new ProviderOption(name, type, title, help, defaultValue, allowed, secret, true, confirmed);
    }

    /** Found out by the check. */
    public ProviderOption byConfirmation() {
        return new ProviderOption(name, type, title, help, defaultValue, allowed, secret, required, true);
    }

    /** @return what a value must be, when this one is not; never the value itself. Empty: it is fine */
    public Optional<String> wrong(String value) {
        if (value.length() > type.maxChars || !type.pattern.matcher(value).matches()) {
            return Optional.of(type.words);
        }
        return allowed.isEmpty() || allowed.contains(value)
                ? Optional.empty()
                : Optional.of("one of: " + String.join(", ", allowed));
    }
}
