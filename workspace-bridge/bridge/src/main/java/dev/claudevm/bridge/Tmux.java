package dev.claudevm.bridge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The tmux server of this workspace ({@code tmux -L claude-vm}). Calls block for some milliseconds. */
final class Tmux {

    private static final int TIMEOUT_SECONDS = 15;

    private final Map<String, String> environment;

    /** @param environment of the tmux server: what the panes' wrappers see, so nothing secret */
    Tmux(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * Starts a session without a window for anybody. An older one of that name is ended first.
     *
     * @throws IOException when tmux is missing or refuses
     */
    void start(String session, List<String> command) throws IOException {
        end(session);
        List<String> start = new ArrayList<>(List.of("new-session", "-d", "-s", session, "-x", "120", "-y", "40"));
        start.addAll(command);
        run(start);
    }

    boolean has(String session) throws IOException {
        return call(List.of("has-session", "-t", "=" + session)) == 0;
    }

    /** Ends a session if it is there. */
    void end(String session) throws IOException {
        call(List.of("kill-session", "-t", "=" + session));
    }

    private void run(List<String> arguments) throws IOException {
        Process process = process(arguments);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (await(process) != 0) {
            throw new IOException("tmux refused to start a session: " + said.strip());
        }
    }

    private int call(List<String> arguments) throws IOException {
        Process process = process(arguments);
        process.getInputStream().readAllBytes();
        return await(process);
    }

    private Process process(List<String> arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of("tmux", "-L", "claude-vm", "-f", "/dev/null"));
        line.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return process;
    }

    private static int await(Process process) throws IOException {
        try {
            if (process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            throw new IOException("tmux did not answer within " + TIMEOUT_SECONDS + " seconds.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while waiting for tmux", e);
        }
    }
}
