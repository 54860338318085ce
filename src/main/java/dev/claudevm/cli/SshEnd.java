package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;

/** After a connection was lost: says what happened and what to do, as far as the server tells. */
final class SshEnd {

    /** OpenSSH's exit code when the connection fails; a command's own 255 cannot be told from it. */
    static final int LOST = 255;

    private final ApiClient api;
    private final Surroundings here;

    SshEnd(ApiClient api, Surroundings here) {
        this.api = api;
        this.here = here;
    }

    void explain(Workspace before) {
        String id = before.id();
        try {
            Workspace now = Workspace.of(api.get("workspaces/" + Ids.workspace(id)));
            switch (now.state()) {
                case "running" -> {
                    if (!now.online()) {
                        say("The connection between the server and " + id + " is lost; it comes back by itself.");
                    }
                }
                case "creating" -> say("Workspace " + id + " is being started. Try again in a moment.");
                case "failed" -> say("Workspace " + id + " failed: " + now.reason() + " " + now.todo());
                default -> say("Workspace " + id + " is " + now.state() + ". `claude-vm ssh " + id + "` starts it.");
            }
        } catch (ApiClient.Unreachable e) {
            say("The server does not answer any more. Workspaces and what runs in them go on; start it with"
                    + " `claude-vm web` and connect again.");
        } catch (CliException e) {
            say(e.what() + " " + e.todo());
        }
    }

    private void say(String line) {
        here.err().println("claude-vm: " + PlainText.line(line));
    }
}
