package dev.claudevm.cli;

import dev.claudevm.cli.api.ExitCode;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What a command has to say in the end. The {@link Printer} makes text or JSON of it. */
sealed interface Answer {

    /** @return what the process ends with */
    default ExitCode exit() {
        return ExitCode.OK;
    }

    /** @return the number that the process ends with */
    default int code() {
        return exit().code();
    }

    /**
     * A list.
     *
     * @param json as the server gave it
     * @param rows as many cells each as {@code head} has
     * @param whenEmpty said instead of a table without rows
     */
    record Table(JsonNode json, List<String> head, List<List<String>> rows, String whenEmpty) implements Answer {}

    /** One thing, or what was done. */
    record Lines(JsonNode json, List<String> lines) implements Answer {}

    /** Another program had the word. @param code its exit code, which becomes ours */
    record Ended(int code) implements Answer {}

    /** Everything was said while the command ran. */
    record Said(ExitCode exit) implements Answer {}
}
