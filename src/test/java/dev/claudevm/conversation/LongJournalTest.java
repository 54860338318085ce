package dev.claudevm.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.Core;
import dev.claudevm.fake.CountedDatabase;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.NewWorkspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a long conversation costs: the same as a short one, counted in statements and rows. */
class LongJournalTest {

    private static final int SHORT = 100;
    private static final int LONG = 20_000;

    @TempDir
    Path home;

    @TempDir
    Path project;

    private final FakeProvider provider = new FakeProvider();
    private Core core;
    private ConversationService conversations;
    private JournalStore store;
    private CountedDatabase database;
    private WorkspaceId workspace;

    @BeforeEach
    void aWorkspaceThatRests() {
        core = Core.start(home, provider, "claude-vm.workspace.watch=1h");
        conversations = core.get(ConversationService.class);
        store = core.get(JournalStore.class);
        database = core.get(CountedDatabase.class);
        WorkspaceService workspaces = core.get(WorkspaceService.class);
        workspace = workspaces
                .create(new NewWorkspace(project.toString(), "fake", null, null, null))
                .id();
        await("it runs").until(() -> workspaces.get(workspace).online());
        workspaces.down(workspace, true);
        await("it is stopped")
                .until(() -> !workspaces.get(workspace).online()
                        && workspaces.get(workspace).state() == dev.claudevm.workspace.WorkspaceState.STOPPED);
    }

    @AfterEach
    void stop() {
        core.close();
        provider.dieAll();
    }

    /** @return a conversation with so many events, of which every tenth is about the queue, and two messages that wait */
    private ConversationId conversation(int events) throws Exception {
        ConversationId id = conversations
                .create(workspace, new NewConversation(null, null, null))
                .id();
        List<EventBody> batch = new ArrayList<>();
        for (int i = 0; batch.size() < events - 2; i++) {
            batch.add(new EventBody.MessageQueued("m" + i, "message " + i, "ada", List.of()));
            batch.add(new EventBody.TurnStarted("t" + i, "m" + i));
            for (int n = 0; n < 17; n++) {
                batch.add(new EventBody.Notice("line " + n));
            }
            batch.add(new EventBody.TurnFinished("t" + i, EventBody.Outcome.DONE, null, null));
        }
        batch = new ArrayList<>(batch.subList(0, events - 2));
        batch.add(new EventBody.MessageQueued("w1", "first", "ada", List.of()));
        batch.add(new EventBody.MessageQueued("w2", "second", "ada", List.of()));
        append(id, 1, batch);
        return id;
    }

    private void append(ConversationId id, long first, List<EventBody> bodies) throws Exception {
        List<JournalStore.Incoming> batch = new ArrayList<>();
        for (int i = 0; i < bodies.size(); i++) {
            batch.add(store.parse(Json.MAPPER.writeValueAsString(
                    EventCodec.toJson(new Event(first + i, Instant.parse("2026-01-02T03:04:05Z"), bodies.get(i))))));
            if (batch.size() == 200 || i == bodies.size() - 1) {
                store.append(id, batch);
                batch.clear();
            }
        }
    }

    @Test
    void openingAndFollowingCostsTheSameHoweverLongItIs() throws Exception {
        ConversationId little = conversation(SHORT);
        ConversationId much = conversation(LONG);

        assertThat(opening(much)).isEqualTo(opening(little));
        assertThat(opening(much).rows()).isLessThan(100);
        for (EventBody next : List.of(
                new EventBody.Notice("one more"),
                new EventBody.MessageQueued("w3", "third", "ada", List.of()),
                new EventBody.MessageMoved("w3", "w1", "ada"),
                new EventBody.TurnStarted("last", "w3"),
                new EventBody.MessageReturned("w3", "the agent died"))) {
            assertThat(following(much, next)).as(next.toString()).isEqualTo(following(little, next));
            assertThat(waiting(much)).as(next.toString()).isEqualTo(waiting(little));
        }
    }

    /** As a page does it: the conversation, what waits, the newest events. */
    private CountedDatabase.Count opening(ConversationId id) throws Exception {
        return database.of(() -> {
            Conversation conversation = conversations.get(id);
            assertThat(conversations.waiting(conversation))
                    .extracting(Waiting::text)
                    .containsExactly("first", "second");
            assertThat(conversations.pending(id)).isEmpty();
            assertThat(conversations.eventsBefore(id, conversation.lastSeq() + 1, 60))
                    .hasSize(60);
        });
    }

    private CountedDatabase.Count following(ConversationId id, EventBody body) throws Exception {
        long last = conversations.get(id).lastSeq();
        return database.of(() -> {
            append(id, last + 1, List.of(body));
            conversations.waiting(conversations.get(id));
            assertThat(conversations.eventsAfter(id, last, 500)).hasSize(1);
        });
    }

    private List<String> waiting(ConversationId id) {
        return conversations.waiting(conversations.get(id)).stream()
                .map(waiting -> waiting.messageId() + " " + waiting.text())
                .toList();
    }

    @Test
    void theQueueIsWhatTheJournalSays() throws Exception {
        ConversationId id = conversations
                .create(workspace, new NewConversation(null, null, null))
                .id();
        append(
                id,
                1,
                List.of(
                        new EventBody.MessageQueued("a", "one", "ada", List.of()),
                        new EventBody.MessageQueued("b", "two", "bob", List.of()),
                        new EventBody.MessageQueued("c", "three", "ada", List.of()),
                        new EventBody.MessageMoved("c", "a", "ada"),
                        new EventBody.MessageEdited("b", "two and a half", "bob")));
        assertThat(waiting(id)).containsExactly("c three", "a one", "b two and a half");
        assertThat(conversations.get(id).queued()).isEqualTo(3);

        append(
                id,
                6,
                List.of(
                        new EventBody.TurnStarted("t1", "c"),
                        new EventBody.MessageMoved("a", null, "ada"),
                        new EventBody.MessageSteered("b", "t1"),
                        new EventBody.MessageReturned("b", "interrupted"),
                        new EventBody.MessageReturned("c", "the agent died")));
        assertThat(waiting(id)).containsExactly("c three", "b two and a half", "a one");

        append(id, 11, List.of(new EventBody.MessageWithdrawn("b", "bob"), new EventBody.TurnStarted("t2", "c")));
        assertThat(waiting(id)).containsExactly("a one");
        assertThat(conversations.get(id).queued()).isEqualTo(1);
    }
}
