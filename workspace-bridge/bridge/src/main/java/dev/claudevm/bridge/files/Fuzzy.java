package dev.claudevm.bridge.files;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How well a path answers to a few letters, as an editor's "go to file" does: the letters come in this order, not necessarily
 * together; better are letters of the file's own name, at the beginning of words, and next to each other. English letters
 * match in either case. Words are looked for independently.
 */
final class Fuzzy {

    private static final int NEXT = 8;
    private static final int WORD = 14;
    private static final int IN_NAME = 4;
    private static final int NAME_BEGINS = 20;
    private static final int NAME_CONTAINS = 60;
    private static final int NAME_IS = 200;
    private static final int MAX_QUERY_BYTES = 256;

    private final byte[][] words;

    Fuzzy(String query) {
        words = Arrays.stream(query.strip().split("\\s+"))
                .filter(w -> !w.isEmpty())
                .map(w -> lower(w.getBytes(StandardCharsets.UTF_8)))
                .map(w -> w.length > MAX_QUERY_BYTES ? Arrays.copyOf(w, MAX_QUERY_BYTES) : w)
                .toArray(byte[][]::new);
    }

    private static byte[] lower(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Listing.lower(bytes[i]);
        }
        return bytes;
    }

    /** @return 0 when it does not match; else more for better ones */
    int score(byte[] all, int from, int to) {
        int nameFrom = to;
        while (nameFrom > from && all[nameFrom - 1] != '/') {
            nameFrom--;
        }
        int score = 1;
        for (byte[] word : words) {
            int one = match(word, all, from, to, nameFrom, null);
            if (one == 0) {
                return 0;
            }
            score += one;
        }
        return Math.max(1, score + 40 - Math.min(40, (to - from) / 4));
    }

    /** @return the places of the letters, as bytes from {@code from} on, in order */
    int[] places(byte[] path) {
        int nameFrom = path.length;
        while (nameFrom > 0 && path[nameFrom - 1] != '/') {
            nameFrom--;
        }
        boolean[] marked = new boolean[path.length];
        for (byte[] word : words) {
            match(word, path, 0, path.length, nameFrom, marked);
        }
        int[] places = new int[path.length];
        int count = 0;
        for (int i = 0; i < marked.length; i++) {
            if (marked[i]) {
                places[count++] = i;
            }
        }
        return Arrays.copyOf(places, count);
    }

    private static int match(byte[] word, byte[] all, int from, int to, int nameFrom, boolean @Nullable [] marked) {
        int together = indexOf(word, all, nameFrom, to);
        if (together >= 0) {
            mark(marked, together, word.length);
            int score = NAME_CONTAINS + word.length * (NEXT + IN_NAME);
            score += together == nameFrom ? NAME_BEGINS : boundary(all, together, from) ? WORD : 0;
            return score + (word.length == to - nameFrom ? NAME_IS : 0);
        }
        int inName = scattered(word, all, nameFrom, to, from, marked);
        if (inName > 0) {
            return inName + word.length * IN_NAME;
        }
        together = indexOf(word, all, from, to);
        if (together >= 0) {
            mark(marked, together, word.length);
            return word.length * NEXT + (boundary(all, together, from) ? WORD : 0);
        }
        return scattered(word, all, from, to, from, marked);
    }

    /** From the end: the last letters are most often of the name. */
    private static int scattered(byte[] word, byte[] all, int from, int to, int begin, boolean @Nullable [] marked) {
        int at = to - 1;
        int[] places = new int[word.length];
        for (int i = word.length - 1; i >= 0; i--) {
            while (at >= from && Listing.lower(all[at]) != (word[i] & 0xff)) {
                at--;
            }
            if (at < from) {
                return 0;
            }
            places[i] = at--;
        }
        int score = 1;
        for (int i = 0; i < places.length; i++) {
            score += boundary(all, places[i], begin) ? WORD : 1;
            score += i > 0 && places[i] == places[i - 1] + 1 ? NEXT : 0;
            mark(marked, places[i], 1);
        }
        return score;
    }

    private static void mark(boolean @Nullable [] marked, int from, int length) {
        if (marked != null) {
            Arrays.fill(marked, from, from + length, true);
        }
    }

    private static boolean boundary(byte[] all, int at, int begin) {
        if (at == begin) {
            return true;
        }
        int before = all[at - 1] & 0xff;
        boolean letter = before >= '0' && before <= '9'
                || before >= 'a' && before <= 'z'
                || before >= 'A' && before <= 'Z'
                || before >= 0x80;
        boolean capital = all[at] >= 'A' && all[at] <= 'Z' && !(before >= 'A' && before <= 'Z');
        return !letter || capital;
    }

    private static int indexOf(byte[] word, byte[] all, int from, int to) {
        for (int at = from; at + word.length <= to; at++) {
            int i = 0;
            while (i < word.length && Listing.lower(all[at + i]) == (word[i] & 0xff)) {
                i++;
            }
            if (i == word.length) {
                return at;
            }
        }
        return -1;
    }
}
