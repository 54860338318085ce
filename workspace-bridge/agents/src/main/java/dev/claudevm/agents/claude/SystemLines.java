package dev.claudevm.agents.claude;

import dev.claudevm.agents.Fact;
import dev.claudevm.agents.claude.ClaudeState.Session;
import dev.claudevm.protocol.EventBody.SlashCommand;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** What the process says of itself: greeting, turns, modes, retries, what became of messages. */
final class SystemLines {

    /** Descriptions are written for a model and can be pages long. */
    private static final int DESCRIPTION_CHARS = 160;

    private SystemLines() {}

    static void read(Reading reading, JsonNode line) {
        switch (line.path("subtype").asString("")) {
            case "init" -> init(reading, line);
            case "status" -> mode(reading, line.path("permissionMode").asString(""));
            case "api_retry" -> retry(reading, line);
            case "compact_boundary" -> compacted(reading, line.path("compact_metadata"));
            case "task_notification" -> task(reading, line);
            case "notification" -> {
                String text = Reading.text(line, "text");
                if (text != null) {
                    reading.say(new Fact.Noticed(text));
                }
            }
            default -> {}
        }
    }

    static void greeted(Reading reading, JsonNode answer) {
        List<SlashCommand> commands = new ArrayList<>();
        for (JsonNode command : answer.path("commands")) {
            String name = command.path("name").asString("");
            // Two underscores mark what is not meant for people.
            if (!name.isEmpty() && !name.startsWith("__")) {
                commands.add(new SlashCommand(
                        name,
                        shortened(command.path("description").asString("")),
                        Reading.text(command, "argumentHint")));
            }
        }
        String model = reading.state.session().model();
        for (JsonNode known : answer.path("models")) {
            if (model == null && known.path("value").asString("").equals("default")) {
                model = Reading.text(known, "resolvedModel");
            }
        }
        Session before = reading.state.session();
        String version = Reading.text(answer, "claude_code_version");
        reading.state = reading.state.with(
                new Session(before.workingDirectory(), before.mode(), version, model, List.copyOf(commands)));
        reading.say(new Fact.Ready(version, model, List.copyOf(commands)));
        mode(reading, answer.path("current_permission_mode").asString(""));
    }

    /** Comes at the start of every turn. */
    private static void init(Reading reading, JsonNode line) {
        if (!reading.state.turn().running()) {
            reading.state = reading.state.with(reading.state.turn().withRunning(true));
            reading.say(new Fact.TurnBegan());
        }
        Session before = reading.state.session();
        String version = Reading.text(line, "claude_code_version");
        String model = Reading.text(line, "model");
        if (!Objects.equals(version, before.version()) || !Objects.equals(model, before.model())) {
            reading.state = reading.state.with(
                    new Session(before.workingDirectory(), before.mode(), version, model, before.commands()));
            reading.say(new Fact.Ready(version, model, before.commands()));
        }
        mode(reading, line.path("permissionMode").asString(""));
    }

    /** @param mode empty: nothing was said about it */
    static void mode(Reading reading, String mode) {
        Session session = reading.state.session();
        if (!mode.isEmpty() && !mode.equals(session.mode())) {
            reading.state = reading.state.with(session.withMode(mode));
            reading.say(new Fact.ModeIs(mode));
        }
    }

    static void lifecycle(Reading reading, JsonNode line) {
        reading.state = reading.state.with(reading.state.turn().withLifecycle());
        if (line.path("state").asString("").equals("started")) {
            taken(reading, line.path("command_uuid").asString(""));
        }
    }

    /** A message runs: it began a turn, or was told to the running one. */
    static void taken(Reading reading, String messageId) {
        if (messageId.isEmpty() || reading.state.turn().taken().contains(messageId)) {
            return;
        }
        reading.state =
                reading.state.with(reading.state.turn().withTaken(messageId).withRunning(true));
        reading.say(new Fact.MessageTaken(messageId));
    }

    private static void retry(Reading reading, JsonNode line) {
        int status = line.path("error_status").asInt(0);
        reading.say(new Fact.Retrying(
                line.path("attempt").asInt(0),
                line.path("max_retries").asInt(0),
                line.path("retry_delay_ms").asLong(0),
                Failures.why(status, line.path("error").asString(""))));
        // Claude tries for minutes even when it cannot help: the person has to know now.
        Failures.person(status, "").ifPresent(failed -> Failures.sayOnce(reading, failed));
    }

    private static void compacted(Reading reading, JsonNode metadata) {
        long before = metadata.path("pre_tokens").asLong(0);
        long after = metadata.path("post_tokens").asLong(0);
        if (after > 0) {
            reading.state = reading.state.with(reading.state.turn().withContextTokens(after));
        }
        reading.say(new Fact.Noticed(
                before > 0 && after > 0
                        ? "The context was compacted from " + before + " to " + after + " tokens."
                        : "The context was compacted."));
    }

    /** Tasks in the foreground end with their tool's result, which says it. */
    private static void task(Reading reading, JsonNode line) {
        String summary = Reading.text(line, "summary");
        if (summary != null
                && !reading.state.tools().containsKey(line.path("tool_use_id").asString(""))) {
            reading.say(new Fact.Noticed(summary));
        }
    }

    static void rateLimit(Reading reading, JsonNode line) {
        JsonNode info = line.path("rate_limit_info");
        if (info.path("status").asString("").equals("rejected")) {
            long resetsAt = info.path("resetsAt").asLong(0);
            Failures.sayOnce(
                    reading,
                    new Fact.Failed(
                            "The usage limit of this Claude subscription is reached.",
                            resetsAt > 0
                                    ? "Wait until " + Instant.ofEpochSecond(resetsAt) + ", or use an API key."
                                    : "Wait until it is reset, or use an API key."));
        }
    }

    private static String shortened(String description) {
        String line = description.lines().findFirst().orElse("");
        if (line.length() <= DESCRIPTION_CHARS) {
            return line;
        }
        int cut = line.lastIndexOf(' ', DESCRIPTION_CHARS);
        return line.substring(0, cut > 0 ? cut : DESCRIPTION_CHARS) + " …";
    }
}
