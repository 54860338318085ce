package dev.claudevm.bridge;

import com.pty4j.PtyProcess;
import com.pty4j.PtyProcessBuilder;
import com.pty4j.WinSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.Signal;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jspecify.annotations.Nullable;

/** A login shell or a command of somebody who came in by SSH; with a terminal when they asked for one. */
final class ShellCommand implements Command {

    private static final int BUFFER_BYTES = 32 * 1024;
    private static final String DEFAULT_COLUMNS = "80";
    private static final String DEFAULT_LINES = "24";

    private final BridgeConfig config;
    private final @Nullable String command;
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();
    private OutputStream err = OutputStream.nullOutputStream();
    private @Nullable ExitCallback exit;
    private @Nullable Process process;

    /** @param command null: a login shell */
    ShellCommand(BridgeConfig config, @Nullable String command) {
        this.config = config;
        this.command = command;
    }

    @Override
    public void setInputStream(InputStream in) {
        this.in = in;
    }

    @Override
    public void setOutputStream(OutputStream out) {
        this.out = out;
    }

    @Override
    public void setErrorStream(OutputStream err) {
        this.err = err;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        this.exit = callback;
    }

    @Override
    public void start(ChannelSession channel, Environment env) throws IOException {
        Map<String, String> variables = new HashMap<>(config.inherited());
        variables.putAll(env.getEnv());
        List<String> line = command == null ? List.of("/bin/bash", "-l") : List.of("/bin/bash", "-c", command);
        boolean terminal = !env.getPtyModes().isEmpty() || env.getEnv().containsKey(Environment.ENV_TERM);
        Process started = terminal ? terminal(line, variables, env) : pipes(line, variables);
        process = started;
        // A read from a process or terminal holds its carrier thread: a few idle terminals as virtual threads would
        // stop
        // every conversation.
        Thread.ofPlatform().name("ssh input").daemon().start(() -> pump(in, started.getOutputStream(), true));
        Thread output =
                Thread.ofPlatform().name("ssh output").daemon().start(() -> pump(started.getInputStream(), out, false));
        Thread errors =
                Thread.ofPlatform().name("ssh errors").daemon().start(() -> pump(started.getErrorStream(), err, false));
        Thread.ofVirtual().name("ssh exit").start(() -> end(started, output, errors));
    }

    private Process pipes(List<String> line, Map<String, String> variables) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(line).directory(config.project().toFile());
        builder.environment().clear();
        builder.environment().putAll(variables);
        return builder.start();
    }

    private Process terminal(List<String> line, Map<String, String> variables, Environment env) throws IOException {
        PtyProcess pty = new PtyProcessBuilder(line.toArray(String[]::new))
                .setEnvironment(variables)
                .setDirectory(config.project().toString())
                .setInitialColumns(size(env, Environment.ENV_COLUMNS, DEFAULT_COLUMNS))
                .setInitialRows(size(env, Environment.ENV_LINES, DEFAULT_LINES))
                .start();
        env.addSignalListener(
                (_, _) -> pty.setWinSize(new WinSize(
                        size(env, Environment.ENV_COLUMNS, DEFAULT_COLUMNS),
                        size(env, Environment.ENV_LINES, DEFAULT_LINES))),
                Signal.WINCH);
        return pty;
    }

    private static int size(Environment env, String name, String otherwise) {
        try {
            return Math.max(1, Integer.parseInt(env.getEnv().getOrDefault(name, otherwise)));
        } catch (NumberFormatException e) {
            return Integer.parseInt(otherwise);
        }
    }

    private static void pump(InputStream from, OutputStream to, boolean close) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                to.write(buffer, 0, n);
                to.flush();
            }
            if (close) {
                to.close();
            }
        } catch (IOException e) {
            // One end has gone; the other is told by the exit.
        }
    }

    private void end(Process started, Thread output, Thread errors) {
        int code;
        try {
            code = started.waitFor();
            output.join(2000);
            errors.join(2000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            code = 255;
        }
        if (exit != null) {
            exit.onExit(code);
        }
    }

    @Override
    public void destroy(ChannelSession channel) {
        Process running = process;
        if (running != null && running.isAlive()) {
            running.descendants().forEach(ProcessHandle::destroy);
            running.destroy();
        }
    }
}
