package dev.claudevm.search;

import java.util.ArrayDeque;
import java.util.List;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;

/** The words of a text for the index: what an identifier is from each of its parts on stands beside that part, so that the parts still follow each other. */
final class WordStream extends TokenStream {

    private record Token(String term, int step) {}

    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
    private final PositionIncrementAttribute step = addAttribute(PositionIncrementAttribute.class);
    private final ArrayDeque<Token> waiting = new ArrayDeque<>();
    private final Words words;

    WordStream(CharSequence text) {
        words = new Words(text);
    }

    @Override
    public boolean incrementToken() {
        clearAttributes();
        if (waiting.isEmpty()) {
            Words.Run run = words.next();
            if (run == null) {
                return false;
            }
            spread(run);
        }
        Token next = waiting.remove();
        term.append(next.term());
        step.setPositionIncrement(next.step());
        return true;
    }

    private void spread(Words.Run run) {
        List<String> whole = run.whole();
        for (int i = 0; i < whole.size(); i++) {
            waiting.add(new Token(whole.get(i), i == 0 ? 1 : 0));
        }
        for (Words.Part part : run.parts()) {
            boolean first = part == run.parts().getFirst();
            int step = first && !run.dense() ? 0 : 1;
            if (!first && !part.rest().equals(part.term())) {
                waiting.add(new Token(part.rest(), step));
                step = 0;
            }
            waiting.add(new Token(part.term(), step));
        }
        Words.Part tail = run.tail();
        if (tail != null) {
            waiting.add(new Token(tail.term(), 1));
        }
    }
}
