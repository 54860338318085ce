package dev.claudevm.cli;

/**
 * Text of others for a terminal. An agent's output, a file's name or an error of git may hold control sequences that
 * move the cursor, set the clipboard or answer for the user: none of them reaches the terminal.
 */
public final class PlainText {

    private PlainText() {}

    /** @return the text without control characters, with its line breaks and tabs */
    public static String lines(String text) {
        return strip(text, true);
    }

    /** @return the text as one line without control characters */
    public static String line(String text) {
        return strip(text, false);
    }

    private static String strip(String text, boolean breaks) {
        if (text.codePoints().noneMatch(PlainText::hidden)) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (c == 0x1b) {
                next = afterEscape(text, next);
            } else if (c == 0x9b) {
                next = afterControlSequence(text, next);
            } else if (c == '\n' || c == '\t') {
                plain.append(breaks ? (char) c : ' ');
            } else if (!hidden(c)) {
                plain.appendCodePoint(c);
            }
            i = next;
        }
        return plain.toString();
    }

    /** Control characters, and those that reverse the direction of what stands around them. */
    private static boolean hidden(int c) {
        return c < 0x20 || c >= 0x7f && c <= 0x9f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
    }

    private static int afterEscape(String text, int i) {
        if (i >= text.length()) {
            return i;
        }
        return switch (text.charAt(i)) {
            case '[' -> afterControlSequence(text, i + 1);
            case ']', 'P', 'X', '^', '_' -> afterString(text, i + 1);
            default -> i + 1;
        };
    }

    /** Parameters up to a letter. */
    private static int afterControlSequence(String text, int from) {
        int i = from;
        while (i < text.length() && text.charAt(i) >= 0x20 && text.charAt(i) < 0x40) {
            i++;
        }
        return Math.min(i + 1, text.length());
    }

    /** Up to BEL or ESC \; a string that never ends is only cut at its first character. */
    private static int afterString(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0x07) {
                return i + 1;
            }
            if (c == 0x1b) {
                return Math.min(i + 2, text.length());
            }
            if (c == '\n') {
                return i;
            }
        }
        return from;
    }
}
