package dev.claudevm.search;

import dev.claudevm.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * What somebody looks for. There is no syntax to get wrong: words, each of which must be there or be the beginning of a word, and
 * {@code "words in quotes"}, which must stand there so; every other sign only parts words.
 *
 * @param runs the words, each as in the text
 * @param phrases which of the runs stand together: from, to (exclusive)
 */
record Asked(List<Words.Run> runs, List<Phrase> phrases) {

    static final int MAX_CHARS = 500;
    static final int MAX_WORDS = 40;

    private static final String QUOTES = "\"“”„«»";

    /** A part of the runs that was in quotes. */
    record Phrase(int from, int to) {}

    /** @throws Problem when it is too long */
    static Asked of(String text) {
        if (text.length() > MAX_CHARS) {
            throw Problem.malformed(
                    "That is too long to be looked for: " + text.length() + " characters.",
                    "Look for at most " + MAX_CHARS + " characters; a few words find more.");
        }
        List<Words.Run> runs = new ArrayList<>();
        List<Phrase> phrases = new ArrayList<>();
        boolean quoted = false;
        for (String piece : pieces(text)) {
            int from = runs.size();
            Words words = new Words(piece);
            for (Words.Run run = words.next(); run != null; run = words.next()) {
                runs.add(run);
            }
            if (quoted && runs.size() > from) {
                phrases.add(new Phrase(from, runs.size()));
            }
            quoted = !quoted;
        }
        if (runs.size() > MAX_WORDS) {
            throw Problem.malformed(
                    "Those are too many words to be looked for: " + runs.size() + ".",
                    "Look for at most " + MAX_WORDS + "; a few words find more.");
        }
        return new Asked(List.copyOf(runs), List.copyOf(phrases));
    }

    /** @return what is outside and inside of quotes in turn; a quote that is never closed is none */
    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (QUOTES.indexOf(text.charAt(i)) >= 0) {
                pieces.add(text.substring(start, i));
                start = i + 1;
            }
        }
        pieces.add(text.substring(start));
        if (pieces.size() % 2 == 0) {
            String open = pieces.removeLast();
            pieces.add(pieces.removeLast() + " " + open);
        }
        return pieces;
    }

    /** Nothing but signs. */
    boolean empty() {
        return runs.isEmpty();
    }

    boolean inQuotes(int run) {
        return phrases.stream().anyMatch(phrase -> phrase.from() <= run && run < phrase.to());
    }
}
