package dev.claudevm.agent;

import dev.claudevm.config.ConfigFile;
import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import dev.claudevm.fake.Databases;
import dev.claudevm.secret.Secrets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The package's parts on a real database and a home of their own, with an environment made from nothing. */
final class AgentFixture {

    static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    final ServerHome home;
    final JdbcClient jdbc;
    final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    final Secrets secrets;
    final ProgramStore store;
    final List<Object> events = new ArrayList<>();
    final AgentCatalog catalog;
    final Keys keys;

    AgentFixture(Path folder, Map<String, String> environment, String yaml) throws Exception {
        home = new ServerHome(folder.resolve("vm")).open();
        Files.writeString(home.configFile(), yaml);
        ServerConfig config = ConfigFile.read(home, null);
        jdbc = JdbcClient.create(database());
        secrets = new Secrets(jdbc, home, new ProcessEnvironment(environment), clock);
        store = new ProgramStore(home);
        ProcessEnvironment process = new ProcessEnvironment(environment);
        keys = new Keys(config, process, secrets, new ClaudeLogin(process, clock), jdbc);
        ClaudeInstaller installer = new ClaudeInstaller(store, process);
        catalog = new AgentCatalog(
                config,
                keys,
                new Programs(config, process, store, installer),
                new Installations(installer),
                events::add);
    }

    Agent claude() {
        return catalog.find("claude").orElseThrow();
    }

    Map<String, String> claudeEnv() {
        return keys.of(AgentKind.CLAUDE).env();
    }

    private static DataSource database() {
        DataSource database = Databases.fresh();
        Flyway.configure().dataSource(database).load().migrate();
        return database;
    }

    static Path program(Path file, String text) throws Exception {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }
}
