package dev.claudevm.conversation;

import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.List;

/** What waits in a workspace's queue, folded out of the journal. */
final class Queues {

    /** The events that a queue is made of. */
    static final List<String> TYPES = List.of(
            "message.queued",
            "message.edited",
            "message.moved",
            "message.withdrawn",
            "message.steered",
            "message.returned",
            "turn.started");

    private Queues() {}

    /** @param events of {@link #TYPES}, all there are, in order */
    static List<Waiting> fold(List<StoredEvent> events) {
        List<Waiting> queue = new ArrayList<>();
        List<Waiting> taken = new ArrayList<>();
        for (StoredEvent event : events) {
            switch (EventCodec.fromJson(Json.MAPPER.readTree(event.json())).body()) {
                case EventBody.MessageQueued e ->
                    queue.add(new Waiting(
                            e.messageId(), e.text(), e.by(), e.attachments().size()));
                case EventBody.MessageEdited e ->
                    queue.replaceAll(waiting -> waiting.messageId().equals(e.messageId())
                            ? new Waiting(waiting.messageId(), e.text(), waiting.by(), waiting.attachments())
                            : waiting);
                case EventBody.MessageMoved e -> move(queue, e);
                case EventBody.MessageWithdrawn e -> take(queue, e.messageId());
                case EventBody.MessageSteered e -> taken.addAll(take(queue, e.messageId()));
                case EventBody.TurnStarted e -> taken.addAll(take(queue, e.messageId()));
                case EventBody.MessageReturned e -> queue.addAll(0, take(taken, e.messageId()));
                default -> {}
            }
        }
        return List.copyOf(queue);
    }

    private static void move(List<Waiting> queue, EventBody.MessageMoved event) {
        List<Waiting> moved = take(queue, event.messageId());
        int at = queue.size();
        for (int i = 0; i < queue.size(); i++) {
            if (queue.get(i).messageId().equals(event.before())) {
                at = i;
            }
        }
        queue.addAll(at, moved);
    }

    private static List<Waiting> take(List<Waiting> from, @org.jspecify.annotations.Nullable String messageId) {
        List<Waiting> found = from.stream()
                .filter(waiting -> waiting.messageId().equals(messageId))
                .toList();
        from.removeAll(found);
        return found;
    }
}
