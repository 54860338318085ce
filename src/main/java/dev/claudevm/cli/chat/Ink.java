package dev.claudevm.cli.chat;

/** Colours of a terminal, or none. What is coloured must be free of control characters already. */
public record Ink(boolean on) {

    public String bold(String text) {
        return paint("1", text);
    }

    public String dim(String text) {
        return paint("2", text);
    }

    String good(String text) {
        return paint("32", text);
    }

    String bad(String text) {
        return paint("31", text);
    }

    /** Wants an answer. */
    String ask(String text) {
        return paint("33", text);
    }

    private String paint(String code, String text) {
        return on && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
