package dev.claudevm.search;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.apache.lucene.document.LongField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/**
 * Lucene's query for what somebody looks for. Each word must be there, whole or as a beginning; whole words, words that stand together
 * as they were asked for, titles and what was said lately come first.
 */
final class Queries {

    private static final float BEGINNING = 0.3f;
    private static final float TOGETHER = 3f;
    private static final float TITLE = 1.5f;
    private static final float LATELY = 2f;
    private static final Duration HALF_AS_GOOD = Duration.ofDays(30);
    private static final int NEAR = 2;

    private Queries() {}

    /** @param workspaces where it is looked for */
    static Query of(Asked asked, Collection<String> workspaces, Instant today) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        all.add(
                new TermInSetQuery(
                        Fields.WORKSPACE, workspaces.stream().map(BytesRef::new).toList()),
                Occur.FILTER);
        for (int i = 0; i < asked.runs().size(); i++) {
            if (!asked.inQuotes(i)) {
                all.add(word(asked.runs().get(i)), Occur.MUST);
            }
        }
        for (Asked.Phrase phrase : asked.phrases()) {
            all.add(together(asked.runs().subList(phrase.from(), phrase.to()), 0), Occur.MUST);
        }
        if (asked.runs().size() > 1) {
            all.add(new BoostQuery(together(asked.runs(), NEAR), TOGETHER), Occur.SHOULD);
        }
        all.add(constant(new TermQuery(new Term(Fields.KIND, Saying.Kind.TITLE.word())), TITLE), Occur.SHOULD);
        all.add(
                LongField.newDistanceFeatureQuery(Fields.AT, LATELY, today.toEpochMilli(), HALF_AS_GOOD.toMillis()),
                Occur.SHOULD);
        return all.build();
    }

    private static Query word(Words.Run run) {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        if (run.dense()) {
            if (run.parts().isEmpty() && run.tail() != null) {
                any.add(term(run.tail().term()), Occur.SHOULD);
                any.add(beginning(run.tail().term()), Occur.SHOULD);
            } else {
                any.add(together(List.of(run), 0), Occur.SHOULD);
            }
            return any.build();
        }
        for (String one : run.whole()) {
            any.add(term(one), Occur.SHOULD);
            if (one.length() > 1) {
                any.add(beginning(one), Occur.SHOULD);
            }
        }
        if (!run.parts().isEmpty()) {
            any.add(together(List.of(run), 0), Occur.SHOULD);
        }
        return any.build();
    }

    private static Query term(String term) {
        return new TermQuery(new Term(Fields.TEXT, term));
    }

    private static Query beginning(String term) {
        return constant(new PrefixQuery(new Term(Fields.TEXT, term)), BEGINNING);
    }

    private static Query constant(Query query, float score) {
        return new BoostQuery(new ConstantScoreQuery(query), score);
    }

    /** The words one behind the other, identifiers by their parts. */
    private static Query together(List<Words.Run> runs, int slop) {
        PhraseQuery.Builder phrase = new PhraseQuery.Builder().setSlop(slop);
        for (Words.Run run : runs) {
            if (!run.parts().isEmpty()) {
                run.parts().forEach(part -> phrase.add(new Term(Fields.TEXT, part.term())));
            } else if (run.dense() && run.tail() != null) {
                phrase.add(new Term(Fields.TEXT, run.tail().term()));
            } else {
                phrase.add(new Term(Fields.TEXT, run.whole().getFirst()));
            }
        }
        return phrase.build();
    }
}
