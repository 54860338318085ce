package dev.claudevm.agents.demo;

import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a message tells the demo agent to do. Steps are separated by newlines or {@code " ;; "}. The tests' stand-in model
 * speaks the same language, but is no part of the product: so this is a copy of its own.
 */
final class Script {

    private static final Pattern SEPARATOR = Pattern.compile("\\s*(?:\\R|\\s;;\\s)\\s*");
    private static final Pattern PACED = Pattern.compile("(\\d{1,6}) (\\d{1,6})(?: (.*))?");
    private static final Set<String> NO_ARGUMENT = Set.of("hang");

    private Script() {}

    /** One thing to do. */
    sealed interface Step {}

    record Say(String text) implements Step {}

    record Think(String text) implements Step {}

    /** @param stamp each token is the time at which it was sent (epoch milliseconds) */
    record Paced(int tokens, long everyMs, String prefix, boolean stamp) implements Step {}

    /** Tool calls of one message: they run at the same time. */
    record Tools(List<Tool> calls) implements Step {}

    record Tool(String name, JsonNode input) {}

    /** As if the model had failed so many times. */
    record Fail(int status, int times) implements Step {}

    /** Nothing until the turn is interrupted. */
    record Hang() implements Step {}

    /** @return the steps; empty when the message is no script */
    static Optional<List<Step>> parse(String message) {
        List<Step> steps = new ArrayList<>();
        for (String line : SEPARATOR.split(message.strip(), -1)) {
            if (line.isBlank()) {
                continue;
            }
            Optional<Step> step = step(line.strip());
            if (step.isEmpty()) {
                return Optional.empty();
            }
            steps.add(step.get());
        }
        return steps.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(steps));
    }

    static final String HELP = """
            I run scripts: one step a line, or several in a line separated by ` ;; `.

            | step | what I do |
            |---|---|
            | `say TEXT` | say it |
            | `think TEXT` | think it |
            | `slow N MS [PREFIX]` | say N words, one every MS milliseconds |
            | `stamp N MS` | the same, each word is the time it was said at |
            | `bash COMMAND` | run it, after asking if it may change something |
            | `bash2 COMMAND \\|\\|\\| COMMAND` | run several at once |
            | `big BYTES` | run a command that prints so much |
            | `write PATH ::: CONTENT` | write a file (`\\n` is a newline) |
            | `edit PATH ::: OLD ::: NEW` | change a file |
            | `read PATH` | read a file |
            | `ask QUESTION \\| A \\| B` | ask you |
            | `plan TEXT` | ask whether to leave plan mode |
            | `todo A\\|B\\|C` | show a list of things to do |
            | `error STATUS TIMES` | try again as if the model had failed |
            | `hang` | do nothing until I am stopped |
            | `tool NAME JSON` | call a tool |
            """;

    private static Optional<Step> step(String line) {
        int space = line.indexOf(' ');
        String word = space < 0 ? line : line.substring(0, space);
        String rest = space < 0 ? "" : line.substring(space + 1).strip();
        if (rest.isEmpty() != NO_ARGUMENT.contains(word)) {
            return Optional.empty();
        }
        return switch (word) {
            case "say" -> Optional.of(new Say(rest));
            case "think" -> Optional.of(new Think(rest));
            case "slow" -> paced(rest, false);
            case "stamp" -> paced(rest, true);
            case "bash" -> one("Bash", object().put("command", rest).put("description", "Run " + first(rest)));
            case "bash2" -> bashes(rest);
            case "big" ->
                number(rest)
                        .flatMap(bytes -> one(
                                "Bash",
                                object().put("command", "head -c " + bytes + " /dev/zero | tr '\\0' 'x'")
                                        .put("description", "Print " + bytes + " bytes")));
            case "write" ->
                parts(rest, " ::: ", 2)
                        .flatMap(p ->
                                one("Write", object().put("file_path", p.get(0)).put("content", lines(p.get(1)))));
            case "edit" ->
                parts(rest, " ::: ", 3)
                        .flatMap(p -> one(
                                "Edit",
                                object().put("file_path", p.get(0))
                                        .put("old_string", lines(p.get(1)))
                                        .put("new_string", lines(p.get(2)))));
            case "read" -> rest.contains(" ") ? Optional.empty() : one("Read", object().put("file_path", rest));
            case "ask" -> question(rest);
            case "plan" -> one("ExitPlanMode", object().put("plan", lines(rest)));
            case "todo" -> todo(rest);
            case "tool" -> tool(rest);
            case "error" -> failure(rest);
            case "hang" -> Optional.of(new Hang());
            default -> Optional.empty();
        };
    }

    private static Optional<Step> one(String tool, JsonNode input) {
        return Optional.of(new Tools(List.of(new Tool(tool, input))));
    }

    private static Optional<Step> bashes(String rest) {
        List<Tool> calls = Stream.of(rest.split("\\s\\|\\|\\|\\s", -1))
                .map(command -> new Tool(
                        "Bash",
                        object().put("command", command.strip()).put("description", "Run " + first(command.strip()))))
                .toList();
        return calls.size() < 2 ? Optional.empty() : Optional.of(new Tools(calls));
    }

    private static Optional<Step> paced(String rest, boolean stamp) {
        Matcher matcher = PACED.matcher(rest);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String prefix = matcher.group(3) == null ? "t" : matcher.group(3);
        return Optional.of(
                new Paced(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)), prefix, stamp));
    }

    private static Optional<Step> failure(String rest) {
        Matcher matcher = PACED.matcher(rest);
        return matcher.matches()
                ? Optional.of(new Fail(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    private static Optional<Step> question(String rest) {
        List<String> parts = Stream.of(rest.split("\\|", -1)).map(String::strip).toList();
        if (parts.size() < 3) {
            return Optional.empty();
        }
        ObjectNode question = object().put("question", parts.get(0)).put("header", header(parts.get(0)));
        question.put("multiSelect", false);
        for (String label : parts.subList(1, parts.size())) {
            question.withArray("options").addObject().put("label", label).put("description", "Choose " + label);
        }
        ObjectNode input = object();
        input.withArray("questions").add(question);
        return one("AskUserQuestion", input);
    }

    private static Optional<Step> todo(String rest) {
        ObjectNode input = object();
        int index = 0;
        for (String entry : rest.split("\\|", -1)) {
            String status = index++ == 0 ? "in_progress" : "pending";
            input.withArray("todos")
                    .addObject()
                    .put("content", entry.strip())
                    .put("status", status)
                    .put("activeForm", entry.strip());
        }
        return one("TodoWrite", input);
    }

    private static Optional<Step> tool(String rest) {
        List<String> parts = List.of(rest.split(" ", 2));
        if (parts.size() < 2) {
            return Optional.empty();
        }
        try {
            return one(parts.get(0), Json.MAPPER.readTree(parts.get(1)));
        } catch (JacksonException notJson) {
            return Optional.empty();
        }
    }

    private static Optional<List<String>> parts(String rest, String separator, int count) {
        List<String> parts = List.of(rest.split(Pattern.quote(separator), -1));
        return parts.size() == count ? Optional.of(parts) : Optional.empty();
    }

    private static Optional<Integer> number(String rest) {
        return rest.matches("\\d{1,9}") ? Optional.of(Integer.valueOf(rest)) : Optional.empty();
    }

    /** Claude Code wants at most 12 characters. */
    private static String header(String question) {
        String word = first(question);
        return word.length() > 12 ? word.substring(0, 12) : word;
    }

    private static String first(String text) {
        return text.split("\\s", 2)[0];
    }

    private static String lines(String text) {
        return text.replace("\\n", "\n");
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }
}
