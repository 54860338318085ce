package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.concurrent.TimeUnit;

/** Waits while the server makes, starts, stops or deletes a workspace, and shows the steps. */
final class WorkspaceWait {

    private static final long LOOK_EVERY_MS = 250;

    /** Looks that may fail one after the other: about half a minute, time enough to restart a server. */
    private static final int MOST_UNREACHABLE = 120;

    private final ApiClient api;
    private final Surroundings here;
    private int unreachable;

    WorkspaceWait(ApiClient api, Surroundings here) {
        this.api = api;
        this.here = here;
    }

    /**
     * @param wanted the state that is meant to come
     * @return the workspace in that state
     * @throws CliException when it came to something else
     */
    Workspace until(Workspace asked, String wanted) {
        try (StepLines steps = new StepLines(here)) {
            Workspace now = asked;
            Thread leaving = new Thread(() -> steps.leave("It goes on: see `claude-vm workspace list`."));
            Runtime.getRuntime().addShutdownHook(leaving);
            try {
                while (now.passing() || isComingHome(now, wanted)) {
                    steps.show(now.steps());
                    TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
                    now = look(now);
                }
            } finally {
                Runtime.getRuntime().removeShutdownHook(leaving);
            }
            steps.show(now.steps());
            if (!now.state().equals(wanted)) {
                throw new CliException(
                        ExitCode.FAILED,
                        "Workspace " + now.id() + " is " + now.state()
                                + (now.reason().isEmpty() ? "." : ": " + now.reason()),
                        now.todo());
            }
            return now;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.FAILED, "Interrupted.", "See `claude-vm workspace list`.", e);
        }
    }

    /** A deleted workspace is gone, or still known as deleted. */
    Workspace untilDeleted(Workspace before) {
        try {
            Workspace now = look(before);
            while (now.passing()) {
                TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
                now = look(now);
            }
            if (!"deleted".equals(now.state())) {
                throw new CliException(
                        ExitCode.FAILED,
                        "Workspace " + now.id() + " is still " + now.state()
                                + (now.reason().isEmpty() ? "." : ": " + now.reason()),
                        now.todo());
            }
            return now;
        } catch (CliException e) {
            if (e.exit() == ExitCode.NOT_FOUND) {
                return before;
            }
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return before;
        }
    }

    /** The server calls it running as soon as it is started; it is of use when its bridge is connected. */
    private static boolean isComingHome(Workspace now, String wanted) {
        return "running".equals(wanted)
                && "running".equals(now.state())
                && now.json().has("online")
                && !now.online();
    }

    /** A server that is restarted meanwhile goes on with the work; so do we. */
    private Workspace look(Workspace workspace) {
        try {
            Workspace now = Workspace.of(api.get("workspaces/" + Ids.workspace(workspace.id())));
            unreachable = 0;
            return now;
        } catch (ApiClient.Unreachable e) {
            unreachable++;
            if (unreachable > MOST_UNREACHABLE) {
                throw e;
            }
            return workspace;
        }
    }
}
