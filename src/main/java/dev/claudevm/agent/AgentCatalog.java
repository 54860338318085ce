package dev.claudevm.agent;

import dev.claudevm.agent.Agent.Login;
import dev.claudevm.agent.Agent.State;
import dev.claudevm.agents.AgentCapabilities.Mode;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.conversation.Agents;
import dev.claudevm.protocol.Bridge.AgentSpec;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/** The agents of this server: which there are, whether they can work, and how a bridge starts them. */
@Service
public class AgentCatalog {

    private static final int MAX_KEY_CHARS = 8_000;

    /** What a header can carry; a pasted line break would end in an unreadable error far from here. */
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{8," + MAX_KEY_CHARS + "}");

    private final ServerConfig config;
    private final Keys keys;
    private final Programs programs;
    private final Installations installations;
    private final ApplicationEventPublisher events;
    private volatile @Nullable List<AgentSpec> lastSpecs;

    AgentCatalog(
            ServerConfig config,
            Keys keys,
            Programs programs,
            Installations installations,
            ApplicationEventPublisher events) {
        this.config = config;
        this.keys = keys;
        this.programs = programs;
        this.installations = installations;
        this.events = events;
    }

    /** @return the enabled agents, the default one first */
    public List<Agent> all() {
        return kinds().stream().map(this::view).toList();
    }

    /** @return that agent, if it is enabled */
    public Optional<Agent> find(String name) {
        return kind(name).map(this::view);
    }

    /**
     * How a bridge starts the agents: each enabled one that has a program. Without a key it is in the list too, so that
     * the agent itself can say what it needs. Holds keys: never logged, sent to bridges only.
     */
    public List<AgentSpec> specs() {
        List<AgentSpec> specs =
                kinds().stream().flatMap(kind -> spec(kind).stream()).toList();
        lastSpecs = specs;
        return specs;
    }

    /**
     * @param name of an enabled agent
     * @param key as the vendor gives it
     * @throws IllegalArgumentException when the key cannot be one; the message says why
     */
    public void setKey(String name, String key) {
        AgentKind kind = required(name);
        if (kind.keyVariables().isEmpty()) {
            throw new IllegalArgumentException(kind.label() + " needs no key.");
        }
        String trimmed = key.strip();
        if (!KEY.matcher(trimmed).matches()) {
            throw new IllegalArgumentException(
                    "This is no key: a key is one word of 8 to " + MAX_KEY_CHARS + " letters, digits and signs.");
        }
        keys.store(kind, trimmed);
        changed(kind);
    }

    /** @return false when there was none in Settings */
    public boolean removeKey(String name) {
        AgentKind kind = required(name);
        boolean removed = keys.forget(kind);
        if (removed) {
            changed(kind);
        }
        return removed;
    }

    /**
     * Lets workspaces use this machine's own login with the agent, or no longer.
     *
     * @throws IllegalArgumentException when {@code config.yaml} decides it
     */
    public void lendLogin(String name, boolean lend) {
        AgentKind kind = required(name);
        if (config.agents().of(name).lendLogin() != null) {
            throw new IllegalArgumentException(
                    "config.yaml decides this (agents." + name + ".lendLogin); change it there.");
        }
        keys.lend(kind, lend);
        changed(kind);
    }

    /** Begins to install the agent's program, unless it is there or on its way; {@link #find} shows the progress. */
    public void install(String name) {
        AgentKind kind = required(name);
        if (programs.of(kind) instanceof Programs.Program.Missing missing) {
            if (!missing.canInstall()) {
                throw new IllegalArgumentException(missing.what() + " " + missing.todo());
            }
            begin(kind);
        }
    }

    /** Installs the agent's program in the background when it is missing and can be had; does nothing else. */
    void prepare(String name) {
        kind(name).ifPresent(kind -> {
            if (programs.of(kind) instanceof Programs.Program.Missing missing && missing.canInstall()) {
                begin(kind);
            }
        });
    }

    private void begin(AgentKind kind) {
        installations.begin(kind, () -> events.publishEvent(new AgentProgress(kind.name())), () -> changed(kind));
    }

    /** @return what keeps that agent from working */
    Optional<Agents.Need> need(String name) {
        AgentKind kind = kind(name).orElse(null);
        if (kind == null) {
            return Optional.of(new Agents.Need(
                    "The agent " + name + " is not enabled any more.",
                    "Enable it in config.yaml (agents.enabled).",
                    false));
        }
        if (installations.isRunning(kind)) {
            return Optional.of(new Agents.Need(installing(kind), "", true));
        }
        if (programs.of(kind) instanceof Programs.Program.Missing missing) {
            String error = installations.of(kind).map(Agent.Installation::error).orElse(null);
            return Optional.of(
                    error == null || !missing.canInstall()
                            ? new Agents.Need(missing.what(), missing.todo(), false)
                            : new Agents.Need(
                                    kind.label() + " could not be installed. " + error,
                                    "It is tried again every minute, and with each message.",
                                    false));
        }
        Keys.Found key = keys.of(kind);
        // Who configures variables by hand may have another way to the model than a key.
        return key.origin() == Keys.Origin.NONE
                        && config.agents().of(kind.name()).env().isEmpty()
                ? Optional.of(new Agents.Need(kind.label() + " has no key.", key.todo(), false))
                : Optional.empty();
    }

    private String installing(AgentKind kind) {
        long megabytes = installations.of(kind).map(Agent.Installation::bytes).orElse(0L) / 1_000_000;
        return kind.label() + " is being installed" + (megabytes == 0 ? " …" : ", " + megabytes + " MB so far …");
    }

    /** A lent login is renewed by the agent's own program on this machine; workspaces are given the new one. */
    @Scheduled(fixedDelay = 30_000, initialDelay = 30_000)
    void lookForChanges() {
        List<AgentSpec> before = lastSpecs;
        if (before != null && !before.equals(specs())) {
            events.publishEvent(new AgentsChanged());
        }
    }

    private void changed(AgentKind kind) {
        events.publishEvent(new AgentsChanged());
    }

    private Optional<AgentSpec> spec(AgentKind kind) {
        return switch (programs.of(kind)) {
            case Programs.Program.Found found ->
                Optional.of(new AgentSpec(
                        kind.name(),
                        kind.label(),
                        kind.protocol(),
                        found.command(),
                        keys.of(kind).env()));
            case Programs.Program.Missing _ -> Optional.empty();
        };
    }

    private Agent view(AgentKind kind) {
        Programs.Program program = programs.of(kind);
        Keys.Found key = keys.of(kind);
        State state;
        String todo;
        if (installations.isRunning(kind)) {
            state = State.INSTALLING;
            todo = "Its program is being installed.";
        } else if (key.origin() == Keys.Origin.NONE) {
            state = State.NEEDS_KEY;
            todo = kind.label() + " has no key. " + key.todo();
        } else if (program instanceof Programs.Program.Missing missing) {
            state = State.NEEDS_INSTALLATION;
            todo = missing.what() + " " + missing.todo();
        } else {
            state = State.READY;
            todo = "";
        }
        return new Agent(
                kind.name(),
                kind.label(),
                kind.name().equals(config.agents().defaultAgent()),
                kind.bridgeClass().isPresent(),
                state,
                todo,
                key.origin().name().toLowerCase(java.util.Locale.ROOT),
                kind.capabilities().modes(),
                defaultMode(kind),
                program instanceof Programs.Program.Found found ? found.origin() : null,
                login(kind),
                installations.of(kind).orElse(null));
    }

    private @Nullable Login login(AgentKind kind) {
        return kind.keyVariables().isEmpty()
                ? null
                : new Login(
                        keys.hasLogin(),
                        keys.lends(kind),
                        config.agents().of(kind.name()).lendLogin() != null);
    }

    private @Nullable String defaultMode(AgentKind kind) {
        String configured = config.agents().of(kind.name()).mode();
        List<Mode> modes = kind.capabilities().modes();
        return configured != null
                ? configured
                : modes.isEmpty() ? null : modes.getFirst().id();
    }

    private List<AgentKind> kinds() {
        String first = config.agents().defaultAgent();
        return AgentKind.ALL.stream()
                .filter(kind -> config.agents().enabled().contains(kind.name()))
                .sorted(java.util.Comparator.comparing(kind -> !kind.name().equals(first)))
                .toList();
    }

    private Optional<AgentKind> kind(String name) {
        return kinds().stream().filter(kind -> kind.name().equals(name)).findFirst();
    }

    private AgentKind required(String name) {
        return kind(Objects.requireNonNull(name))
                .orElseThrow(() -> new IllegalArgumentException("There is no agent \"" + name + "\"."));
    }
}
