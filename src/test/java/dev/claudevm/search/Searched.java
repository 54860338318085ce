package dev.claudevm.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.NewWorkspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.annotation.ComponentScan;

/** A server with a search in it, and a workspace that rests with one conversation. */
@SuppressWarnings("NullAway.Init")
abstract class Searched {

    static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    Path temp;

    private final FakeProvider provider = new FakeProvider();
    Core core;
    ConversationService conversations;
    WorkspaceService workspaces;
    Search search;
    WorkspaceId workspace;
    ConversationId conversation;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @ComponentScan("dev.claudevm.search")
    static class Parts {}

    @BeforeEach
    void aWorkspaceThatRests() throws Exception {
        start();
        workspace = newWorkspace("project", null);
        conversation = talk(workspace, null);
    }

    void start() {
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

    WorkspaceId newWorkspace(String project, String name) throws Exception {
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

    ConversationId talk(WorkspaceId where, String title) {
        return conversations
                .create(where, new NewConversation(null, null, title))
                .id();
    }

    void add(WorkspaceId where, ConversationId id, EventBody... bodies) throws IOException {
        long seq = conversations.lastSeq(id);
        List<String> events = new ArrayList<>();
        for (EventBody body : bodies) {
            events.add(Json.MAPPER.writeValueAsString(
                    EventCodec.toJson(new Event(++seq, Instant.parse("2026-01-02T03:04:05Z"), body))));
        }
        conversations.bringBack(where, id, "demo", null, "", events);
    }

    void add(EventBody... bodies) throws IOException {
        add(workspace, conversation, bodies);
    }

    static EventBody said(String id, String text) {
        return new EventBody.MessageQueued(id, text, "ada", List.of());
    }

    static EventBody answer(String id, String text) {
        return new EventBody.Text("t1", id, text, null);
    }

    List<Search.Result> find(String words) {
        return search.find(words, null, null, 100).results();
    }

    List<String> texts(String words) {
        return find(words).stream().map(Search.Result::text).toList();
    }

    /** What is there is what is found, in any order, as soon as the index has followed. */
    void awaitFound(String words, String... texts) {
        await("\"" + words + "\" finds " + List.of(texts)).atMost(LIMIT).untilAsserted(() -> {
            Search.Page page = search.find(words, null, null, 100);
            assertThat(page.complete()).isTrue();
            assertThat(page.results()).extracting(Search.Result::text).containsExactlyInAnyOrder(texts);
        });
    }

    Path folder() {
        return temp.resolve("home/search");
    }
}
