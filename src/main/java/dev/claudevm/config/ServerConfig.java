package dev.claudevm.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code config.yaml}, with a default for whatever it does not say.
 *
 * @param providers settings by the provider's name; what is in them is the provider's business
 */
public record ServerConfig(
        AgentSettings agents,
        Map<String, Map<String, Object>> providers,
        Web server,
        Ssh ssh,
        Preview preview,
        Store store,
        Database database,
        Limits limits) {

    public static final int DEFAULT_PORT = 7878;

    /** Nothing configured. */
    public static final ServerConfig DEFAULTS = new ServerConfig(
            new AgentSettings(List.of("claude", "demo"), "claude", Map.of()),
            Map.of(),
            Web.DEFAULTS,
            Ssh.DEFAULTS,
            Preview.DEFAULTS,
            Store.DEFAULTS,
            Database.DEFAULTS,
            Limits.DEFAULTS);

    /**
     * @param enabled names of agents that can be chosen
     * @param defaultAgent one of them
     * @param each settings by agent; agents without an entry are not in it
     */
    public record AgentSettings(List<String> enabled, String defaultAgent, Map<String, AgentSetting> each) {

        public AgentSetting of(String agent) {
            return each.getOrDefault(agent, AgentSetting.NONE);
        }
    }

    /**
     * @param command program and fixed arguments; empty: the agent's program is looked for, or installed
     * @param env added to the agent's environment; holds keys, so it is not shown
     * @param mode permission mode of new conversations; null: the agent's first
     * @param lendLogin this machine's own login with the agent may be used in workspaces; null: not said here
     */
    public record AgentSetting(
            List<String> command,
            Map<String, String> env,
            @Nullable String mode,
            @Nullable Boolean lendLogin) {

        static final AgentSetting NONE = new AgentSetting(List.of(), Map.of(), null, null);

        @Override
        public String toString() {
            return "AgentSetting[command=" + command + ", env=" + env.keySet() + ", mode=" + mode + ", lendLogin="
                    + lendLogin + "]";
        }
    }

    /**
     * @param port null: {@link #DEFAULT_PORT}
     * @param bind address to listen on
     * @param publicUrl how browsers reach the server, when that differs from what it can know (proxy, name); no slash at
     *     its end
     * @param hosts names under which browsers may reach a server that listens on loopback, besides the loopback's own
     */
    public record Web(
            @Nullable Integer port,
            String bind,
            @Nullable Tls tls,
            @Nullable String publicUrl,
            List<String> hosts) {

        static final Web DEFAULTS = new Web(null, "127.0.0.1", null, null, List.of());
    }

    /**
     * The SSH server for people.
     *
     * @param port null: 2222, or another one while that is in use; 0: any free one
     * @param bind address to listen on
     * @param host how clients reach it, when that is not the name of the web server
     */
    public record Ssh(
            boolean enabled,
            @Nullable Integer port,
            String bind,
            @Nullable String host) {

        static final Ssh DEFAULTS = new Ssh(true, null, "127.0.0.1", null);
    }

    /**
     * @param domain each preview is a name directly below it, all of which lead to this server; null: previews are under
     *     {@code localhost}
     */
    public record Preview(@Nullable String domain) {

        static final Preview DEFAULTS = new Preview(null);
    }

    /**
     * Where snapshots and what else outlives workspaces are kept.
     *
     * @param kind {@code filesystem} or {@code s3}
     * @param path of the folder; null: {@code store} in the home
     * @param endpoint of the S3 server; null: a folder is used
     * @param region that requests are signed for
     * @param bucket must exist; null: a folder is used
     * @param prefix of all keys, without slashes at its ends; null: none
     * @param pathStyle the bucket is named in the path and not in the host's name
     * @param accessKey null: from the environment
     * @param secretKey null: from the environment. A secret
     */
    public record Store(
            String kind,
            @Nullable Path path,
            @Nullable String endpoint,
            String region,
            @Nullable String bucket,
            @Nullable String prefix,
            boolean pathStyle,
            @Nullable String accessKey,
            @Nullable String secretKey) {

        static final String DEFAULT_REGION = "us-east-1";
        static final Store DEFAULTS = new Store("filesystem", null, null, DEFAULT_REGION, null, null, true, null, null);

        public boolean s3() {
            return kind.equals("s3");
        }

        @Override
        public String toString() {
            return "Store[kind=" + kind + ", path=" + path + ", endpoint=" + endpoint + ", region=" + region
                    + ", bucket=" + bucket + ", prefix=" + prefix + "]";
        }
    }

    /**
     * Where the server's own records are.
     *
     * @param url of a database in Postgres; null: a file in the home
     * @param user null: from the environment
     * @param password null: from the environment. A secret
     */
    public record Database(
            @Nullable String url,
            @Nullable String user,
            @Nullable String password) {

        static final Database DEFAULTS = new Database(null, null, null);

        @Override
        public String toString() {
            return "Database[url=" + url + ", user=" + user + "]";
        }
    }

    /** PEM files; read again when they change. @param certificate with its chain */
    public record Tls(Path certificate, Path key) {}

    /**
     * @param boot from the start of a workspace to its bridge's connection
     * @param stop for a workspace's processes to end by themselves
     * @param idle after so long in which nobody needs it a workspace stops; zero: never
     * @param running so many workspaces may run at the same time, others wait; 0: no limit
     * @param maxMessageBytes of a message with its attachments
     */
    public record Limits(Duration boot, Duration stop, Duration idle, int running, long maxMessageBytes) {

        static final Limits DEFAULTS = new Limits(
                Duration.ofSeconds(60), Duration.ofSeconds(20), Duration.ofMinutes(15), 0, 20L * 1024 * 1024);
    }
}
