package dev.claudevm.config;

import dev.claudevm.config.ServerConfig.AgentSetting;
import dev.claudevm.config.ServerConfig.AgentSettings;
import dev.claudevm.config.ServerConfig.Limits;
import dev.claudevm.config.ServerConfig.Preview;
import dev.claudevm.config.ServerConfig.Ssh;
import dev.claudevm.config.ServerConfig.Tls;
import dev.claudevm.config.ServerConfig.Web;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

/** Reads {@code config.yaml}. What is not known there is refused, so that a typo is not silently a default. */
public final class ConfigFile {

    /** The agents that can be named; their meaning is in the package {@code agent}. */
    public static final List<String> AGENTS = List.of("claude", "demo");

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern DOMAIN =
            Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:-]{1,255}");
    private static final Pattern URL = Pattern.compile("https?://[^/?#\\s]+");

    private ConfigFile() {}

    /**
     * @param named the file that the person named; null: {@code config.yaml} in the home, if there is one
     * @throws ConfigException when it cannot be read or says something that is not allowed
     */
    public static ServerConfig read(ServerHome home, @Nullable Path named) {
        Path file = (named == null ? home.configFile() : named).toAbsolutePath().normalize();
        if (!Files.exists(file)) {
            if (named == null) {
                return ServerConfig.DEFAULTS;
            }
            throw new ConfigException("There is no file " + file + "; --config must name a readable YAML file.");
        }
        try {
            return parse(file, Files.readString(file));
        } catch (MalformedInputException e) {
            throw new ConfigException(file + " is not UTF-8 text; save it as UTF-8.");
        } catch (IOException e) {
            throw new ConfigException("Cannot read " + file + ": " + e.getMessage() + ".");
        }
    }

    /** @param file for messages and as base of relative paths */
    static ServerConfig parse(Path file, String yaml) {
        Node root = compose(file, new StringReader(yaml));
        if (root == null) {
            return ServerConfig.DEFAULTS;
        }
        if (!(root instanceof MappingNode mapping)) {
            throw new ConfigException(
                    file
                            + ":1: must be keys and values; allowed are: agents, providers, server, ssh, preview, store, database, limits.");
        }
        YamlSection top = new YamlSection(file, "", mapping)
                .allow("agents", "providers", "server", "ssh", "preview", "store", "database", "limits");
        return new ServerConfig(
                agents(top.section("agents")),
                providers(top.section("providers")),
                server(file, top.section("server")),
                ssh(top.section("ssh")),
                preview(top.section("preview")),
                StoreSection.read(file, top.section("store")),
                DatabaseSection.read(top),
                limits(top.section("limits")));
    }

    private static @Nullable Node compose(Path file, Reader yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(20);
        try {
            return new Yaml(new SafeConstructor(options)).compose(yaml);
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw new ConfigException(file + ":" + line + ": not valid YAML: " + e.getProblem() + ".");
        }
    }

    private static AgentSettings agents(@Nullable YamlSection section) {
        AgentSettings defaults = ServerConfig.DEFAULTS.agents();
        if (section == null) {
            return defaults;
        }
        section.allow("enabled", "defaults", "claude", "demo");
        List<String> enabled = section.keys().contains("enabled") ? section.texts("enabled") : defaults.enabled();
        for (String agent : enabled) {
            if (!AGENTS.contains(agent)) {
                throw section.problem(
                        "enabled", "there is no agent \"" + agent + "\"; allowed are: " + String.join(", ", AGENTS));
            }
        }
        if (enabled.isEmpty()) {
            throw section.problem("enabled", "at least one agent must be enabled: " + String.join(", ", AGENTS));
        }
        YamlSection chosen = section.section("defaults");
        String first = chosen == null ? null : chosen.allow("agent").textOf("agent", enabled);
        Map<String, AgentSetting> each = new LinkedHashMap<>();
        for (String agent : AGENTS) {
            YamlSection own = section.section(agent);
            if (own != null) {
                each.put(agent, agent(own));
            }
        }
        return new AgentSettings(enabled, first == null ? enabled.getFirst() : first, Map.copyOf(each));
    }

    private static AgentSetting agent(YamlSection section) {
        section.allow("command", "env", "mode", "lendLogin");
        YamlSection env = section.section("env");
        if (env != null) {
            for (String name : env.keys()) {
                if (!VARIABLE.matcher(name).matches()) {
                    throw env.problem(name, "\"" + name + "\" is no name of an environment variable");
                }
            }
        }
        return new AgentSetting(
                section.texts("command"),
                env == null ? Map.of() : Map.copyOf(env.allTexts()),
                section.text("mode"),
                section.truth("lendLogin"));
    }

    private static Map<String, Map<String, Object>> providers(@Nullable YamlSection section) {
        Map<String, Map<String, Object>> providers = new LinkedHashMap<>();
        if (section != null) {
            for (String name : section.keys()) {
                YamlSection own = section.section(name);
                providers.put(name, own == null ? Map.of() : own.tree());
            }
        }
        return providers;
    }

    private static Web server(Path file, @Nullable YamlSection section) {
        Web defaults = ServerConfig.DEFAULTS.server();
        if (section == null) {
            return defaults;
        }
        section.allow("port", "bind", "tls", "publicUrl", "hosts");
        String bind = section.text("bind");
        String publicUrl = section.text("publicUrl");
        if (publicUrl != null && !URL.matcher(publicUrl).matches()) {
            throw section.problem(
                    "publicUrl", "\"server.publicUrl\" must be like https://vm.example.org, without a path");
        }
        return new Web(
                section.port("port"),
                bind == null ? defaults.bind() : bind,
                tls(file, section),
                publicUrl,
                section.texts("hosts"));
    }

    private static Ssh ssh(@Nullable YamlSection section) {
        Ssh defaults = ServerConfig.DEFAULTS.ssh();
        if (section == null) {
            return defaults;
        }
        section.allow("enabled", "port", "bind", "host");
        Boolean enabled = section.truth("enabled");
        String bind = section.text("bind");
        String host = section.text("host");
        if (host != null && !HOST.matcher(host).matches()) {
            throw section.problem("host", "\"ssh.host\" must be a name or address, like vm.example.org");
        }
        return new Ssh(enabled == null || enabled, section.port("port"), bind == null ? defaults.bind() : bind, host);
    }

    private static @Nullable Tls tls(Path file, YamlSection server) {
        YamlSection section = server.section("tls");
        if (section == null) {
            return null;
        }
        section.allow("certificate", "key");
        return new Tls(pem(file, server, section, "certificate"), pem(file, server, section, "key"));
    }

    private static Path pem(Path file, YamlSection server, YamlSection section, String key) {
        String text = section.text(key);
        if (text == null) {
            throw server.problem("tls", "\"server.tls\" needs both certificate and key, each the path of a PEM file");
        }
        Path folder = file.toAbsolutePath().getParent();
        Path pem = folder == null ? Path.of(text) : folder.resolve(text);
        if (!Files.isReadable(pem)) {
            throw section.problem(key, "\"server.tls." + key + "\" names " + pem + ", which cannot be read");
        }
        return pem;
    }

    private static Preview preview(@Nullable YamlSection section) {
        if (section == null) {
            return ServerConfig.DEFAULTS.preview();
        }
        section.allow("domain");
        String domain = section.text("domain");
        if (domain != null && !DOMAIN.matcher(domain).matches()) {
            throw section.problem(
                    "domain", "\"preview.domain\" must be a host name in lower case, like preview.example.org");
        }
        return new Preview(domain);
    }

    private static Limits limits(@Nullable YamlSection section) {
        Limits defaults = ServerConfig.DEFAULTS.limits();
        if (section == null) {
            return defaults;
        }
        section.allow("boot", "stop", "idle", "running", "maxMessage");
        return new Limits(
                section.duration("boot", defaults.boot()),
                section.duration("stop", defaults.stop()),
                section.duration("idle", defaults.idle()),
                section.count("running", defaults.running()),
                section.bytes("maxMessage", defaults.maxMessageBytes()));
    }
}
