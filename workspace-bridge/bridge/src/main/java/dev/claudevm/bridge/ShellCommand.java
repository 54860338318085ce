package dev.claudevm.bridge;

import com.pty4j.PtyProcess;
import com.pty4j.PtyProcessBuilder;
import com.pty4j.WinSize;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.Signal;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jspecify.annotations.Nullable;

/**
 * A program of somebody who came in by SSH; with a terminal when they asked for one, else with three pipes. It ends as
 * under sshd: with pipes when the program has ended and the last process has closed its output, with a terminal when the
 * program has ended. When the client goes first, the program is told by a hang-up; what it started may go on.
 */
final class ShellCommand implements Command {

    private static final String DEFAULT_COLUMNS = "80";
    private static final String DEFAULT_LINES = "24";

    private static final int MOST_CELLS = 10_000;

    /** How long a terminal may be silent after its program's end before the rest is taken for read. */
    private static final long DRAIN_MILLIS = 200;

    private final BridgeConfig config;
    private final List<String> program;
    private final boolean mayHaveTerminal;
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();
    private OutputStream err = OutputStream.nullOutputStream();
    private @Nullable ExitCallback exit;
    private volatile @Nullable Process process;
    private final List<Closeable> ours = new ArrayList<>();

    private ShellCommand(BridgeConfig config, List<String> program, boolean mayHaveTerminal) {
        this.config = config;
        this.program = program;
        this.mayHaveTerminal = mayHaveTerminal;
    }

    /** A login shell. */
    static ShellCommand login(BridgeConfig config) {
        return new ShellCommand(config, List.of(ShellEnvironment.shell(), "-l"), true);
    }

    /** A line for the shell. */
    static ShellCommand line(BridgeConfig config, String line) {
        return new ShellCommand(config, List.of(ShellEnvironment.shell(), "-c", line), true);
    }

    /** A program that speaks a protocol, like {@code sftp-server}. */
    static ShellCommand subsystem(BridgeConfig config, List<String> program) {
        return new ShellCommand(config, program, false);
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
        Map<String, String> variables = ShellEnvironment.of(config, channel, env);
        if (mayHaveTerminal && channel instanceof WorkspaceChannel own && own.terminal()) {
            terminal(variables, env);
        } else {
            pipes(variables, env);
        }
    }

    private void pipes(Map<String, String> variables, Environment env) throws IOException {
        ProcessPipe input = new ProcessPipe();
        ProcessPipe output = new ProcessPipe();
        ProcessPipe errors = new ProcessPipe();
        try (input;
                output;
                errors) {
            ProcessBuilder builder = new ProcessBuilder(ShellEnvironment.asLeader(program))
                    .directory(config.project().toFile())
                    .redirectInput(input.readEnd())
                    .redirectOutput(output.writeEnd())
                    .redirectError(errors.writeEnd());
            builder.environment().clear();
            builder.environment().putAll(variables);
            Process started = builder.start();
            process = started;
            OutputStream toProgram = input.writer();
            InputStream fromProgram = output.reader();
            InputStream errorsOfProgram = errors.reader();
            ours.add(toProgram);
            // The group: what the program started in the foreground hears it too.
            env.addSignalListener((_, signal) -> Libc.kill(-started.pid(), signal.getNumeric()), signals());
            new Pump("ssh input", in, toProgram).closing(toProgram).start();
            Pump first = new Pump("ssh output", fromProgram, out)
                    .closing(fromProgram)
                    .start();
            Pump second = new Pump("ssh errors", errorsOfProgram, err)
                    .closing(errorsOfProgram)
                    .start();
            end(started, () -> {
                first.join();
                second.join();
            });
        }
    }

    private void terminal(Map<String, String> variables, Environment env) throws IOException {
        PtyProcess pty = new PtyProcessBuilder(withModes(env).toArray(String[]::new))
                .setEnvironment(variables)
                .setDirectory(config.project().toString())
                .setInitialColumns(size(env, Environment.ENV_COLUMNS, DEFAULT_COLUMNS))
                .setInitialRows(size(env, Environment.ENV_LINES, DEFAULT_LINES))
                .start();
        process = pty;
        env.addSignalListener(
                (_, _) -> pty.setWinSize(new WinSize(
                        size(env, Environment.ENV_COLUMNS, DEFAULT_COLUMNS),
                        size(env, Environment.ENV_LINES, DEFAULT_LINES))),
                Signal.WINCH);
        env.addSignalListener((_, signal) -> Libc.kill(-pty.pid(), signal.getNumeric()), signals());
        ours.add(pty.getOutputStream());
        new Pump("ssh input", in, pty.getOutputStream()).start();
        Pump output = new Pump("ssh output", pty.getInputStream(), out).start();
        end(pty, () -> output.drained(DRAIN_MILLIS));
    }

    /** Sets the client's modes before the program sees the terminal. */
    private List<String> withModes(Environment env) {
        List<String> modes = TerminalModes.stty(env.getPtyModes());
        if (modes.isEmpty()) {
            return program;
        }
        List<String> line = new ArrayList<>(
                List.of("/bin/sh", "-c", "stty " + String.join(" ", modes) + " 2>/dev/null; exec \"$0\" \"$@\""));
        line.addAll(program);
        return line;
    }

    private static Signal[] signals() {
        return new Signal[] {
            Signal.HUP,
            Signal.INT,
            Signal.QUIT,
            Signal.KILL,
            Signal.TERM,
            Signal.USR1,
            Signal.USR2,
            Signal.ALRM,
            Signal.PIPE
        };
    }

    private static int size(Environment env, String name, String otherwise) {
        try {
            int asked = Integer.parseInt(env.getEnv().getOrDefault(name, otherwise));
            // Without a terminal of their own, clients ask for none.
            return asked < 1 || asked > MOST_CELLS ? Integer.parseInt(otherwise) : asked;
        } catch (NumberFormatException e) {
            return Integer.parseInt(otherwise);
        }
    }

    /** Waits for the rest of what a program said. */
    @FunctionalInterface
    private interface Rest {
        void await() throws InterruptedException;
    }

    private void end(Process started, Rest rest) {
        Thread.ofVirtual().name("ssh exit").start(() -> {
            int code;
            try {
                code = started.waitFor();
                rest.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                code = 255;
            }
            if (exit != null) {
                exit.onExit(code);
            }
        });
    }

    @Override
    public void destroy(ChannelSession channel) {
        Process running = process;
        if (running == null) {
            return;
        }
        if (running.isAlive()) {
            // The program alone, as when a terminal is closed: what it left running in the background is meant to stay.
            Libc.kill(running.pid(), Libc.HANGUP);
        }
        Thread.ofPlatform().name("ssh goodbye").daemon().start(() -> {
            for (Closeable stream : ours) {
                Quietly.close(stream);
            }
            if (running instanceof PtyProcess pty) {
                try {
                    if (!pty.waitFor(5, TimeUnit.SECONDS)) {
                        pty.destroy();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
    }
}
