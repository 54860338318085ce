package dev.claudevm.cli.chat;

import dev.claudevm.cli.PlainText;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Events as lines of text. What comes from outside loses its control characters here. */
public final class EventText {

    private static final int OUTPUT_LINES = 8;
    private static final int INPUT_LINES = 40;

    private final Ink ink;

    public EventText(Ink ink) {
        this.ink = ink;
    }

    /** @return the lines of an event by itself, as a log shows it; empty when a reader does not need it */
    public List<String> log(Event event) {
        return switch (event.body()) {
            case EventBody.MessageQueued queued -> said(queued.by(), queued.text(), queued.attachments());
            case EventBody.MessageEdited edited ->
                note(edited.by() + " edited a waiting message: " + first(edited.text()));
            case EventBody.MessageMoved _ -> List.of();
            case EventBody.MessageWithdrawn withdrawn -> note(withdrawn.by() + " withdrew a waiting message");
            case EventBody.MessageSteered _ -> note("said to the running turn");
            case EventBody.MessageReturned returned -> note("back in the queue: " + returned.why());
            case EventBody.QueuePaused paused -> note("the queue is paused: " + paused.why());
            case EventBody.QueueResumed _ -> note("the queue goes on");
            case EventBody.TurnStarted _ -> List.of();
            case EventBody.TurnFinished finished -> finished(finished);
            case EventBody.Text text -> lines(text.markdown());
            case EventBody.Thinking thinking -> List.of(ink.dim("  (" + first(thinking.markdown()) + ")"));
            case EventBody.ToolStarted started ->
                List.of("● " + ink.bold(PlainText.line(started.name())) + " " + first(started.title()));
            case EventBody.ToolFinished finished -> toolFinished(finished);
            case EventBody.ApprovalOpened opened -> approval(opened, null);
            case EventBody.ApprovalResolved resolved -> resolved(resolved);
            case EventBody.QuestionOpened opened -> question(opened, null);
            case EventBody.QuestionAnswered answered ->
                note(
                        answered.withdrawn()
                                ? "the question was withdrawn"
                                : answered.by() + " answered: "
                                        + String.join("; ", answered.answers().values()));
            case EventBody.Plan plan -> plan(plan);
            case EventBody.ModeChanged changed -> note("mode: " + changed.mode());
            case EventBody.AgentStarted started ->
                note(started.agent() + (started.resumed() ? " goes on with its memory" : " started"));
            case EventBody.AgentReady _ -> List.of();
            case EventBody.AgentExited exited -> note(exited.what());
            case EventBody.AgentRetrying retrying ->
                List.of(ink.ask("  trying again (" + retrying.attempt() + " of " + retrying.maxAttempts() + ") in "
                        + Math.max(1, retrying.delayMs() / 1000) + " s: " + first(retrying.why())));
            case EventBody.AgentFailed failed ->
                List.of(ink.bad("✗ " + first(failed.what())), ink.bad("  " + first(failed.todo())));
            case EventBody.Notice notice -> note(notice.text());
            case EventBody.CheckpointTaken taken -> changed(taken);
            case EventBody.CheckpointRestored restored ->
                note(restored.by() + " restored " + (restored.hunk() == null ? "" : "a change of ")
                        + (restored.path() == null ? "all files" : restored.path()));
            case EventBody.CheckpointFailed failed -> note(failed.what());
            case EventBody.WorkspaceStarted _ -> note("the workspace started");
            case EventBody.WorkspaceStopped stopped -> note("the workspace stopped: " + stopped.why());
            case EventBody.Unknown _ -> List.of();
        };
    }

    /** @param number how the person calls it; null: it cannot be answered here */
    List<String> approval(EventBody.ApprovalOpened opened, @Nullable Integer number) {
        List<String> lines = new ArrayList<>();
        lines.add(ink.ask((number == null ? "? " : "? [" + number + "] ") + "May it use "
                        + PlainText.line(opened.tool()) + "?")
                + " " + first(opened.title()));
        exact(opened.input()).forEach(line -> lines.add("    " + line));
        if (number != null) {
            String rule = opened.options().stream()
                    .filter(option -> option.id().equals("always") && option.detail() != null)
                    .map(option -> " (" + first(String.valueOf(option.detail())) + ")")
                    .findFirst()
                    .orElse("");
            boolean always =
                    opened.options().stream().anyMatch(option -> option.id().equals("always"));
            lines.add(ink.dim(
                    "    a allow" + (always ? " · A always" + rule : "") + " · d deny, with a reason if you like"));
        }
        return lines;
    }

    List<String> question(EventBody.QuestionOpened opened, @Nullable Integer number) {
        List<String> lines = new ArrayList<>();
        for (EventBody.QuestionItem item : opened.questions()) {
            lines.add(ink.ask((number == null ? "? " : "? [" + number + "] ") + PlainText.line(item.header()) + ":")
                    + " " + first(item.question()));
            int option = 1;
            for (EventBody.QuestionOption choice : item.options()) {
                lines.add("    " + option++ + ") " + PlainText.line(choice.label())
                        + (choice.description() == null ? "" : ink.dim("  " + first(choice.description()))));
            }
        }
        if (number != null) {
            boolean many = opened.questions().size() > 1;
            boolean multi = opened.questions().stream().anyMatch(EventBody.QuestionItem::multiSelect);
            lines.add(ink.dim("    type a number" + (multi ? " (several: 1,3)" : "")
                    + (many ? ", one for each question, with ; between them" : "") + ", or = and your own words"));
        }
        return lines;
    }

    List<String> said(String by, String text, @Nullable List<EventBody.Attachment> attachments) {
        List<String> lines = new ArrayList<>();
        List<String> said = lines(text);
        for (int i = 0; i < said.size(); i++) {
            lines.add(i == 0 ? ink.bold(PlainText.line(by) + ": ") + said.get(i) : "  " + said.get(i));
        }
        if (attachments != null) {
            attachments.forEach(file -> lines.add(ink.dim("  [" + PlainText.line(file.name()) + "]")));
        }
        return lines;
    }

    List<String> note(String text) {
        return List.of(ink.dim("  — " + first(text)));
    }

    private List<String> finished(EventBody.TurnFinished finished) {
        return switch (finished.outcome()) {
            case DONE -> List.of(ink.dim("  — done" + usage(finished.usage())));
            case INTERRUPTED -> List.of(ink.ask("  — interrupted" + usage(finished.usage())));
            case FAILED ->
                List.of(ink.bad("✗ The turn failed" + (finished.why() == null ? "." : ": " + first(finished.why()))));
        };
    }

    private List<String> changed(EventBody.CheckpointTaken taken) {
        return taken.why().equals("turn") && taken.files() > 0
                ? note((taken.files() == 1 ? "1 file" : taken.files() + " files") + " changed, +" + taken.additions()
                        + " −" + taken.deletions() + " (/diff)")
                : List.of();
    }

    private static String usage(EventBody.@Nullable Usage usage) {
        if (usage == null) {
            return "";
        }
        String cost = usage.costUsd() == null || usage.costUsd() == 0
                ? ""
                : String.format(Locale.ROOT, ", $%.3f", usage.costUsd());
        return String.format(Locale.ROOT, " in %.1f s%s", usage.durationMs() / 1000.0, cost);
    }

    private List<String> toolFinished(EventBody.ToolFinished finished) {
        List<String> lines = new ArrayList<>();
        String summary = finished.summary() == null ? "" : " " + first(finished.summary());
        lines.add(finished.ok() ? ink.good("  ✓") + summary : ink.bad("  ✗") + summary);
        if (finished.diffs() != null) {
            finished.diffs()
                    .forEach(diff -> lines.add(
                            "    " + PlainText.line(diff.path()) + " +" + diff.added() + " −" + diff.removed()));
        }
        List<String> output = finished.output().isBlank()
                ? List.of()
                : lines(finished.output().strip());
        output.stream().limit(OUTPUT_LINES).forEach(line -> lines.add(ink.dim("    " + line)));
        if (output.size() > OUTPUT_LINES) {
            lines.add(ink.dim("    … " + (output.size() - OUTPUT_LINES) + " lines more"));
        }
        return lines;
    }

    private List<String> resolved(EventBody.ApprovalResolved resolved) {
        String by = PlainText.line(resolved.by());
        String why = resolved.message() == null || resolved.message().isBlank() ? "" : ": " + first(resolved.message());
        return switch (resolved.decision()) {
            case ALLOW -> List.of(ink.good("  ✓ allowed by " + by));
            case ALWAYS -> List.of(ink.good("  ✓ always allowed by " + by));
            case DENY -> List.of(ink.bad("  ✗ denied by " + by + why));
            case WITHDRAWN -> note("the agent asks no more");
        };
    }

    private List<String> plan(EventBody.Plan plan) {
        return plan.entries().stream()
                .map(entry -> switch (entry.status()) {
                    case "completed" -> ink.dim("  ☑ " + first(entry.content()));
                    case "in_progress" -> ink.bold("  ▸ " + first(entry.content()));
                    default -> "  ☐ " + first(entry.content());
                })
                .toList();
    }

    /** What would be done, word for word: a command as it is, anything else as JSON. */
    private static List<String> exact(JsonNode input) {
        JsonNode command = input.path("command");
        List<String> lines = command.isString()
                ? lines(command.stringValue())
                : input.isEmpty()
                        ? List.of()
                        : lines(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(input));
        if (lines.size() <= INPUT_LINES) {
            return lines;
        }
        List<String> cut = new ArrayList<>(lines.subList(0, INPUT_LINES));
        cut.add("… " + (lines.size() - INPUT_LINES) + " lines more; `claude-vm logs --json` shows all");
        return cut;
    }

    static List<String> lines(String text) {
        return List.of(PlainText.lines(text).split("\n", -1));
    }

    /** The first line that says something; the rest is left out. */
    private static String first(String text) {
        String plain = PlainText.lines(text).strip();
        int end = plain.indexOf('\n');
        return end < 0 ? plain : plain.substring(0, end).stripTrailing() + " …";
    }
}
