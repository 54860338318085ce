package dev.claudevm.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {

    @TempDir
    Path folder;

    @Test
    void everythingThatCanBeSaidIsUnderstood() throws Exception {
        Files.writeString(folder.resolve("cert.pem"), "x");
        Files.writeString(folder.resolve("key.pem"), "x");
        ServerConfig config = parse("""
                agents:
                  enabled: [demo, claude]
                  defaults: {agent: demo}
                  claude:
                    command: [/opt/claude, --debug]
                    env: {ANTHROPIC_API_KEY: sk-secret, MAX_TURNS: 5}
                    mode: plan
                    lendLogin: true
                providers:
                  local: {memory: 2GB, paths: [a, b]}
                server:
                  port: 9000
                  bind: 0.0.0.0
                  tls: {certificate: cert.pem, key: key.pem}
                  publicUrl: https://vm.example.org
                  hosts: [vm.example.org]
                limits: {boot: 2m, stop: 500ms, maxMessage: 5MB}
                """);
        assertThat(config.agents().enabled()).containsExactly("demo", "claude");
        assertThat(config.agents().defaultAgent()).isEqualTo("demo");
        assertThat(config.agents().of("claude").command()).containsExactly("/opt/claude", "--debug");
        assertThat(config.agents().of("claude").env()).containsEntry("MAX_TURNS", "5");
        assertThat(config.agents().of("claude").lendLogin()).isTrue();
        assertThat(config.providers().get("local")).containsEntry("memory", "2GB");
        assertThat(config.server().port()).isEqualTo(9000);
        assertThat(config.server().tls()).isNotNull();
        assertThat(config.limits().boot()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.limits().maxMessageBytes()).isEqualTo(5 * 1024 * 1024);
        assertThat(config.toString()).contains("ANTHROPIC_API_KEY").doesNotContain("sk-secret");
    }

    @Test
    void anObjectStoreIsAFolderOrABucket() {
        ServerConfig.Store s3 = parse("""
                store:
                  kind: s3
                  endpoint: https://s3.example.org
                  region: eu-central-1
                  bucket: backups
                  prefix: team/one
                  pathStyle: false
                  accessKey: AKIA
                  secretKey: very-secret
                """).store();
        assertThat(s3.s3()).isTrue();
        assertThat(s3.prefix()).isEqualTo("team/one");
        assertThat(s3.pathStyle()).isFalse();
        assertThat(s3.toString())
                .contains("backups")
                .doesNotContain("very-secret")
                .doesNotContain("AKIA");
        assertThat(parse("store: {path: objects}").store().path()).isEqualTo(folder.resolve("objects"));
        assertThatThrownBy(() -> parse("store: {kind: s3, bucket: backups}")).hasMessageContaining("store.endpoint");
        assertThatThrownBy(() -> parse("store: {kind: s3, bucket: backups, endpoint: s3.example.org}"))
                .hasMessageContaining("https://");
        assertThatThrownBy(() -> parse("store: {kind: filesystem, bucket: backups}"))
                .hasMessageContaining("unknown key \"bucket\"");
        assertThatThrownBy(() -> parse("store: {kind: gcs}")).hasMessageContaining("filesystem, s3");
    }

    @Test
    void withoutAFileThereAreDefaults() {
        assertThat(ConfigFile.read(new ServerHome(folder), null)).isEqualTo(ServerConfig.DEFAULTS);
        assertThat(parse("")).isEqualTo(ServerConfig.DEFAULTS);
        assertThat(parse("server:\nagents:\n")).isEqualTo(ServerConfig.DEFAULTS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server: {prot: 1}           | 1 | unknown key \"prot\" in \"server\"; allowed are: port, bind, tls",
                "serve: {port: 1}            | 1 | unknown key \"serve\"; allowed are: agents, providers, server, ssh, preview, store, database, limits",
                "preview: {domain: 'A b'}    | 1 | must be a host name in lower case",
                "server: {port: many}        | 1 | \"server.port\" must be a port number from 0",
                "server: {port: 70000}       | 1 | to 65535",
                "server: [a]                 | 1 | \"server\" must be a section",
                "'server:\n  bind: [a]'      | 2 | \"server.bind\" must be a text",
                "'agents:\n  enabled: [x]'   | 2 | there is no agent \"x\"; allowed are: claude, demo",
                "agents: {enabled: []}       | 1 | at least one agent",
                "agents: {defaults: {agent: z}} | 1 | \"agents.defaults.agent\" is \"z\"; allowed are: claude, demo",
                "agents: {claude: {env: {A-B: x}}} | 1 | no name of an environment variable",
                "agents: {claude: {lendLogin: maybe}} | 1 | must be true or false",
                "limits: {boot: soon}        | 1 | a time like 500ms, 90s",
                "limits: {maxMessage: big}   | 1 | a size like 500kB",
                "server: {tls: {key: k.pem}} | 1 | needs both certificate and key",
                "server: {tls: {certificate: no.pem, key: k.pem}} | 1 | cannot be read",
                "ssh: {prot: 1}              | 1 | unknown key \"prot\" in \"ssh\"; allowed are: enabled, port, bind, host",
                "ssh: {host: 'a b'}          | 1 | must be a name or address",
                "server: {publicUrl: vm}     | 1 | must be like https://vm.example.org",
                "database: {user: me}        | 1 | \"database.url\" is needed",
                "database: {url: 'mysql://h/d'} | 1 | must be like postgresql://",
                "database: {url: 'postgresql://me:secret@h/d'} | 1 | without a user",
                "database: {url: 'postgresql://h/d?password=x'} | 1 | keys of their own",
                "'a: 1\nserver: {port: 1'    | 2 | not valid YAML",
                "'server: {port: 1}\nserver: {port: 2}' | 2 | twice",
                "just text                   | 1 | must be keys and values",
                "'x: !!javax.script.ScriptEngineManager []' | 1 | Global tag is not allowed",
            })
    void whatIsNotAllowedIsSaidWithFileAndLine(String yaml, int line, String message) {
        assertThatThrownBy(() -> parse(yaml))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(folder.resolve("config.yaml") + ":" + line + ": ")
                .hasMessageContaining(message);
    }

    @Test
    void aSecretInTheWrongPlaceIsNotRepeated() {
        assertThatThrownBy(() -> parse("server: {port: sk-ant-api03-aaaaaaaaaaaaaaaa}"))
                .hasMessageNotContaining("sk-ant");
    }

    @Test
    void aNamedFileThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> ConfigFile.read(new ServerHome(folder), folder.resolve("other.yaml")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--config");
    }

    private ServerConfig parse(String yaml) {
        return ConfigFile.parse(folder.resolve("config.yaml"), yaml);
    }
}
