package dev.claudevm.search;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the words of a text are, for the index, for queries and for marking what was found: the same for all three. A run of letters and
 * digits is a word; {@code fooBar}, {@code FooBar} and {@code foo_bar} are one word and its parts; scripts that are written without
 * spaces are cut into overlapping pairs. Reads on as it is asked, so that a long text needs no room. For one thread.
 */
final class Words {

    /** So long is a word at most, in characters; what follows does not count. */
    static final int MAX_TERM = 64;

    /** What is longer is no word that somebody says (keys, encoded files): it is found by its beginning. */
    private static final int MAX_RUN = 200;

    private static final int MAX_PARTS = 16;
    private static final int MAX_PAIRS = 10_000;

    private final CharSequence text;
    private int at;

    Words(CharSequence text) {
        this.text = text;
    }

    /**
     * A part of a run.
     *
     * @param rest the part with all that follow it in the run: {@code FooBar} is found in {@code getFooBar}
     * @param from where it is in the text, in UTF-16 code units; {@code to} exclusive
     */
    record Part(String term, String rest, int from, int to) {}

    /**
     * One run of a text.
     *
     * @param whole the folded word, then other ways to write it; empty when the script has no spaces
     * @param parts of an identifier, or the pairs of a script without spaces; empty for a simple word
     * @param tail the last character of such a script alone: a prefix of a pair that might follow
     */
    record Run(
            int from,
            int to,
            List<String> whole,
            List<Part> parts,
            @Nullable Part tail) {

        /** @return it is of a script that is written without spaces */
        boolean dense() {
            return whole.isEmpty();
        }
    }

    /** @return the next one; null: that was all */
    @Nullable
    Run next() {
        while (at < text.length()) {
            int c = Character.codePointAt(text, at);
            if (Character.isLetterOrDigit(c)) {
                return dense(c) ? pairs() : word();
            }
            at += Character.charCount(c);
        }
        return null;
    }

    private static boolean dense(int c) {
        if (c < 0x0e00) {
            return false;
        }
        return Character.isIdeographic(c)
                || switch (Character.UnicodeScript.of(c)) {
                    case HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR, TIBETAN -> true;
                    // The long vowel mark of Japanese.
                    default -> c == 0x30fc || c == 0xff70;
                };
    }

    private static boolean mark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }

    private Run pairs() {
        int from = at;
        List<int[]> characters = new ArrayList<>();
        while (at < text.length() && characters.size() < MAX_PAIRS) {
            int c = Character.codePointAt(text, at);
            if (!dense(c)) {
                break;
            }
            characters.add(new int[] {at, at + Character.charCount(c)});
            at += Character.charCount(c);
        }
        List<Part> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < characters.size(); i++) {
            pairs.add(part(characters.get(i)[0], characters.get(i + 1)[1]));
        }
        int[] last = characters.getLast();
        return new Run(from, at, List.of(), pairs, part(last[0], last[1]));
    }

    private Part part(int from, int to) {
        String term = Folding.fold(text.subSequence(from, to));
        return new Part(term, term, from, to);
    }

    private Run word() {
        int from = at;
        boolean ascii = true;
        while (at < text.length()) {
            int c = Character.codePointAt(text, at);
            if (c != '_' && !Character.isLetterOrDigit(c) && !mark(c) || dense(c)) {
                break;
            }
            ascii &= c < 0x80;
            at += Character.charCount(c);
        }
        int to = at;
        while (text.charAt(to - 1) == '_') {
            to--;
        }
        if (to - from > MAX_RUN) {
            return new Run(
                    from, to, List.of(cut(Folding.fold(text.subSequence(from, from + MAX_RUN)))), List.of(), null);
        }
        List<Part> parts = split(from, to);
        if (parts.size() == 1) {
            CharSequence one = text.subSequence(from, to);
            return new Run(from, to, ascii ? List.of(parts.getFirst().term()) : Folding.ways(one), List.of(), null);
        }
        if (parts.size() > MAX_PARTS) {
            return new Run(from, to, List.of(cut(whole(parts))), List.of(), null);
        }
        return new Run(from, to, List.of(cut(whole(parts))), rests(parts), null);
    }

    private static String whole(List<Part> parts) {
        StringBuilder whole = new StringBuilder();
        parts.forEach(part -> whole.append(part.term()));
        return whole.toString();
    }

    private static List<Part> rests(List<Part> parts) {
        List<Part> all = new ArrayList<>(parts.size());
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            all.add(new Part(part.term(), cut(whole(parts.subList(i, parts.size()))), part.from(), part.to()));
        }
        return all;
    }

    private List<Part> split(int from, int to) {
        List<Part> parts = new ArrayList<>();
        int start = from;
        for (int i = from + 1; i <= to; i++) {
            if (i == to || boundary(i, to)) {
                int end = i;
                while (end > start && text.charAt(end - 1) == '_') {
                    end--;
                }
                if (end > start) {
                    String term = cut(Folding.fold(text.subSequence(start, end)));
                    parts.add(new Part(term, term, start, end));
                }
                start = i;
                while (start < to && text.charAt(start) == '_') {
                    start++;
                }
                i = Math.max(i, start);
            }
        }
        return parts;
    }

    private boolean boundary(int i, int to) {
        char before = text.charAt(i - 1);
        char here = text.charAt(i);
        if (here == '_') {
            return before != '_';
        }
        if (before == '_') {
            return true;
        }
        if (!Character.isUpperCase(here)) {
            return false;
        }
        return !Character.isUpperCase(before) || i + 1 < to && Character.isLowerCase(text.charAt(i + 1));
    }

    private static String cut(String term) {
        if (term.length() <= MAX_TERM) {
            return term;
        }
        return term.substring(0, Character.isHighSurrogate(term.charAt(MAX_TERM - 1)) ? MAX_TERM - 1 : MAX_TERM);
    }
}
