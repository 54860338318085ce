package dev.claudevm.cli.chat;

import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a conversation's events come to: what waits, what is asked, whether a turn runs. Messages and requests are numbered
 * in the order of their coming, and a number never means another one later. Not safe for threads: its user has the lock.
 */
final class ConversationView {

    /** A message that waits for its turn. */
    record Waiting(int number, String messageId, String text) {}

    private final List<Waiting> queue = new ArrayList<>();
    private final Map<String, Request> open = new LinkedHashMap<>();
    private final Map<String, String> texts = new HashMap<>();
    private final Map<Integer, String> answeredBy = new HashMap<>();
    private List<EventBody.SlashCommand> commands = List.of();
    private @Nullable String mode;
    private boolean working;
    private boolean paused;
    private int messages;
    private int requests;

    /** What came before the first event that is heard. What the opening knows already may come as an event once more. */
    void begin(Opening opening) {
        JsonNode state = opening.state();
        for (JsonNode waiting : state.path("queue").values()) {
            String id = waiting.path("messageId").asString("");
            String text = waiting.path("text").asString("");
            texts.put(id, text);
            queue.add(new Waiting(++messages, id, text));
        }
        opening.approvals()
                .forEach(approval -> open.put(approval.approvalId(), new Request.Approval(++requests, approval)));
        opening.questions()
                .forEach(question -> open.put(question.questionId(), new Request.Question(++requests, question)));
        working = state.path("working").asBoolean(false);
        paused = state.path("paused").asBoolean(false);
        mode = state.path("mode").isString() ? state.path("mode").stringValue() : null;
        commands = state.path("commands").values().stream()
                .map(command -> Json.MAPPER.convertValue(command, EventBody.SlashCommand.class))
                .toList();
    }

    void on(Event event) {
        switch (event.body()) {
            case EventBody.MessageQueued queued
            when queue.stream().anyMatch(known -> known.messageId().equals(queued.messageId())) -> {
                // Known from the opening.
            }
            case EventBody.MessageQueued queued -> {
                texts.put(queued.messageId(), queued.text());
                queue.add(new Waiting(++messages, queued.messageId(), queued.text()));
            }
            case EventBody.MessageEdited edited -> {
                texts.put(edited.messageId(), edited.text());
                queue.replaceAll(waiting -> waiting.messageId().equals(edited.messageId())
                        ? new Waiting(waiting.number(), waiting.messageId(), edited.text())
                        : waiting);
            }
            case EventBody.MessageMoved moved -> move(moved);
            case EventBody.MessageWithdrawn withdrawn -> take(withdrawn.messageId());
            case EventBody.MessageSteered steered -> take(steered.messageId());
            case EventBody.MessageReturned returned ->
                queue.addFirst(new Waiting(++messages, returned.messageId(), textOf(returned.messageId())));
            case EventBody.QueuePaused _ -> paused = true;
            case EventBody.QueueResumed _ -> paused = false;
            case EventBody.TurnStarted started -> {
                working = true;
                if (started.messageId() != null) {
                    take(started.messageId());
                }
            }
            case EventBody.TurnFinished _ -> working = false;
            case EventBody.ApprovalOpened opened ->
                open.computeIfAbsent(opened.approvalId(), _ -> new Request.Approval(++requests, opened));
            case EventBody.ApprovalResolved resolved -> close(resolved.approvalId(), resolved.by());
            case EventBody.QuestionOpened opened ->
                open.computeIfAbsent(opened.questionId(), _ -> new Request.Question(++requests, opened));
            case EventBody.QuestionAnswered answered -> close(answered.questionId(), answered.by());
            case EventBody.ModeChanged changed -> mode = changed.mode();
            case EventBody.AgentReady ready -> commands = ready.commands() == null ? List.of() : ready.commands();
            default -> {}
        }
    }

    List<Waiting> queue() {
        return List.copyOf(queue);
    }

    List<Request> open() {
        return List.copyOf(open.values());
    }

    Optional<Waiting> waiting(int number) {
        return queue.stream().filter(waiting -> waiting.number() == number).findFirst();
    }

    Optional<Request> request(int number) {
        return open.values().stream()
                .filter(request -> request.number() == number)
                .findFirst();
    }

    /** @return the number that the approval or question has or had */
    OptionalInt numberOf(String requestId) {
        Request request = open.get(requestId);
        return request == null ? OptionalInt.empty() : OptionalInt.of(request.number());
    }

    /** @return who answered a request that is not open any more */
    Optional<String> answeredBy(int number) {
        return Optional.ofNullable(answeredBy.get(number));
    }

    String textOf(String messageId) {
        return texts.getOrDefault(messageId, "");
    }

    boolean working() {
        return working;
    }

    boolean paused() {
        return paused;
    }

    @Nullable
    String mode() {
        return mode;
    }

    List<EventBody.SlashCommand> commands() {
        return commands;
    }

    private void move(EventBody.MessageMoved moved) {
        Waiting what = take(moved.messageId());
        if (what == null) {
            return;
        }
        int at = queue.size();
        for (int i = 0; i < queue.size(); i++) {
            if (queue.get(i).messageId().equals(moved.before())) {
                at = i;
            }
        }
        queue.add(at, what);
    }

    private @Nullable Waiting take(String messageId) {
        for (int i = 0; i < queue.size(); i++) {
            if (queue.get(i).messageId().equals(messageId)) {
                return queue.remove(i);
            }
        }
        return null;
    }

    private void close(String requestId, String by) {
        Request request = open.remove(requestId);
        if (request != null) {
            answeredBy.put(request.number(), by);
        }
    }
}
