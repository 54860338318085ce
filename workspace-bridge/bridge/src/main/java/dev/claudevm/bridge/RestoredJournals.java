package dev.claudevm.bridge;

import dev.claudevm.bridge.ConversationCore.AgentDied;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import dev.claudevm.protocol.Snapshots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Journals of a workspace that was made anew, before its conversations begin. A snapshot's journal ends where it was made;
 * what people have seen since is in the mirror of the control plane and is added here under the same numbers, so that nothing is said
 * twice under two of them. What ran is dead: docs/decisions/006.
 */
final class RestoredJournals {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final Path folder;
    private final long generation;
    private final Clock clock;

    /** @param folder of the conversations */
    RestoredJournals(Path folder, long generation, Clock clock) {
        this.folder = folder;
        this.generation = generation;
        this.clock = clock;
    }

    /** @param note said in each conversation */
    record End(String note) {}

    private Path conversation(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("That is no id of a conversation.");
        }
        return folder.resolve(id);
    }

    private static Path file(Path conversation) {
        return conversation.resolve("journal.ndjson");
    }

    /** A torn last line is cut off. */
    Snapshots.Last last(String id) throws IOException {
        Path conversation = conversation(id);
        if (!Files.isDirectory(conversation)) {
            return new Snapshots.Last(0);
        }
        try (Journal journal = Journal.open(file(conversation), clock, (_, _) -> {})) {
            return new Snapshots.Last(journal.lastSeq());
        }
    }

    /** @throws IllegalArgumentException when they do not follow upon what is there */
    Snapshots.Last add(String id, Snapshots.Journal more) throws IOException {
        Path conversation = conversation(id);
        if (!more.conversation().id().equals(id) || more.after() != last(id).last()) {
            throw new IllegalArgumentException("These events do not follow upon the last one that is here.");
        }
        Files.createDirectories(conversation);
        if (!Files.exists(conversation.resolve("spec.json"))) {
            Conversations.writeWhole(
                    conversation.resolve("spec.json"),
                    Json.MAPPER.writeValueAsBytes(new Conversations.Stored(more.conversation(), generation)));
        }
        ObjectNode commit = Json.MAPPER.createObjectNode();
        ArrayNode events = commit.putArray("events");
        ObjectNode took = Json.MAPPER.createObjectNode();
        ArrayNode heard = Json.MAPPER.createArrayNode();
        long next = more.after();
        for (JsonNode event : more.events()) {
            if (event.path("seq").asLong(0) != ++next) {
                throw new IllegalArgumentException("The events are not numbered one after the other.");
            }
            events.add(event);
            String message = event.path("messageId").asString("");
            switch (event.path("type").asString("")) {
                // A message's id is the one of its command: it is not taken once more.
                case "message.queued" -> took.set(message, Json.MAPPER.valueToTree(CommandResult.taken()));
                // It may have done anything already, so it is not said to the agent once more.
                case "turn.started" -> {
                    if (!message.isEmpty()) {
                        heard.add(message);
                    }
                }
                default -> {}
            }
        }
        if (!took.isEmpty()) {
            commit.set("took", took);
        }
        if (!heard.isEmpty()) {
            commit.set("heard", heard);
        }
        append(file(conversation), Json.MAPPER.writeValueAsString(commit));
        return last(id);
    }

    private static void append(Path file, String line) throws IOException {
        try (var channel = java.nio.channels.FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            var bytes = java.nio.ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /** Says in each journal that what ran has ended with the workspace. The queues go on: nobody has failed. */
    void end(String note) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> folders = Files.list(folder)) {
            all = folders.filter(one -> Files.exists(one.resolve("spec.json"))).toList();
        }
        for (Path one : all) {
            end(one, note);
        }
    }

    private void end(Path one, String note) throws IOException {
        Conversations.Stored stored =
                Json.MAPPER.readValue(Files.readAllBytes(one.resolve("spec.json")), Conversations.Stored.class);
        ConversationState[] state = {
            ConversationState.begin(stored.createdIn(), stored.conversation().mode())
        };
        try (Journal journal = Journal.open(
                file(one),
                clock,
                (_, json) -> state[0] = state[0].after(Commit.fromJson(json, ConversationState.TYPES::contains)))) {
            if (journal.lastSeq() == 0) {
                return;
            }
            String agent = stored.conversation().agent();
            List<EventBody> events = new ArrayList<>();
            if (state[0].alive()) {
                ConversationCore.ended(
                                state[0],
                                new AgentDied(null, "The agent ended with the workspace that it ran in.", ""),
                                agent)
                        .events()
                        .stream()
                        .filter(event -> !(event instanceof EventBody.QueuePaused))
                        .forEach(events::add);
            }
            int session = state[0].sessionRun();
            if (session > 0 && !Files.isDirectory(one.resolve("runs").resolve(String.valueOf(session)))) {
                // Its memory was begun after the snapshot: there is nothing that it could go on with.
                int run = state[0].run() + 1;
                events.add(new EventBody.AgentStarted(run, agent, false));
                events.add(new EventBody.AgentExited(run, null, "Its memory was lost with the workspace."));
            }
            events.add(new EventBody.Notice(note));
            String _ = journal.append(Commit.of(events));
        }
    }
}
