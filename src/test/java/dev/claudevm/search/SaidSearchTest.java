package dev.claudevm.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.Feed;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;

/** What was said is found: all of it, once, whatever became of the workspace, and nothing of what was purged. */
@SuppressWarnings("NullAway.Init")
class SaidSearchTest extends Searched {

    @Test
    void whatEverybodySaidIsFoundWithWhoSaidItAndWhere() throws Exception {
        add(
                said("m1", "Please mend the LoginForm"),
                new EventBody.TurnStarted("t1", "m1"),
                new EventBody.Thinking("t1", "x1", "A riddle about sessions", null),
                new EventBody.ToolStarted(
                        "t1",
                        "c1",
                        "Edit",
                        "src/web/login_form.ts",
                        Json.MAPPER.readTree(
                                "{\"file_path\": \"/p/src/web/login_form.ts\", \"edits\": [{\"old\": \"kaput\"}]}"),
                        null),
                new EventBody.ToolFinished("c1", true, "secretoutput", 12, null, List.of()),
                answer("x2", "The login form is **mended** now"),
                new EventBody.QuestionAnswered("q1", Map.of("Which colour?", "Magenta"), "grace", false),
                new EventBody.ApprovalResolved("a1", EventBody.Decision.DENY, "grace", "never touch production"));
        awaitFound("mended", "The login form is **mended** now");

        assertThat(find("LoginForm"))
                .extracting(Search.Result::kind)
                .containsExactlyInAnyOrder("message", "tool", "answer");
        assertThat(find("loginform")).extracting(Search.Result::kind).containsExactlyInAnyOrder("message", "tool");
        Search.Result message = find("please").getFirst();
        assertThat(message.by()).isEqualTo("ada");
        assertThat(message.seq()).as("where the log shows it").isEqualTo(2);
        assertThat(message.saidSeq()).isEqualTo(1);
        assertThat(message.workspace().id()).isEqualTo(workspace);
        assertThat(message.conversation().id()).isEqualTo(conversation);
        assertThat(message.ranges()).containsExactly(new int[] {0, 6});
        assertThat(find("mended").getFirst().by()).isEqualTo("demo");
        assertThat(find("riddle").getFirst().kind()).isEqualTo("thought");
        assertThat(find("kaput").getFirst().kind()).isEqualTo("tool");
        assertThat(find("magenta").getFirst().by()).isEqualTo("grace");
        assertThat(find("production").getFirst().seq()).isEqualTo(8);
        assertThat(find("secretoutput"))
                .as("what programs print is not indexed")
                .isEmpty();
    }

    @Test
    void identifiersBeginningsUmlautsAndOtherScripts() throws Exception {
        String text =
                "getFooBar und bar C in src/user/UserService.java: Grüße aus Köln für 100% naïve configuration, 新しい設定画面, 검색어, don't, e2e, AND bold ΈΡΓΟ";
        add(said("m1", text), said("m2", "something else altogether"));
        awaitFound("altogether", "something else altogether");
        for (String words : List.of(
                "FooBar",
                "foobar",
                "fooB",
                "foo_bar",
                "bar",
                "getFooBar",
                "UserService.java",
                "service",
                "src/user",
                "Gruesse",
                "grüße",
                "grusse",
                "Köln",
                "koeln",
                "koln",
                "設定",
                "画面",
                "設",
                "面",
                "검색",
                "don't",
                "config",
                "e2e",
                "C++ bar",
                "\"und bar\"",
                "fuer",
                "100",
                "*foo*",
                "(foo",
                "foo AND",
                "bold",
                "NAIVE",
                "Εργο")) {
            assertThat(find(words)).as(words).hasSize(1);
            assertThat(find(words).getFirst().saidSeq()).as(words).isEqualTo(1);
            assertThat(find(words).getFirst().ranges()).as(words).isNotEmpty();
        }
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        add(said("m1", "a FooBar and 新しい設定"), said("m2", "something else"));
        awaitFound("something", "something else");
        for (String words : List.of("oobar", "nothing", "foo nothing", "\"bar foo\"", "\"foo else\"", "定新", "fooq")) {
            assertThat(texts(words)).as(words).isEmpty();
        }
    }

    @Test
    void wholeWordsAndWordsTogetherComeFirst() throws Exception {
        add(
                said("m1", "the configuration of retries"),
                said(
                        "m2",
                        "retry later with another config, because the retry of yesterday was no good and nobody knows why"),
                said("m3", "set retry config here"));
        awaitFound("here", "set retry config here");
        assertThat(texts("retry config")).startsWith("set retry config here");
        assertThat(find("config")).last().extracting(Search.Result::saidSeq).isEqualTo(1L);
    }

    @Test
    void whatWasSaidLatelyComesFirst() throws Exception {
        ConversationId old = talk(workspace, null);
        conversations.bringBack(
                workspace,
                old,
                "demo",
                null,
                "",
                List.of(Json.MAPPER.writeValueAsString(EventCodec.toJson(
                        new Event(1, Instant.parse("2020-01-02T03:04:05Z"), answer("x", "deploy the thing"))))));
        conversations.bringBack(
                workspace,
                conversation,
                "demo",
                null,
                "",
                List.of(Json.MAPPER.writeValueAsString(
                        EventCodec.toJson(new Event(1, Instant.now(), answer("x", "deploy the thing"))))));
        await("both").atMost(LIMIT).until(() -> find("deploy").size() == 2);
        assertThat(find("deploy").getFirst().conversation().id()).isEqualTo(conversation);
    }

    @Test
    void aMessageThatIsChangedIsFoundAsItIsNowAndOneThatIsTakenBackIsNot() throws Exception {
        add(said("m1", "first words"), said("m2", "other words"));
        awaitFound("words", "first words", "other words");
        add(new EventBody.MessageEdited("m1", "second words", "ada"), new EventBody.MessageWithdrawn("m2", "ada"));
        awaitFound("words", "second words");
        assertThat(texts("first")).isEmpty();
    }

    @Test
    void piecesOfAnAnswerAreOneText() throws Exception {
        Feed feed = core.get(Feed.class);
        feed.publishDelta(conversation, new dev.claudevm.protocol.Delta("x1", "text", 0, "An answer that ar"));
        feed.publishDelta(conversation, new dev.claudevm.protocol.Delta("x1", "text", 17, "rives in pieces"));
        add(answer("x1", "An answer that arrives in pieces"));
        awaitFound("arrives pieces", "An answer that arrives in pieces");
    }

    @Test
    void titlesAndNamesOfWorkspacesAreFound() throws Exception {
        WorkspaceId named = newWorkspace("other", "Payments rewrite");
        ConversationId titled = talk(named, "Quarterly tax");
        add(named, titled, answer("x", "nothing of it"));
        await("the title").atMost(LIMIT).until(() -> find("quarterly").size() == 1);
        Search.Result title = find("quarterly").getFirst();
        assertThat(title.kind()).isEqualTo("title");
        assertThat(title.seq()).isZero();
        assertThat(title.text()).isEqualTo("Quarterly tax · Payments rewrite · " + named);
        assertThat(find("payments")).hasSize(1);
        assertThat(find(named.value())).hasSize(1);
    }

    @Test
    void inOneWorkspaceOnlyAndInNoneThatIsUnknown() throws Exception {
        WorkspaceId other = newWorkspace("other", null);
        ConversationId there = talk(other, null);
        add(answer("x", "here it is"));
        add(other, there, answer("x", "there it is"));
        awaitFound("it is", "here it is", "there it is");
        assertThat(search.find("it is", other, null, 10).results())
                .extracting(Search.Result::text)
                .containsExactly("there it is");
        assertThatThrownBy(() -> search.find("it", new WorkspaceId("bold-fire-99999"), null, 10))
                .isInstanceOf(Problem.class);
    }

    @Test
    void deletedWorkspacesAreSearchedAndOfPurgedOnesNothingStays() throws Exception {
        WorkspaceId other = newWorkspace("other", null);
        ConversationId there = talk(other, null);
        add(answer("x", "kept zebra"));
        add(other, there, answer("x", "purged zebraword"));
        awaitFound("zebra", "kept zebra", "purged zebraword");

        workspaces.delete(workspace, false, true);
        workspaces.delete(other, true, true);
        await("one is deleted")
                .atMost(LIMIT)
                .until(() -> workspaces.get(workspace).state() == WorkspaceState.DELETED);
        awaitFound("zebra", "kept zebra");
        assertThat(find("zebra").getFirst().workspace().state()).isEqualTo(WorkspaceState.DELETED);
        await("the other one is gone")
                .atMost(LIMIT)
                .until(() -> workspaces.find(other).isEmpty());
        await("its words are gone from the disk")
                .atMost(LIMIT)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    assertThat(terms()).contains("zebra").doesNotContain("zebraword", "purged");
                    assertThat(bytes()).doesNotContain("zebraword").doesNotContain(there.value());
                });
    }

    /** @return every word that the committed index has, also in documents that were deleted */
    private Set<String> terms() throws IOException {
        Set<String> terms = new TreeSet<>();
        try (DirectoryReader reader = DirectoryReader.open(new NIOFSDirectory(folder()))) {
            for (LeafReaderContext leaf : reader.leaves()) {
                TermsEnum all = leaf.reader().terms(Fields.TEXT).iterator();
                for (BytesRef term = all.next(); term != null; term = all.next()) {
                    terms.add(term.utf8ToString());
                }
            }
        }
        return terms;
    }

    private String bytes() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(folder())) {
            for (Path file : files.toList()) {
                all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return all.toString();
    }

    @Test
    void pagesHaveEverythingOnceAlsoWhileMoreIsSaid() throws Exception {
        for (int i = 0; i < 25; i++) {
            add(answer("x" + i, "grain number " + i));
        }
        await("all").atMost(LIMIT).until(() -> find("grain").size() == 25);
        List<Long> seen = new ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            Search.Page page = search.find("grain", null, cursor, 10);
            page.results().forEach(result -> seen.add(result.seq()));
            cursor = page.next();
            pages++;
        } while (cursor != null);
        assertThat(pages).isEqualTo(3);
        assertThat(seen).hasSize(25).doesNotHaveDuplicates();
        assertThatThrownBy(() -> search.find("grain", null, "made up", 10)).isInstanceOf(Problem.class);
        assertThat(search.find("grain", null, null, 1_000_000).results()).hasSize(25);
        assertThat(search.find("grain", null, null, -1).results()).hasSize(1);
    }

    @Test
    void longTextsAreFoundAndTheirSnippetIsShort() throws Exception {
        add(answer("x1", "filler words ".repeat(30_000) + "theend"), answer("x2", "z".repeat(1_000_000)));
        await("the end").atMost(LIMIT).until(() -> find("theend").size() == 1);
        assertThat(find("theend").getFirst().text()).contains("theend").hasSizeLessThan(200);
        assertThat(find("zzz").getFirst().text()).hasSizeLessThan(200);
    }
}
