package dev.claudevm.agents.claude;

import dev.claudevm.protocol.EventBody.FileDiff;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The one figure that matters of a tool's result. Only what is plainly there; never a guess. */
final class Figures {

    /** Results of a test run stand at its end. */
    private static final int LAST_CHARS = 4_000;

    private static final Pattern EXIT = Pattern.compile("^(?:Error: )?Exit code (\\d+)");
    private static final Pattern PASSED = Pattern.compile("\\b(\\d+) passed\\b");
    private static final Pattern FAILED = Pattern.compile("\\b(\\d+) failed\\b");
    private static final Pattern MAVEN =
            Pattern.compile("Tests run: (\\d+), Failures: (\\d+), Errors: (\\d+), Skipped: (\\d+)");

    private Figures() {}

    static @Nullable String of(
            String tool, boolean ok, String output, JsonNode structured, List<FileDiff> diffs, boolean notRun) {
        if (notRun) {
            return "not run";
        }
        if (!diffs.isEmpty()) {
            int added = diffs.stream().mapToInt(FileDiff::added).sum();
            int removed = diffs.stream().mapToInt(FileDiff::removed).sum();
            return "+" + added + " −" + removed;
        }
        return switch (tool) {
            case "Bash" -> bash(ok, output);
            case "Read" -> count(structured.path("file").path("numLines"), "line");
            case "Grep", "Glob" -> count(structured.path("numFiles"), "file");
            default -> null;
        };
    }

    private static @Nullable String bash(boolean ok, String output) {
        String tests = tests(output.substring(Math.max(0, output.length() - LAST_CHARS)));
        if (tests != null) {
            return tests;
        }
        Matcher exit = EXIT.matcher(output);
        if (!ok) {
            return exit.find() ? "exit " + exit.group(1) : null;
        }
        long lines = output.lines().count();
        return lines == 0 ? null : lines + (lines == 1 ? " line" : " lines");
    }

    /** pytest, Jest, Vitest, Cargo and Playwright say {@code 31 passed}; Maven counts in its own words. */
    private static @Nullable String tests(String end) {
        Matcher maven = MAVEN.matcher(end);
        String total = null;
        while (maven.find()) {
            int bad = Integer.parseInt(maven.group(2)) + Integer.parseInt(maven.group(3));
            int run = Integer.parseInt(maven.group(1)) - Integer.parseInt(maven.group(4));
            total = bad == 0 ? run + " passed" : bad + " failed, " + (run - bad) + " passed";
        }
        if (total != null) {
            return total;
        }
        String passed = last(PASSED, end);
        String failed = last(FAILED, end);
        if (passed == null) {
            return null;
        }
        return failed == null || failed.equals("0") ? passed + " passed" : failed + " failed, " + passed + " passed";
    }

    private static @Nullable String last(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        String found = null;
        while (matcher.find()) {
            found = matcher.group(1);
        }
        return found;
    }

    private static @Nullable String count(JsonNode number, String what) {
        if (!number.isNumber()) {
            return null;
        }
        long count = number.asLong();
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
