package dev.claudevm.fake;

import dev.claudevm.testkit.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Where the servers of tests have their records: in files as by default, or in a Postgres, for a suite that says so. */
public final class Databases {

    public static final Set<String> NAMES =
            Set.of("claude-vm.database.url", "claude-vm.database.user", "claude-vm.database.password");

    /** Of H2 as the product has it. */
    static final String H2 = ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE";

    private static @Nullable PostgresServer postgres;
    private static final Map<String, String> BY_HOME = new LinkedHashMap<>();

    private Databases() {}

    /** Until {@link #useFiles}, all tests of this JVM are on {@code server}. */
    public static synchronized void use(PostgresServer server) {
        postgres = server;
        BY_HOME.clear();
    }

    public static synchronized void useFiles() {
        postgres = null;
    }

    /** @return a server's settings; the same for the same home, so that a server that starts again finds its records */
    public static synchronized Map<String, String> of(Path home) {
        PostgresServer server = postgres;
        if (server == null) {
            return Map.of();
        }
        String name = BY_HOME.computeIfAbsent(home.toString(), _ -> create(server));
        return Map.of(
                "claude-vm.database.url", server.url(name),
                "claude-vm.database.user", PostgresServer.USER,
                "claude-vm.database.password", PostgresServer.PASSWORD);
    }

    /** @return the same as variables of the environment */
    public static Map<String, String> environment(Path home) {
        Map<String, String> variables = new TreeMap<>();
        of(home).forEach((name, value) ->
                variables.put(name.replaceAll("[.-]", "_").toUpperCase(Locale.ROOT), value));
        return variables;
    }

    /** @return an empty database of its own */
    public static synchronized DataSource fresh() {
        PostgresServer server = postgres;
        return server == null
                ? new DriverManagerDataSource("jdbc:h2:mem:" + UUID.randomUUID() + H2 + ";DB_CLOSE_DELAY=-1")
                : new DriverManagerDataSource(
                        "jdbc:" + server.url(create(server)), PostgresServer.USER, PostgresServer.PASSWORD);
    }

    private static String create(PostgresServer server) {
        String name = "t" + HexFormat.of().toHexDigits(UUID.randomUUID().getMostSignificantBits());
        try (Connection connection = connect(server, "postgres")) {
            connection.createStatement().execute("create database " + name);
            return name;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** @return by table, how many rows were inserted in all the databases that were made here */
    public static synchronized Map<String, Long> inserted(PostgresServer server) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = connect(server, "postgres");
                ResultSet rows = connection
                        .createStatement()
                        .executeQuery("select datname from pg_database where datname like 't________________'")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        Map<String, Long> inserted = new TreeMap<>();
        for (String name : names) {
            try (Connection connection = connect(server, name);
                    ResultSet rows = connection
                            .createStatement()
                            .executeQuery("select relname, n_tup_ins from pg_stat_user_tables")) {
                while (rows.next()) {
                    inserted.merge(rows.getString(1), rows.getLong(2), Long::sum);
                }
            }
        }
        return inserted;
    }

    private static Connection connect(PostgresServer server, String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:" + server.url(database), PostgresServer.USER, PostgresServer.PASSWORD);
    }
}
