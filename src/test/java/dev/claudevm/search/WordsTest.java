package dev.claudevm.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a word is: for the index, for queries, and for what is marked in results. */
class WordsTest {

    /** @return the words as the index has them, with their positions from 0 */
    private static List<String> indexed(String text) {
        WordStream words = new WordStream(text);
        CharTermAttribute term = words.getAttribute(CharTermAttribute.class);
        PositionIncrementAttribute step = words.getAttribute(PositionIncrementAttribute.class);
        List<String> found = new ArrayList<>();
        int at = -1;
        while (words.incrementToken()) {
            at += step.getPositionIncrement();
            found.add(term + "@" + at);
        }
        return found;
    }

    /** @return the text with the marked words in brackets */
    private static String marked(String text, String asked) {
        Snippet snippet = Snippet.of(text, Asked.of(asked));
        StringBuilder marked = new StringBuilder(snippet.text());
        for (int[] range : snippet.ranges().reversed()) {
            marked.insert(range[1], ']').insert(range[0], '[');
        }
        return (snippet.cutBefore() ? "…" : "") + marked + (snippet.cutAfter() ? "…" : "");
    }

    @Test
    void anIdentifierIsOneWordAndItsParts() {
        assertThat(indexed("FooBar")).containsExactly("foobar@0", "foo@0", "bar@1");
        assertThat(indexed("foo_bar")).containsExactly("foobar@0", "foo@0", "bar@1");
        assertThat(indexed("__init__")).containsExactly("init@0");
        assertThat(indexed("parseXMLFile2"))
                .containsExactly("parsexmlfile2@0", "parse@0", "xmlfile2@1", "xml@1", "file2@2");
        assertThat(indexed("MAX_RETRY_COUNT"))
                .containsExactly("maxretrycount@0", "max@0", "retrycount@1", "retry@1", "count@2");
        assertThat(indexed("sha256 v2")).containsExactly("sha256@0", "v2@1");
    }

    @Test
    void aPathIsItsNames() {
        assertThat(indexed("src/main/FooBar.java"))
                .containsExactly("src@0", "main@1", "foobar@2", "foo@2", "bar@3", "java@4");
    }

    @Test
    void accentsAndUmlautsCanBeLeftOutOrWrittenOtherwise() {
        assertThat(indexed("für")).containsExactly("fur@0", "fuer@0");
        assertThat(indexed("für")).as("a dotted u").containsExactly("fur@0", "fuer@0");
        assertThat(indexed("Größe")).containsExactly("grosse@0", "groesse@0");
        assertThat(indexed("Café naïve Øre")).containsExactly("cafe@0", "naive@1", "ore@2");
        assertThat(indexed("ΣΊΣΥΦΟΣ σίσυφος")).containsExactly("σισυφοσ@0", "σισυφοσ@1");
    }

    @Test
    void scriptsWithoutSpacesAreCutIntoPairs() {
        assertThat(indexed("設定画面")).containsExactly("設定@0", "定画@1", "画面@2", "面@3");
        assertThat(indexed("字")).containsExactly("字@0");
        assertThat(indexed("ログイン画面のbug")).contains("ログ@0", "bug@7");
        assertThat(indexed("한국어 검색")).containsExactly("한국어@0", "검색@1");
    }

    @Test
    void whatIsNoWordIsFoundByItsBeginning() {
        assertThat(indexed("x".repeat(10_000))).containsExactly("x".repeat(Words.MAX_TERM) + "@0");
        assertThat(indexed("🚀 -> != …")).isEmpty();
        assertThat(indexed("")).isEmpty();
        assertThat(indexed("𠀀𠀁\ud840")).containsExactly("𠀀𠀁@0", "𠀁@1");
    }

    @Test
    void whatWasLookedForIsMarked() {
        assertThat(marked("The workspace list is slow", "list work")).isEqualTo("The [workspace] [list] is slow");
        assertThat(marked("see FooBar.java", "bar")).isEqualTo("see Foo[Bar].java");
        assertThat(marked("see getFooBar", "foobar")).isEqualTo("see get[FooBar]");
        assertThat(marked("see foo_bar and fooBar", "fooBar")).isEqualTo("see [foo_bar] and [fooBar]");
        assertThat(marked("Grüße aus Köln", "koeln")).isEqualTo("Grüße aus [Köln]");
        assertThat(marked("Grüße aus Köln", "koln grusse")).isEqualTo("[Grüße] aus [Köln]");
        assertThat(marked("新しい設定画面です", "設定画面")).isEqualTo("新しい[設定画面]です");
        assertThat(marked("一\n\n二   three", "three")).isEqualTo("一 二 [three]");
        assertThat(marked("nothing here", "xyz")).isEqualTo("nothing here");
    }

    @Test
    void theSnippetIsWhereMostOfTheWordsAre() {
        String text = "alpha is said early. " + "Much is said in between. ".repeat(40)
                + "Here alpha meets beta at last. " + "And on it goes. ".repeat(40);
        assertThat(marked(text, "alpha beta"))
                .startsWith("…")
                .endsWith("…")
                .contains("Here [alpha] meets [beta] at last.")
                .hasSizeLessThan(Snippet.CHARS + 20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\ud83d\ude80", "a\ud83d", "\udc00b", "  ", "\u0000\u001b[31m", "ﷺ", "İıI", "e\u0301\u0301"})
    void anyTextHasASnippetOfWholeCharacters(String text) {
        for (String asked : List.of("a", "b", "\ud83d", "e", "i")) {
            Snippet snippet = Snippet.of(text.repeat(300), Asked.of(asked));
            assertThat(snippet.text()).doesNotContain("\u001b", "\n");
            for (int[] range : snippet.ranges()) {
                assertThat(range[0]).isBetween(0, range[1] - 1);
                assertThat(range[1]).isLessThanOrEqualTo(snippet.text().length());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "***", "((", "\"", "\"\"\"", "+-!:^~?[]{}\\/", "🚀"})
    void signsAloneAreNoWords(String text) {
        assertThat(Asked.of(text).empty()).isTrue();
    }

    @Test
    void thereIsNoSyntaxToGetWrong() {
        assertThat(Asked.of("AND OR (foo AND").runs()).hasSize(4);
        assertThat(Asked.of("title:foo~2^4 [a TO").phrases()).isEmpty();
        assertThat(Asked.of("one \"two three\" four \"five").phrases()).containsExactly(new Asked.Phrase(1, 3));
        assertThat(Asked.of("one \"two three\" four \"five").runs()).hasSize(5);
    }

    @Test
    void whatIsTooLongIsSaidWithWhatToDo() {
        assertThatThrownBy(() -> Asked.of("x".repeat(501))).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.kind()).isEqualTo(Problem.Kind.MALFORMED);
            assertThat(problem.todo()).contains("at most 500");
        });
        assertThatThrownBy(() -> Asked.of("a ".repeat(41))).isInstanceOf(Problem.class);
        assertThat(Asked.of("a ".repeat(40)).runs()).hasSize(40);
    }
}
