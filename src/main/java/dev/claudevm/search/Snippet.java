package dev.claudevm.search;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of a text in which most of the words are that were looked for.
 *
 * @param text one line
 * @param ranges the words in it: from, to (exclusive), in UTF-16 code units, in order, not overlapping
 * @param cutBefore there is more before it
 * @param cutAfter there is more behind it
 */
record Snippet(String text, List<int[]> ranges, boolean cutBefore, boolean cutAfter) {

    static final int CHARS = 180;
    private static final int LEAD = 40;
    private static final int MAX_HITS = 500;

    /** Where a word is that was looked for. @param word which one */
    private record Hit(int from, int to, int word) {}

    static Snippet of(String text, Asked asked) {
        List<Hit> hits = hits(text, asked);
        int from = from(text, hits);
        int to = end(text, from);
        StringBuilder line = new StringBuilder();
        int[] places = new int[to - from + 1];
        for (int i = from; i < to; i++) {
            places[i - from] = line.length();
            char c = text.charAt(i);
            if (Character.isWhitespace(c) || Character.isISOControl(c)) {
                if (!line.isEmpty() && line.charAt(line.length() - 1) != ' ') {
                    line.append(' ');
                }
            } else {
                line.append(c);
            }
        }
        places[to - from] = line.length();
        List<int[]> ranges = new ArrayList<>();
        for (Hit hit : hits) {
            if (hit.from() >= from && hit.to() <= to) {
                add(ranges, places[hit.from() - from], places[hit.to() - from]);
            }
        }
        return new Snippet(line.toString().stripTrailing(), List.copyOf(ranges), from > 0, to < text.length());
    }

    private static void add(List<int[]> ranges, int from, int to) {
        int[] last = ranges.isEmpty() ? null : ranges.getLast();
        if (last != null && from <= last[1]) {
            last[1] = Math.max(last[1], to);
        } else if (to > from) {
            ranges.add(new int[] {from, to});
        }
    }

    private static List<Hit> hits(String text, Asked asked) {
        List<Hit> hits = new ArrayList<>();
        Words words = new Words(text);
        for (Words.Run run = words.next(); run != null && hits.size() < MAX_HITS; run = words.next()) {
            for (int i = 0; i < asked.runs().size(); i++) {
                find(run, asked.runs().get(i), i, hits);
            }
        }
        hits.sort(
                (a, b) -> a.from() != b.from() ? Integer.compare(a.from(), b.from()) : Integer.compare(a.to(), b.to()));
        return hits;
    }

    private static void find(Words.Run run, Words.Run asked, int word, List<Hit> hits) {
        if (asked.dense()) {
            String tail = asked.tail() == null ? "" : asked.tail().term();
            for (Words.Part part : run.parts()) {
                boolean pair = asked.parts().stream().anyMatch(one -> one.term().equals(part.term()));
                if (pair) {
                    hits.add(new Hit(part.from(), part.to(), word));
                } else if (asked.parts().isEmpty()
                        && !tail.isEmpty()
                        && part.term().startsWith(tail)) {
                    hits.add(new Hit(part.from(), part.from() + 1, word));
                }
            }
            if (run.tail() != null
                    && asked.parts().isEmpty()
                    && run.tail().term().equals(tail)) {
                hits.add(new Hit(run.tail().from(), run.tail().to(), word));
            }
            return;
        }
        if (run.whole().stream().anyMatch(one -> begins(one, asked.whole()))) {
            hits.add(new Hit(run.from(), run.to(), word));
            return;
        }
        for (Words.Part part : run.dense() ? List.<Words.Part>of() : run.parts()) {
            if (begins(part.term(), asked.whole())) {
                hits.add(new Hit(part.from(), part.to(), word));
            } else if (begins(part.rest(), asked.whole())) {
                hits.add(new Hit(part.from(), run.to(), word));
            }
        }
        for (Words.Part wanted : asked.parts()) {
            if (run.whole().contains(wanted.term())) {
                hits.add(new Hit(run.from(), run.to(), word));
            }
            run.parts().stream()
                    .filter(part -> part.term().equals(wanted.term()))
                    .forEach(part -> hits.add(new Hit(part.from(), part.to(), word)));
        }
    }

    private static boolean begins(String term, List<String> asked) {
        for (String one : asked) {
            if (one.length() > 1 ? term.startsWith(one) : term.equals(one)) {
                return true;
            }
        }
        return false;
    }

    /** @return where the part begins that has most different words, the first of those */
    private static int from(String text, List<Hit> hits) {
        int best = 0;
        int most = 0;
        for (int i = 0; i < hits.size(); i++) {
            Map<Integer, Boolean> words = new LinkedHashMap<>();
            int end = hits.get(i).from() + CHARS - LEAD;
            for (int j = i; j < hits.size() && hits.get(j).to() <= end; j++) {
                words.put(hits.get(j).word(), true);
            }
            if (words.size() > most) {
                most = words.size();
                best = hits.get(i).from();
            }
        }
        int from = Math.max(0, best - LEAD);
        if (best < CHARS - LEAD) {
            return best < CHARS / 2 ? 0 : start(text, from, best);
        }
        return start(text, from, best);
    }

    /** @return the beginning of a word at or behind that place, not behind the hit */
    private static int start(String text, int from, int hit) {
        int at = from;
        while (at < hit && at > 0 && !Character.isWhitespace(text.charAt(at - 1))) {
            at++;
        }
        if (at == hit && hit - from > 0) {
            at = from;
        }
        return at > 0 && at < text.length() && Character.isLowSurrogate(text.charAt(at)) ? at + 1 : at;
    }

    private static int end(String text, int from) {
        int most = Math.min(text.length(), from + CHARS);
        if (most == text.length()) {
            return most;
        }
        int at = most;
        while (at > from + CHARS / 2 && !Character.isWhitespace(text.charAt(at))) {
            at--;
        }
        at = at > from + CHARS / 2 ? at : most;
        return Character.isLowSurrogate(text.charAt(at)) ? at - 1 : at;
    }
}
