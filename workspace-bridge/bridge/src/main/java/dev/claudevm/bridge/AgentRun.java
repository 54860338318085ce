package dev.claudevm.bridge;

import dev.claudevm.bridge.ConversationCore.AgentDied;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One run of an agent: its folder {@code runs/<n>/} and its process in the tmux session {@code conv-<id>}. Used by the
 * conversation's thread.
 */
final class AgentRun {

    private static final System.Logger LOG = System.getLogger(AgentRun.class.getName());
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final int LAST_WORDS_BYTES = 2000;

    private final Path conversation;
    private final Path folder;
    private final String session;
    private final int number;
    private final Tmux tmux;
    private final Deque<byte[]> unsaid = new ArrayDeque<>();
    private long said;

    AgentRun(Path conversation, String conversationId, int number, Tmux tmux) throws IOException {
        this.conversation = conversation;
        this.number = number;
        this.folder = conversation.resolve("runs").resolve(Integer.toString(number));
        this.session = "conv-" + conversationId;
        this.tmux = tmux;
        Files.createDirectories(folder);
        this.said = Files.exists(in()) ? Files.size(in()) : 0;
    }

    int number() {
        return number;
    }

    Path raw() {
        return folder.resolve("raw.ndjson");
    }

    private Path in() {
        return folder.resolve("in.ndjson");
    }

    /** @return how many bytes the agent has been told, or will be by {@link #saySoon} */
    long said() {
        return said + unsaid.stream().mapToLong(b -> b.length).sum();
    }

    /** Appends what a commit names. What does not fit on the disk now is appended by a later {@link #flush}. */
    void saySoon(byte[] lines) {
        unsaid.add(lines);
        flush();
    }

    /** Tries to append what could not be appended before. */
    void flush() {
        if (unsaid.isEmpty()) {
            return;
        }
        try (FileChannel channel = FileChannel.open(in(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (!unsaid.isEmpty()) {
                ByteBuffer rest = ByteBuffer.wrap(unsaid.getFirst());
                try {
                    while (rest.hasRemaining()) {
                        said += channel.write(rest, said);
                    }
                } finally {
                    byte[] whole = unsaid.removeFirst();
                    if (rest.hasRemaining()) {
                        unsaid.addFirst(java.util.Arrays.copyOfRange(whole, rest.position(), whole.length));
                    }
                }
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "Could not write " + in() + "; trying again: " + e.getMessage());
        }
    }

    /** @return whether the wrapper has begun, so that the agent may have read something */
    boolean began() {
        return Files.exists(raw());
    }

    /**
     * Starts the agent. The environment goes through a file that the wrapper deletes, because arguments can be seen by
     * everybody on the machine.
     */
    void launch(List<String> commandLine, Map<String, String> environment, Path directory) throws IOException {
        Files.createDirectories(conversation.resolve("typed"));
        if (!Files.exists(in())) {
            Files.createFile(in());
        }
        Path script = script();
        Path env = folder.resolve("env");
        Files.deleteIfExists(env);
        Files.createFile(env, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(env, exports(environment));
        List<String> command = new ArrayList<>(List.of(
                "/bin/bash", script.toString(), folder.toString(), conversation.toString(), directory.toString()));
        command.addAll(commandLine);
        tmux.start(session, command);
    }

    private Path script() throws IOException {
        // A running wrapper reads its own file: a new one must be a new file.
        Path script = folder.resolve("run-agent.sh");
        Path fresh = folder.resolve("run-agent.sh.new");
        try (InputStream in = Objects.requireNonNull(AgentRun.class.getResourceAsStream("run-agent.sh"))) {
            Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.move(fresh, script, StandardCopyOption.ATOMIC_MOVE);
        return script;
    }

    private static String exports(Map<String, String> environment) {
        StringBuilder text = new StringBuilder();
        environment.forEach((name, value) -> {
            if (VARIABLE.matcher(name).matches() && value.indexOf('\0') < 0) {
                text.append("export ")
                        .append(name)
                        .append("='")
                        .append(value.replace("'", "'\\''"))
                        .append("'\n");
            }
        });
        return text.toString();
    }

    /**
     * Looks whether the run has ended, and ends what is left of it. Cheap: two or three small files.
     *
     * @param thorough also ask tmux; some milliseconds
     * @return null while it runs
     */
    @Nullable
    AgentDied died(boolean thorough) throws IOException {
        Path exit = folder.resolve("exit");
        if (Files.exists(exit)) {
            int code = Integer.parseInt(Files.readString(exit).strip());
            return new AgentDied(code, ending(code), lastWords());
        }
        Path pids = folder.resolve("pids");
        if (Files.exists(pids)) {
            String[] p = Files.readString(pids).strip().split(" ");
            if (p.length != 4 || runs(p[0], p[1])) {
                return null;
            }
            if (Files.exists(exit)) {
                return died(false);
            }
            // The wrapper is gone without a word: killed, tmux died, or the machine was stopped. The agent must not go
            // on unheard.
            if (runs(p[2], p[3])) {
                kill(p[2]);
            }
            tmux.end(session);
            return new AgentDied(null, "The agent's terminal session is gone.", lastWords());
        }
        if (thorough && !tmux.has(session)) {
            return Files.exists(exit) || Files.exists(pids)
                    ? null
                    : new AgentDied(null, "The agent could not be started.", lastWords());
        }
        return null;
    }

    /**
     * Kills the agent and what it started in its own group; the wrapper writes down how it ended.
     *
     * @return whether there was something to kill
     */
    boolean end() throws IOException {
        Path pids = folder.resolve("pids");
        if (!Files.exists(pids)) {
            return false;
        }
        String[] p = Files.readString(pids).strip().split(" ");
        if (p.length != 4 || !runs(p[2], p[3])) {
            return false;
        }
        kill(p[2]);
        return true;
    }

    private static void kill(String agent) throws IOException {
        new ProcessBuilder("/bin/kill", "-KILL", "--", "-" + agent, agent).start();
    }

    /** @return whether the process is there, is no zombie and is not another one with a reused number */
    private static boolean runs(String pid, String startTicks) throws IOException {
        Path stat = Path.of("/proc", pid, "stat");
        try {
            String text = Files.readString(stat);
            String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
            return fields[19].equals(startTicks) && !fields[0].equals("Z");
        } catch (java.nio.file.NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            if (!Files.exists(stat)) {
                return false; // ended while it was read
            }
            throw e;
        }
    }

    private static String ending(int code) {
        if (code == 0) {
            return "The agent ended.";
        }
        if (code == 127 || code == 126) {
            return "The agent's program could not be started (exit code " + code + ").";
        }
        if (code > 128) {
            return "The agent was ended by signal " + (code - 128) + ".";
        }
        return "The agent ended with exit code " + code + ".";
    }

    private String lastWords() throws IOException {
        Path err = folder.resolve("err.log");
        if (!Files.exists(err)) {
            return "";
        }
        try (RandomAccessFile file = new RandomAccessFile(err.toFile(), "r")) {
            long from = Math.max(0, file.length() - LAST_WORDS_BYTES);
            byte[] bytes = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8).strip();
        }
    }
}
