package dev.claudevm.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.conversation.StoredEvent;
import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import dev.claudevm.store.BreakableStore;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import dev.claudevm.store.TestStores;
import dev.claudevm.workspace.NewWorkspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.util.FileSystemUtils;

/** What the store has of journals: all of it, soon, once, for nobody else to read; and what a database that lost some does. */
class JournalCopiesTest {

    /** Long enough that a segment has room for few. */
    private static final String LINE = "what was said ".repeat(1000);

    @TempDir
    Path temp;

    private static BreakableStore store;
    private final FakeProvider provider = new FakeProvider();
    private Core core;
    private ConversationService conversations;
    private WorkspaceService workspaces;
    private WorkspaceId workspace;
    private ConversationId conversation;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @ComponentScan({"dev.claudevm.journal", "dev.claudevm.secret"})
    static class Parts {
        @Bean
        ObjectStore store() {
            return store;
        }
    }

    @BeforeEach
    void aWorkspaceThatRests() throws Exception {
        store = new BreakableStore(TestStores.folder(temp.resolve("store")));
        start();
        workspace = workspaces
                .create(new NewWorkspace(
                        Files.createDirectories(temp.resolve("project")).toString(), "fake", null, null, null))
                .id();
        await("it runs")
                .atMost(Duration.ofMinutes(1))
                .until(() -> workspaces.get(workspace).online());
        workspaces.down(workspace, true);
        await("it rests")
                .atMost(Duration.ofMinutes(1))
                .until(() -> !workspaces.get(workspace).online()
                        && workspaces.get(workspace).state() == WorkspaceState.STOPPED);
        conversation = talk();
    }

    private void start() {
        core = Core.start(
                temp.resolve("home"),
                provider,
                List.of(Parts.class),
                "claude-vm.workspace.watch=1h",
                "claude-vm.journal.every=20ms");
        conversations = core.get(ConversationService.class);
        workspaces = core.get(WorkspaceService.class);
    }

    @AfterEach
    void stop() {
        core.close();
        provider.dieAll();
    }

    private ConversationId talk() {
        return conversations
                .create(workspace, new NewConversation(null, null, null))
                .id();
    }

    private void say(ConversationId id, int times, String text) throws IOException {
        long last = conversations.lastSeq(id);
        List<String> events = LongStream.rangeClosed(last + 1, last + times)
                .mapToObj(seq -> Json.MAPPER.writeValueAsString(EventCodec.toJson(
                        new Event(seq, Instant.parse("2026-01-02T03:04:05Z"), new EventBody.Notice(text + " " + seq)))))
                .toList();
        conversations.bringBack(workspace, id, "demo", null, "", events);
    }

    /** @return the segments that the store has, in order */
    private List<Segment> segments(ConversationId id) throws StoreException {
        return store.list(Segment.folder(workspace, id)).stream()
                .map(entry -> Segment.of(entry.key()).orElseThrow())
                .sorted(Comparator.comparingLong(Segment::from).thenComparing(Segment::to))
                .toList();
    }

    private byte[] bytes(Segment segment) throws Exception {
        try (ObjectStore.Content content = store.get(segment.key(), null).orElseThrow()) {
            return content.stream().readAllBytes();
        }
    }

    private List<String> read(ConversationId id) throws Exception {
        SecretKey key = core.get(JournalKeys.class).of(workspace);
        List<String> events = new java.util.ArrayList<>();
        for (Segment segment : segments(id)) {
            events.addAll(SegmentContent.open(key, segment, bytes(segment)).events());
        }
        return events;
    }

    private List<String> mirror(ConversationId id) {
        return conversations.eventsAfter(id, 0, 1000).stream()
                .map(StoredEvent::json)
                .toList();
    }

    private void awaitStored(ConversationId id) {
        await("the store has the journal")
                .atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(read(id)).isEqualTo(mirror(id)));
    }

    @Test
    void everythingIsInTheStoreOnceAndNobodyElseCanReadIt() throws Exception {
        for (int i = 0; i < 5; i++) {
            say(conversation, 10, LINE);
            awaitStored(conversation);
        }
        assertThat(segments(conversation)).hasSizeBetween(2, 6);
        for (Segment segment : segments(conversation)) {
            byte[] raw = bytes(segment);
            assertThat(raw.length).as("compressed").isLessThan(LINE.length());
            assertThat(new String(raw, StandardCharsets.ISO_8859_1)).doesNotContain("what was said");
        }
        assertThat(core.get(JournalCopies.class).unsaved(workspace)).isEmpty();
    }

    @Test
    void whatAnotherPutThereIsNotTaken() throws Exception {
        say(conversation, 3, "mine");
        awaitStored(conversation);
        ConversationId other = talk();
        say(other, 3, "another");
        awaitStored(other);
        SecretKey key = core.get(JournalKeys.class).of(workspace);
        Segment mine = segments(conversation).getFirst();
        byte[] good = bytes(mine);

        byte[] changed = good.clone();
        changed[changed.length / 2] ^= 1;
        assertThatThrownBy(() -> SegmentContent.open(key, mine, changed)).isInstanceOf(IOException.class);
        byte[] others = bytes(segments(other).getFirst());
        assertThatThrownBy(() -> SegmentContent.open(key, mine, others)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> SegmentContent.open(key, mine, new byte[5])).isInstanceOf(IOException.class);
        assertThat(SegmentContent.open(key, mine, good).events()).isEqualTo(mirror(conversation));
    }

    @Test
    void aStoreThatIsGoneIsSaidAndCatchesUp() throws Exception {
        store.breakWith(StoreException.Kind.FULL);
        say(conversation, 30, LINE);
        JournalCopies copies = core.get(JournalCopies.class);
        await("it is said")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(copies.unsaved(workspace)).hasValueSatisfying(unsaved -> {
                    assertThat(unsaved.events()).isEqualTo(30);
                    assertThat(unsaved.error()).contains("FULL");
                    assertThat(unsaved.todo()).isEqualTo("Mend it.");
                }));
        say(conversation, 1, "more");
        store.mend();
        awaitStored(conversation);
        await("nothing is said any more")
                .atMost(Duration.ofMinutes(1))
                .until(() -> copies.unsaved(workspace).isEmpty());
    }

    @Test
    void anAnswerThatIsLostLeavesNothingTwice() throws Exception {
        store.loseAnswers();
        say(conversation, 5, LINE);
        await("it was put")
                .atMost(Duration.ofMinutes(1))
                .until(() -> !segments(conversation).isEmpty());
        say(conversation, 5, LINE);
        await("and put again")
                .atMost(Duration.ofMinutes(1))
                .until(() -> segments(conversation).size() > 1);
        store.mend();
        // Until the segment is full what the lost answers left may lie beside it.
        say(conversation, 20, LINE);
        awaitStored(conversation);
    }

    @Test
    void aKilledServerGoesOnWhereTheStoreIs() throws Exception {
        say(conversation, 5, "before");
        awaitStored(conversation);
        store.breakWith(StoreException.Kind.UNAVAILABLE);
        say(conversation, 5, "while it was away");
        core.close();
        store.mend();
        start();
        awaitStored(conversation);
    }

    @Test
    void aDatabaseThatIsPutBackGetsWhatWasSaidSince() throws Exception {
        say(conversation, 5, "before the backup");
        awaitStored(conversation);
        core.close();
        Path database = temp.resolve("home");
        FileSystemUtils.copyRecursively(database, temp.resolve("backup"));
        start();
        say(conversation, 40, LINE);
        ConversationId later = talk();
        say(later, 3, "in a conversation that the backup does not know");
        awaitStored(conversation);
        awaitStored(later);
        List<String> expected = mirror(conversation);
        List<String> expectedLater = mirror(later);
        core.close();

        FileSystemUtils.deleteRecursively(database);
        FileSystemUtils.copyRecursively(temp.resolve("backup"), database);
        start();

        await("it is back").atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            assertThat(mirror(conversation)).isEqualTo(expected);
            assertThat(mirror(later)).isEqualTo(expectedLater);
        });
        say(conversation, 5, LINE);
        // Of the database that is gone an end may lie there that the new one does not know: the same events, read once.
        await("the store goes on")
                .atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(read(conversation).stream().distinct())
                        .containsExactlyElementsOf(mirror(conversation)));
    }

    @Test
    void aSegmentThatSomebodyChangedIsNotBroughtBack() throws Exception {
        say(conversation, 5, "mine");
        awaitStored(conversation);
        Segment mine = segments(conversation).getFirst();
        Segment forged = new Segment(workspace, conversation, 1, 9);
        byte[] bytes = bytes(mine);
        store.put(forged.key(), new ByteArrayInputStream(bytes), bytes.length);

        core.get(JournalCopies.class).bringBackLost(workspace);

        assertThat(mirror(conversation)).hasSize(5);
    }
}
