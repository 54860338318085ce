package dev.claudevm.bridge;

import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is written down together or not at all: one line of the journal.
 *
 * @param events oldest first; they get their numbers when they are written
 * @param raw how far the agent's output is digested with this commit; null: as before
 * @param took commands that this commit answers
 * @param send lines for the agent; null: none
 * @param heard messages that the agent has echoed: it has them for sure
 */
record Commit(
        List<EventBody> events,
        @Nullable RawMark raw,
        Map<String, CommandResult> took,
        @Nullable Send send,
        List<String> heard) {

    /** @param offset in bytes of the run's {@code raw.ndjson}, always the beginning of a line */
    record RawMark(int run, long offset) {}

    /** Lines (without newline) that are appended to the run's {@code in.ndjson}. */
    record Send(int run, List<String> lines) {}

    static Commit of(List<EventBody> events) {
        return new Commit(List.copyOf(events), null, Map.of(), null, List.of());
    }

    Commit sending(int run, List<String> lines) {
        return new Commit(events, raw, took, lines.isEmpty() ? null : new Send(run, List.copyOf(lines)), heard);
    }

    Commit taking(String commandId, CommandResult result) {
        return new Commit(events, raw, Map.of(commandId, result), send, heard);
    }

    /** @return this and then {@code later}, which says nothing to the agent, as one */
    Commit and(Commit later) {
        List<EventBody> all = new ArrayList<>(events);
        all.addAll(later.events);
        List<String> allHeard = new ArrayList<>(heard);
        allHeard.addAll(later.heard);
        return new Commit(List.copyOf(all), raw, took, send, List.copyOf(allHeard));
    }

    boolean isEmpty() {
        return events.isEmpty() && took.isEmpty() && send == null && heard.isEmpty();
    }

    /** @return the journal's line without newline; events are numbered from {@code firstSeq} */
    String toLine(long firstSeq, Instant at) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        ArrayNode list = json.putArray("events");
        long seq = firstSeq;
        for (EventBody body : events) {
            list.add(EventCodec.toJson(new Event(seq++, at, body)));
        }
        if (raw != null) {
            json.set("raw", Json.MAPPER.valueToTree(raw));
        }
        if (!took.isEmpty()) {
            json.set("took", Json.MAPPER.valueToTree(took));
        }
        if (send != null) {
            json.set("send", Json.MAPPER.valueToTree(send));
        }
        if (!heard.isEmpty()) {
            json.set("heard", Json.MAPPER.valueToTree(heard));
        }
        return Json.MAPPER.writeValueAsString(json);
    }

    /**
     * @param wanted types that are decoded; others come as {@link EventBody.Unknown}, which is much cheaper
     * @throws IllegalArgumentException when it is no commit
     */
    static Commit fromJson(JsonNode json, java.util.function.Predicate<String> wanted) {
        List<EventBody> events = new ArrayList<>();
        for (JsonNode event : json.path("events")) {
            String type = event.path("type").asString("");
            events.add(wanted.test(type) ? EventCodec.fromJson(event).body() : new EventBody.Unknown(type, event));
        }
        Map<String, CommandResult> took = new LinkedHashMap<>();
        json.path("took")
                .propertyStream()
                .forEach(e -> took.put(e.getKey(), Json.MAPPER.treeToValue(e.getValue(), CommandResult.class)));
        List<String> heard = new ArrayList<>();
        json.path("heard").forEach(id -> heard.add(id.asString()));
        RawMark raw = json.has("raw") ? Json.MAPPER.treeToValue(json.path("raw"), RawMark.class) : null;
        Send send = json.has("send") ? Json.MAPPER.treeToValue(json.path("send"), Send.class) : null;
        return new Commit(events, raw, took, send, heard);
    }
}
