package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.regex.Pattern;

/** Ids as they stand on the command line, made safe for a path. */
final class Ids {

    private static final Pattern WORKSPACE = Pattern.compile("[a-z]+-[a-z]+-\\d{1,6}");

    private Ids() {}

    static boolean isWorkspace(String text) {
        return WORKSPACE.matcher(text).matches();
    }

    /** @throws CliException when it cannot be the id of a workspace */
    static String workspace(String text) {
        return segment(text, "workspace", "See `claude-vm workspace list`.");
    }

    /** @throws CliException when it cannot be the id of a conversation */
    static String conversation(String text) {
        return segment(text, "conversation", "See `claude-vm chat`, which lists them.");
    }

    /** @throws CliException when it cannot be the name of an agent */
    static String agent(String text) {
        return segment(text, "agent", "See `claude-vm agent list`.");
    }

    private static String segment(String text, String what, String todo) {
        if (text.isBlank() || text.contains("/") || text.equals(".") || text.equals("..")) {
            throw new CliException(ExitCode.NOT_FOUND, "\"" + text + "\" is no " + what + ".", todo);
        }
        return ApiClient.segment(text);
    }
}
