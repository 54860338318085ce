package dev.claudevm.cli.chat;

import dev.claudevm.cli.PlainText;
import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What turns changed, for a chat: asked for and shown beside it, so that typing and what the agent says go on. */
final class Changes {

    /** A chat is no pager. */
    private static final int MAX_LINES = 300;

    private final ApiClient api;
    private final String conversation;
    private final Screen screen;
    private final Ink ink;

    Changes(ApiClient api, String conversation, Screen screen, Ink ink) {
        this.api = api;
        this.conversation = conversation;
        this.screen = screen;
        this.ink = ink;
    }

    /** @param wanted nothing: the last turn; {@code all}: since the conversation began; then a path, if one is meant */
    void show(String wanted) {
        boolean all = wanted.equals("all") || wanted.startsWith("all ");
        String path = (all ? wanted.substring("all".length()) : wanted).strip();
        Thread.ofVirtual().name("changes").start(() -> {
            try {
                screen.print(lines(all, path));
            } catch (CliException e) {
                screen.print(List.of(ink.bad("✗ " + PlainText.line(e.what()) + " " + PlainText.line(e.todo()))));
            } catch (ApiClient.Unreachable e) {
                screen.print(List.of(ink.bad("✗ " + PlainText.line(String.valueOf(e.getMessage())))));
            }
        });
    }

    private List<String> lines(boolean all, String path) {
        TurnDiff diff = TurnDiff.of(api, ApiClient.segment(conversation), all ? null : (Integer) 0);
        List<JsonNode> files = diff.files().stream()
                .filter(file -> path.isEmpty() || file.path("path").asString("").equals(path))
                .toList();
        List<String> lines = new ArrayList<>();
        lines.add(ink.dim("  — " + diff.what() + ": "
                + (files.isEmpty() ? path.isEmpty() ? "nothing" : PlainText.line(path) + " was not changed" : "")));
        files.forEach(file -> lines.add("    " + TurnDiff.summary(file)));
        DiffInk diffInk = new DiffInk(ink);
        List<String> body = new ArrayList<>();
        for (JsonNode file : files) {
            if (body.size() > MAX_LINES) {
                break;
            }
            diff.lines(file, line -> body.add("    " + diffInk.line(line)));
        }
        body.stream().limit(MAX_LINES).forEach(lines::add);
        if (body.size() > MAX_LINES) {
            lines.add(ink.dim("    … more than " + MAX_LINES + " lines: /diff PATH, or `claude-vm diff " + conversation
                    + "` shows all"));
        }
        return lines;
    }
}
