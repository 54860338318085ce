package dev.claudevm.conversation;

/** Short texts out of long ones, for lists. */
final class Titles {

    private static final int TITLE_CHARS = 80;
    private static final int LINE_CHARS = 200;

    private Titles() {}

    /** @return a conversation's title out of its first message */
    static String of(String message) {
        return cut(message.strip().lines().findFirst().orElse("").strip(), TITLE_CHARS);
    }

    /** @return the last line that says something */
    static String lastLine(String markdown) {
        String[] lines = markdown.strip().split("\\R");
        return cut(lines[lines.length - 1].strip(), LINE_CHARS);
    }

    static String line(String text) {
        return cut(text.strip().replaceAll("\\s+", " "), LINE_CHARS);
    }

    /** Does not cut a character in two. */
    static String cut(String text, int chars) {
        if (text.length() <= chars) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(chars - 2)) ? chars - 2 : chars - 1;
        return text.substring(0, end) + "…";
    }
}
