package dev.claudevm.testkit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers to the small requests that Claude Code makes beside a conversation: titles, topics, checks of the quota. */
final class Beside {

    private Beside() {}

    /** When a JSON schema is asked for, an object with a text for each required field. */
    static String answer(JsonNode body) {
        JsonNode schema = body.path("output_config").path("format").path("schema");
        if (!schema.isObject()) {
            schema = body.path("output_format").path("schema");
        }
        if (!schema.isObject()) {
            return "Work on the project";
        }
        ObjectNode answer = StandInModel.JSON.createObjectNode();
        for (var property : schema.path("properties").properties()) {
            switch (property.getValue().path("type").asString("string")) {
                case "boolean" -> answer.put(property.getKey(), false);
                case "integer", "number" -> answer.put(property.getKey(), 0);
                case "array" -> answer.putArray(property.getKey());
                case "object" -> answer.putObject(property.getKey());
                default -> answer.put(property.getKey(), "Work on the project");
            }
        }
        return answer.toString();
    }
}
