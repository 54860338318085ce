package dev.claudevm.protocol;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Events as JSON: {@code {"seq", "at", "type", …fields of the body}}. */
public final class EventCodec {

    private static final Map<String, Class<? extends EventBody>> TYPES = new LinkedHashMap<>();
    private static final Map<Class<?>, String> NAMES = new HashMap<>();

    static {
        type("message.queued", EventBody.MessageQueued.class);
        type("message.edited", EventBody.MessageEdited.class);
        type("message.moved", EventBody.MessageMoved.class);
        type("message.withdrawn", EventBody.MessageWithdrawn.class);
        type("message.steered", EventBody.MessageSteered.class);
        type("message.returned", EventBody.MessageReturned.class);
        type("queue.paused", EventBody.QueuePaused.class);
        type("queue.resumed", EventBody.QueueResumed.class);
        type("turn.started", EventBody.TurnStarted.class);
        type("turn.finished", EventBody.TurnFinished.class);
        type("text", EventBody.Text.class);
        type("thinking", EventBody.Thinking.class);
        type("tool.started", EventBody.ToolStarted.class);
        type("tool.finished", EventBody.ToolFinished.class);
        type("approval.opened", EventBody.ApprovalOpened.class);
        type("approval.resolved", EventBody.ApprovalResolved.class);
        type("question.opened", EventBody.QuestionOpened.class);
        type("question.answered", EventBody.QuestionAnswered.class);
        type("plan", EventBody.Plan.class);
        type("mode.changed", EventBody.ModeChanged.class);
        type("agent.started", EventBody.AgentStarted.class);
        type("agent.ready", EventBody.AgentReady.class);
        type("agent.exited", EventBody.AgentExited.class);
        type("agent.retrying", EventBody.AgentRetrying.class);
        type("agent.failed", EventBody.AgentFailed.class);
        type("notice", EventBody.Notice.class);
        type("checkpoint.taken", EventBody.CheckpointTaken.class);
        type("checkpoint.restored", EventBody.CheckpointRestored.class);
        type("checkpoint.failed", EventBody.CheckpointFailed.class);
        type("workspace.started", EventBody.WorkspaceStarted.class);
        type("workspace.stopped", EventBody.WorkspaceStopped.class);
    }

    private EventCodec() {}

    private static void type(String name, Class<? extends EventBody> record) {
        TYPES.put(name, record);
        NAMES.put(record, name);
    }

    static String typeOf(EventBody body) {
        if (body instanceof EventBody.Unknown unknown) {
            return unknown.type();
        }
        String name = NAMES.get(body.getClass());
        if (name == null) {
            throw new IllegalStateException("No wire name for " + body.getClass());
        }
        return name;
    }

    /** @return the event as the object that goes over the wire */
    public static ObjectNode toJson(Event event) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("seq", event.seq());
        json.put("at", event.at().toString());
        json.put("type", event.type());
        JsonNode fields = event.body() instanceof EventBody.Unknown unknown
                ? unknown.fields()
                : Json.MAPPER.valueToTree(event.body());
        json.setAll((ObjectNode) fields);
        return json;
    }

    /**
     * @throws IllegalArgumentException when {@code seq}, {@code at} or {@code type} is missing or a known type's fields
     *     do not fit
     */
    public static Event fromJson(JsonNode json) {
        try {
            ObjectNode fields = ((ObjectNode) json).deepCopy();
            long seq = fields.required("seq").longValue();
            Instant at = Instant.parse(fields.required("at").stringValue());
            String type = fields.required("type").stringValue();
            fields.remove("seq");
            fields.remove("at");
            fields.remove("type");
            Class<? extends EventBody> record = TYPES.get(type);
            EventBody body =
                    record == null ? new EventBody.Unknown(type, fields) : Json.MAPPER.treeToValue(fields, record);
            return new Event(seq, at, body);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("Not an event: " + e.getMessage(), e);
        }
    }
}
