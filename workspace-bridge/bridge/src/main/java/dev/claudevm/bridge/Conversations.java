package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import dev.claudevm.bridge.checkpoint.Checkpoints;
import dev.claudevm.protocol.Bridge.AgentSpec;
import dev.claudevm.protocol.Bridge.ConversationSpec;
import dev.claudevm.protocol.Bridge.ConversationStatus;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The conversations of this workspace and the agents that it knows. Any thread. */
final class Conversations {

    private static final System.Logger LOG = System.getLogger(Conversations.class.getName());
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    /** What lies in {@code spec.json}. @param createdIn the workspace's generation then */
    record Stored(ConversationSpec conversation, long createdIn) {}

    private final BridgeConfig config;
    private final Map<String, Adapter> adapters;
    private final Clock clock;
    private final Tmux tmux;
    private final Path folder;
    private final Checkpoints checkpoints;
    private final TurnGate gate;
    private final Map<String, Conversation> conversations = new ConcurrentHashMap<>();
    private volatile Map<String, AgentSpec> agents = Map.of();
    private volatile boolean held;

    /** Commands are let in under the read lock, so that a rest knows those before it and there are none after it. */
    private final ReentrantReadWriteLock admission = new ReentrantReadWriteLock();

    private boolean resting;

    Conversations(BridgeConfig config, List<Adapter> adapters, Clock clock) throws IOException {
        this.config = config;
        this.clock = clock;
        this.tmux = new Tmux(config.inherited());
        this.folder = config.state().resolve("conversations");
        Map<String, Adapter> byProtocol = new LinkedHashMap<>();
        adapters.forEach(a -> byProtocol.put(a.protocol(), a));
        this.adapters = byProtocol;
        this.checkpoints =
                new Checkpoints(config.project(), config.state().resolve("checkpoints"), config.inherited(), clock);
        this.gate = new TurnGate(() -> statuses().stream().anyMatch(ConversationStatus::working));
        Files.createDirectories(folder);
        if (Files.exists(agentsFile())) {
            this.agents = byName(List.of(Json.MAPPER.readValue(Files.readAllBytes(agentsFile()), AgentSpec[].class)));
        }
    }

    /** What is in this workspace is not here yet. */
    static final class Held extends RuntimeException {
        private static final long serialVersionUID = 1;

        Held() {
            super("The workspace is being restored.");
        }
    }

    /** @param wait no conversation begins and nothing is taken while that is so */
    void hold(boolean wait) {
        held = wait;
    }

    /** @throws Held while that is so */
    private void notHeld() {
        if (held) {
            throw new Held();
        }
    }

    /** Opens what is on the disk and not open yet; the queues go on from here. */
    synchronized void openAll() throws IOException {
        List<Path> folders;
        try (Stream<Path> all = Files.list(folder)) {
            folders = all.filter(f -> Files.exists(f.resolve("spec.json")))
                    .filter(f -> !conversations.containsKey(f.getFileName().toString()))
                    .toList();
        }
        for (Path one : folders) {
            try {
                open(one, Json.MAPPER.readValue(Files.readAllBytes(one.resolve("spec.json")), Stored.class));
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "The conversation in " + one + " could not be opened", e);
            }
        }
    }

    private Conversation open(Path one, Stored stored) throws IOException {
        String name = stored.conversation().agent();
        Adapter adapter = adapter(name);
        Conversation conversation = new Conversation(
                stored.conversation(),
                one,
                stored.createdIn(),
                config,
                adapter,
                () -> agent(name),
                tmux,
                clock,
                checkpoints,
                gate);
        conversations.put(stored.conversation().id(), conversation);
        return conversation;
    }

    private AgentSpec agent(String name) {
        AgentSpec spec = agents.get(name);
        if (spec == null) {
            throw new IllegalArgumentException(
                    "The agent " + name + " is not known here; send it with PUT /v1/agents first.");
        }
        return spec;
    }

    private Adapter adapter(String agentName) {
        String protocol = agent(agentName).protocol();
        Adapter adapter = adapters.get(protocol);
        if (adapter == null) {
            throw new IllegalArgumentException("This bridge does not speak the agent protocol " + protocol
                    + "; it speaks " + String.join(", ", adapters.keySet()) + ".");
        }
        return adapter;
    }

    /** @throws IllegalArgumentException when one of them cannot work */
    synchronized void agents(List<AgentSpec> specs) throws IOException {
        notHeld();
        for (AgentSpec spec : specs) {
            if (spec.name() == null || spec.label() == null || spec.protocol() == null || spec.env() == null) {
                throw new IllegalArgumentException("An agent needs name, label, protocol, command and env.");
            }
            if (spec.command() == null || spec.command().isEmpty()) {
                throw new IllegalArgumentException("The agent " + spec.name() + " needs a command.");
            }
        }
        writeWhole(agentsFile(), Json.MAPPER.writeValueAsBytes(specs));
        agents = byName(specs);
        openAll();
        conversations.values().forEach(Conversation::wake);
    }

    /** Those that are not named stay as they are. */
    synchronized void addAgents(List<AgentSpec> specs) throws IOException {
        Map<String, AgentSpec> all = new LinkedHashMap<>(agents);
        all.putAll(byName(specs));
        agents(List.copyOf(all.values()));
    }

    private static Map<String, AgentSpec> byName(List<AgentSpec> specs) {
        Map<String, AgentSpec> map = new LinkedHashMap<>();
        specs.forEach(s -> map.put(s.name(), s));
        return map;
    }

    private Path agentsFile() {
        return config.state().resolve("agents.json");
    }

    /**
     * Makes a conversation, or finds the one with that id.
     *
     * @throws IllegalArgumentException when the id or the agent is not usable
     */
    synchronized ConversationStatus put(ConversationSpec spec) throws IOException {
        notHeld();
        if (!ID.matcher(spec.id()).matches()) {
            throw new IllegalArgumentException("A conversation's id has 1 to 64 letters, digits, - and _.");
        }
        Conversation there = conversations.get(spec.id());
        if (there != null) {
            return there.status();
        }
        var unused = adapter(spec.agent());
        Path one = folder.resolve(spec.id());
        Files.createDirectories(one);
        Stored stored = new Stored(spec, config.generation());
        writeWhole(one.resolve("spec.json"), Json.MAPPER.writeValueAsBytes(stored));
        return open(one, stored).status();
    }

    /** There is no conversation of that id. */
    static final class UnknownConversation extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnknownConversation(String id) {
            super("There is no conversation " + id + " in this workspace.");
        }
    }

    /** @throws UnknownConversation when there is none */
    Conversation get(String id) {
        notHeld();
        Conversation conversation = conversations.get(id);
        if (conversation == null) {
            throw new UnknownConversation(id);
        }
        return conversation;
    }

    /** The workspace is about to stop because nobody needs it: what is said now is taken when it runs again. */
    static final class Resting extends RuntimeException {
        private static final long serialVersionUID = 1;

        Resting() {
            super("The workspace is stopping because nobody needed it.");
        }
    }

    /**
     * @return the answer, as {@link Conversation#command} gives it
     * @throws UnknownConversation when there is none
     * @throws Resting when the workspace is about to stop
     */
    CompletableFuture<CommandResult> command(String id, Command command) {
        admission.readLock().lock();
        try {
            if (resting) {
                throw new Resting();
            }
            return get(id).command(command);
        } finally {
            admission.readLock().unlock();
        }
    }

    /**
     * Puts the workspace to rest when nobody needs it: no turn runs, no message waits, nothing is being restored. From then
     * on no command is taken and no turn begins; {@link #stop} must follow.
     *
     * @return false: it is needed, and everything goes on
     */
    boolean rest() {
        if (!resting(true)) {
            return false;
        }
        if (gate.close()) {
            if (conversations.values().stream().map(Conversation::settled).toList().stream()
                    .allMatch(CompletableFuture::join)) {
                return true;
            }
            gate.open();
        }
        resting(false);
        return false;
    }

    private boolean resting(boolean wanted) {
        admission.writeLock().lock();
        try {
            boolean changed = resting != wanted;
            resting = wanted;
            return changed;
        } finally {
            admission.writeLock().unlock();
        }
    }

    /** @return of the project, which all conversations share */
    Checkpoints checkpoints() {
        return checkpoints;
    }

    List<ConversationStatus> statuses() {
        return conversations.values().stream().map(Conversation::status).toList();
    }

    /** @param why journaled as {@code workspace.stopped}; null: nothing is journaled */
    CompletableFuture<Void> stop(@Nullable String why) {
        return CompletableFuture.allOf(
                conversations.values().stream().map(c -> c.stop(why)).toArray(CompletableFuture[]::new));
    }

    /** Writes a file so that a crash leaves the old or the new one; readable for the owner only. */
    static void writeWhole(Path file, byte[] content) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
