package dev.claudevm.cli;

import dev.claudevm.protocol.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the command line reads of a workspace.
 *
 * @param state {@code creating}, {@code running}, {@code stopping}, {@code stopped}, {@code failed} or {@code deleted}
 * @param project its name
 * @param reason why it failed or stopped
 * @param steps of the last long work, oldest first
 * @param json all that the server said
 */
record Workspace(
        String id,
        String state,
        String project,
        String provider,
        boolean online,
        String branch,
        String reason,
        String todo,
        List<Step> steps,
        List<String> warnings,
        JsonNode json) {

    /** @param detail a figure, for example {@code 102 of 250 MB} */
    record Step(String step, boolean done, @Nullable String detail, long ms) {}

    static Workspace of(JsonNode json) {
        JsonNode project = json.path("project");
        return new Workspace(
                json.path("id").asString(""),
                json.path("state").asString(""),
                project.isObject() ? project.path("name").asString("") : project.asString(""),
                json.path("provider").asString(""),
                json.path("online").asBoolean(false),
                json.path("branch").asString(""),
                json.path("reason").asString(""),
                json.path("todo").asString(""),
                json.path("steps").values().stream()
                        .map(step -> Json.MAPPER.convertValue(step, Step.class))
                        .toList(),
                json.path("warnings").values().stream().map(JsonNode::asString).toList(),
                json);
    }

    /** @return it becomes something else by itself */
    boolean passing() {
        return "creating".equals(state) || "stopping".equals(state);
    }

    /** @return the state as people read it, with the reason when it is bad */
    String stateText() {
        return "running".equals(state) && !online && json.has("online") ? "running (offline)" : state;
    }
}
