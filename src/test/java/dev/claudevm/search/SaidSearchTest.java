package dev.claudevm.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.Feed;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.NewWorkspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.util.FileSystemUtils;

/** What was said is found: all of it, once, whatever became of the workspace, and nothing of what was purged. */
@SuppressWarnings("NullAway.Init")
class SaidSearchTest {

    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    Path temp;

    private final FakeProvider provider = new FakeProvider();
    private Core core;
    private ConversationService conversations;
    private WorkspaceService workspaces;
    private Search search;
    private WorkspaceId workspace;
    private ConversationId conversation;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @ComponentScan("dev.claudevm.search")
    static class Parts {}

    @BeforeEach
    void aWorkspaceThatRests() throws Exception {
        start();
        workspace = newWorkspace("project", null);
        conversation = talk(workspace, null);
    }

    private void start() {
        core = Core.start(
                temp.resolve("home"),
                provider,
                List.of(Parts.class),
                "claude-vm.workspace.watch=1h",
                "claude-vm.search.every=20ms");
        conversations = core.get(ConversationService.class);
        workspaces = core.get(WorkspaceService.class);
        search = core.get(Search.class);
    }

    @AfterEach
    void stop() {
        core.close();
        provider.dieAll();
    }

    private WorkspaceId newWorkspace(String project, String name) throws Exception {
        WorkspaceId made = workspaces
                .create(new NewWorkspace(
                        Files.createDirectories(temp.resolve(project)).toString(), "fake", null, null, name))
                .id();
        await("it runs").atMost(LIMIT).until(() -> workspaces.get(made).online());
        workspaces.down(made, true);
        await("it rests")
                .atMost(LIMIT)
                .until(() ->
                        !workspaces.get(made).online() && workspaces.get(made).state() == WorkspaceState.STOPPED);
        return made;
    }

    private ConversationId talk(WorkspaceId where, String title) {
        return conversations
                .create(where, new NewConversation(null, null, title))
                .id();
    }

    private void add(WorkspaceId where, ConversationId id, EventBody... bodies) throws IOException {
        long seq = conversations.lastSeq(id);
        List<String> events = new ArrayList<>();
        for (EventBody body : bodies) {
            events.add(Json.MAPPER.writeValueAsString(
                    EventCodec.toJson(new Event(++seq, Instant.parse("2026-01-02T03:04:05Z"), body))));
        }
        conversations.bringBack(where, id, "demo", null, "", events);
    }

    private void add(EventBody... bodies) throws IOException {
        add(workspace, conversation, bodies);
    }

    private static EventBody said(String id, String text) {
        return new EventBody.MessageQueued(id, text, "ada", List.of());
    }

    private static EventBody answer(String id, String text) {
        return new EventBody.Text("t1", id, text, null);
    }

    private List<Search.Result> find(String words) {
        return search.find(words, null, null, 100).results();
    }

    private List<String> texts(String words) {
        return find(words).stream().map(Search.Result::text).toList();
    }

    /** What is there is what is found, in any order, as soon as the index has followed. */
    private void awaitFound(String words, String... texts) {
        await("\"" + words + "\" finds " + List.of(texts)).atMost(LIMIT).untilAsserted(() -> {
            Search.Page page = search.find(words, null, null, 100);
            assertThat(page.complete()).isTrue();
            assertThat(page.results()).extracting(Search.Result::text).containsExactlyInAnyOrder(texts);
        });
    }

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

    @ParameterizedTest
    @ValueSource(
            strings = {
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
                "Εργο"
            })
    void identifiersBeginningsUmlautsAndOtherScripts(String words) throws Exception {
        String text =
                "getFooBar und bar C in src/user/UserService.java: Grüße aus Köln für 100% naïve configuration, 新しい設定画面, 검색어, don't, e2e, AND bold ΈΡΓΟ";
        add(said("m1", text), said("m2", "something else altogether"));
        await(words + " is found").atMost(LIMIT).until(() -> find(words).size() == 1);
        assertThat(find(words).getFirst().saidSeq()).isEqualTo(1);
        assertThat(find(words).getFirst().ranges()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"oobar", "nothing", "foo nothing", "\"bar foo\"", "\"foo else\"", "定新", "fooq"})
    void whatIsNotThereIsNotFound(String words) throws Exception {
        add(said("m1", "a FooBar and 新しい設定"), said("m2", "something else"));
        awaitFound("something", "something else");
        assertThat(texts(words)).isEmpty();
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

    private Path folder() {
        return temp.resolve("home/search");
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
    void anIndexThatIsGoneOrOfAnotherVersionIsMadeAnew() throws Exception {
        add(answer("x", "a needle"));
        awaitFound("needle", "a needle");
        core.close();
        FileSystemUtils.deleteRecursively(folder());
        start();
        awaitFound("needle", "a needle");

        core.close();
        try (IndexWriter another = new IndexWriter(
                new NIOFSDirectory(folder()), new IndexWriterConfig().setOpenMode(IndexWriterConfig.OpenMode.APPEND))) {
            // Only the version says that something is missing.
            another.deleteDocuments(new Term(Fields.KIND, Saying.Kind.ANSWER.word()));
            another.setLiveCommitData(Map.of("version", "0").entrySet());
        }
        start();
        awaitFound("needle", "a needle");
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "noise", "cut"})
    void aBrokenIndexIsMadeAnew(String how) throws Exception {
        for (int i = 0; i < 300; i++) {
            add(answer("x" + i, "a needle " + i + " in hay"));
        }
        await("all")
                .atMost(LIMIT)
                .until(() -> search.find("needle", null, null, 100).next() != null);
        core.close();
        try (Stream<Path> files = Files.list(folder())) {
            for (Path file : files.filter(one -> !one.endsWith("write.lock")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                switch (how) {
                    case "empty" -> Files.write(file, new byte[0]);
                    case "cut" -> Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
                    default -> {
                        for (int i = bytes.length / 3; i < bytes.length / 2; i++) {
                            bytes[i] ^= 0x55;
                        }
                        Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);
                    }
                }
            }
        }
        start();
        await("all is found again").atMost(LIMIT).untilAsserted(() -> {
            Search.Page page = search.find("needle 299", null, null, 100);
            assertThat(page.complete()).isTrue();
            assertThat(page.results()).hasSize(1);
            assertThat(search.find("needle", null, null, 100).next()).isNotNull();
        });
    }

    @Test
    void whatACrashLeftIsMadeGoodOnce() throws Exception {
        add(answer("x1", "before the crash"));
        awaitFound("crash", "before the crash");
        core.close();
        Path then = temp.resolve("then");
        FileSystemUtils.copyRecursively(folder(), then);
        start();
        add(answer("x2", "after the crash"), said("m1", "also after the crash"));
        awaitFound("crash", "before the crash", "after the crash", "also after the crash");
        core.close();
        // As a process leaves it that was killed before it had written down the rest.
        FileSystemUtils.deleteRecursively(folder());
        FileSystemUtils.copyRecursively(then, folder());
        start();
        awaitFound("crash", "before the crash", "after the crash", "also after the crash");
    }

    @Test
    void aDatabaseThatIsPutBackTakesTheIndexWithIt() throws Exception {
        add(answer("x1", "a thing that stays"));
        awaitFound("thing", "a thing that stays");
        core.close();
        Path database = temp.resolve("home/db");
        FileSystemUtils.copyRecursively(database, temp.resolve("backup"));
        start();
        add(answer("x2", "a thing that is lost"), answer("x3", "another thing that is lost"));
        awaitFound("lost", "a thing that is lost", "another thing that is lost");
        core.close();
        FileSystemUtils.deleteRecursively(database);
        FileSystemUtils.copyRecursively(temp.resolve("backup"), database);
        start();
        add(answer("x2", "a thing that came instead"));
        awaitFound("thing", "a thing that stays", "a thing that came instead");
        assertThat(texts("lost")).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenIsNoErrorPageAndComesBack() throws Exception {
        core.close();
        FileSystemUtils.deleteRecursively(folder());
        Files.writeString(folder(), "a file is in the way");
        start();
        add(answer("x1", "patience"));
        assertThat(search.find("patience", null, null, 10).complete()).isFalse();
        Files.move(folder(), temp.resolve("moved"), StandardCopyOption.REPLACE_EXISTING);
        awaitFound("patience", "patience");
    }

    @Test
    void eventsThatNobodyUnderstandsStopNothing() throws Exception {
        conversations.bringBack(
                workspace,
                conversation,
                "demo",
                null,
                "",
                List.of(
                        "{\"seq\":1,\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"text\"}",
                        "{\"seq\":2,\"at\":\"no time\",\"type\":\"text\",\"markdown\":7}",
                        "{\"seq\":3,\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"from.the.future\",\"text\":\"odd\"}",
                        "{\"seq\":4,\"at\":\"9999-01-01T00:00:00Z\",\"type\":\"text\",\"turnId\":\"t\",\"messageId\":\"x\",\"markdown\":\"later odd\"}"));
        awaitFound("odd", "later odd");
        assertThat(find("odd").getFirst().at()).isAfter(Instant.EPOCH);
    }

    @Test
    void longTextsAreFoundAndTheirSnippetIsShort() throws Exception {
        add(answer("x1", "filler words ".repeat(30_000) + "theend"), answer("x2", "z".repeat(1_000_000)));
        await("the end").atMost(LIMIT).until(() -> find("theend").size() == 1);
        assertThat(find("theend").getFirst().text()).contains("theend").hasSizeLessThan(200);
        assertThat(find("zzz").getFirst().text()).hasSizeLessThan(200);
    }
}
