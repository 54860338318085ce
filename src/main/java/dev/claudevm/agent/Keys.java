package dev.claudevm.agent;

import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerConfig.AgentSetting;
import dev.claudevm.secret.Secrets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Where an agent's key comes from: {@code config.yaml}, else the server's environment, else Settings, else this
 * machine's own login when its user lends it. The first place that has one is used, alone.
 */
@Component
class Keys {

    private static final Logger LOG = LoggerFactory.getLogger(Keys.class);
    private static final String SUBSCRIPTION_TOKEN = "sk-ant-oat";

    private final ServerConfig config;
    private final ProcessEnvironment environment;
    private final Secrets secrets;
    private final ClaudeLogin login;
    private final JdbcClient jdbc;

    Keys(ServerConfig config, ProcessEnvironment environment, Secrets secrets, ClaudeLogin login, JdbcClient jdbc) {
        this.config = config;
        this.environment = environment;
        this.secrets = secrets;
        this.login = login;
        this.jdbc = jdbc;
    }

    /** Where the key came from. */
    enum Origin {
        NOT_NEEDED,
        CONFIG,
        ENVIRONMENT,
        SETTINGS,
        LOGIN,
        NONE
    }

    /**
     * @param env for the agent's process
     * @param todo when there is no key: how to get one
     */
    record Found(Origin origin, Map<String, String> env, String todo) {

        @Override
        public String toString() {
            return "Found[" + origin + ", " + env.keySet() + "]";
        }
    }

    Found of(AgentKind kind) {
        AgentSetting setting = config.agents().of(kind.name());
        Map<String, String> env = new LinkedHashMap<>();
        for (String variable : kind.otherVariables()) {
            environment.get(variable).ifPresent(value -> env.put(variable, value));
        }
        env.putAll(setting.env());
        if (kind.keyVariables().isEmpty()) {
            return new Found(Origin.NOT_NEEDED, env, "");
        }
        if (kind.keyVariables().stream().anyMatch(setting.env()::containsKey)) {
            return new Found(Origin.CONFIG, env, "");
        }
        boolean inEnvironment = false;
        for (String variable : kind.keyVariables()) {
            Optional<String> value = environment.get(variable);
            value.ifPresent(key -> env.put(variable, key));
            inEnvironment |= value.isPresent();
        }
        return inEnvironment ? new Found(Origin.ENVIRONMENT, env, "") : kept(kind, env);
    }

    private Found kept(AgentKind kind, Map<String, String> env) {
        String todo = "Give a key in Settings.";
        try {
            Optional<String> stored = secrets.get(secretName(kind));
            if (stored.isPresent()) {
                int separator = stored.get().indexOf('=');
                env.put(stored.get().substring(0, separator), stored.get().substring(separator + 1));
                return new Found(Origin.SETTINGS, env, "");
            }
        } catch (Secrets.Unreadable e) {
            LOG.warn("The stored key of {} cannot be read: {}", kind.name(), e.getMessage());
            todo = "The stored key cannot be read any more; give it again in Settings.";
        }
        if (!lends(kind)) {
            return new Found(Origin.NONE, env, todo);
        }
        return switch (login.read()) {
            case ClaudeLogin.State.Valid valid -> {
                env.put("CLAUDE_CODE_OAUTH_TOKEN", valid.accessToken());
                yield new Found(Origin.LOGIN, env, "");
            }
            case ClaudeLogin.State.Expired _ ->
                new Found(
                        Origin.NONE,
                        env,
                        "This machine's Claude login has run out. Start claude on this machine once to renew it; for a key"
                                + " that lasts, run claude setup-token and give that token in Settings.");
            case ClaudeLogin.State.None _ ->
                new Found(
                        Origin.NONE,
                        env,
                        "This machine has no Claude login to lend. Run claude on it and log in, or give a key in Settings.");
        };
    }

    /** Keeps a key, sealed. @param key its kind shows in its beginning */
    void store(AgentKind kind, String key) {
        String variable = key.startsWith(SUBSCRIPTION_TOKEN)
                ? "CLAUDE_CODE_OAUTH_TOKEN"
                : kind.keyVariables().getFirst();
        secrets.put(secretName(kind), variable + "=" + key);
    }

    boolean forget(AgentKind kind) {
        return secrets.remove(secretName(kind));
    }

    /** What config.yaml says goes before what was chosen in Settings. */
    boolean lends(AgentKind kind) {
        Boolean configured = config.agents().of(kind.name()).lendLogin();
        return configured != null
                ? configured
                : jdbc.sql("select lend_login from agent_choice where agent = :agent")
                        .param("agent", kind.name())
                        .query(Boolean.class)
                        .optional()
                        .orElse(false);
    }

    void lend(AgentKind kind, boolean lend) {
        int updated = jdbc.sql("update agent_choice set lend_login = :lend where agent = :agent")
                .param("lend", lend)
                .param("agent", kind.name())
                .update();
        if (updated == 0) {
            jdbc.sql("insert into agent_choice (agent, lend_login) values (:agent, :lend)")
                    .param("agent", kind.name())
                    .param("lend", lend)
                    .update();
        }
    }

    /** @return this machine's user has a login with the agent, whether lent or not */
    boolean hasLogin() {
        return !(login.read() instanceof ClaudeLogin.State.None);
    }

    private static String secretName(AgentKind kind) {
        return "agent." + kind.name() + ".key";
    }
}
