package dev.claudevm.search;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Words as they are compared: without case, accents and other ways to write the same letter. */
final class Folding {

    private static final Pattern ACCENTS = Pattern.compile("[\\u0300-\\u036f]+");

    private Folding() {}

    static String fold(CharSequence word) {
        if (word.chars().allMatch(c -> c < 0x80)) {
            return word.toString().toLowerCase(Locale.ROOT);
        }
        String bare = ACCENTS.matcher(Normalizer.normalize(word, Normalizer.Form.NFKD))
                .replaceAll("");
        // Up and down again: "ß" is "ss", and a Greek word is the same whatever sigma it ends with.
        String folded = letters(bare.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT));
        return Normalizer.normalize(folded, Normalizer.Form.NFKC);
    }

    /** @return the folded word; then, when it has umlauts, how it is written without: {@code für} is {@code fur} and {@code fuer} */
    static List<String> ways(CharSequence word) {
        String plain = cut(fold(word));
        String composed = Normalizer.normalize(word, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
        if (composed.chars().noneMatch(c -> c == 'ä' || c == 'ö' || c == 'ü')) {
            return List.of(plain);
        }
        return List.of(
                plain, cut(fold(composed.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))));
    }

    private static String letters(String word) {
        StringBuilder folded = new StringBuilder(word.length());
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            switch (c) {
                case 'æ' -> folded.append("ae");
                case 'œ' -> folded.append("oe");
                case 'ø' -> folded.append('o');
                case 'ł' -> folded.append('l');
                case 'đ', 'ð' -> folded.append('d');
                case 'þ' -> folded.append("th");
                case 'ı' -> folded.append('i');
                case 'ς' -> folded.append('σ');
                default -> folded.append(c);
            }
        }
        return folded.toString();
    }

    private static String cut(String term) {
        return term.length() <= Words.MAX_TERM ? term : term.substring(0, Words.MAX_TERM);
    }
}
