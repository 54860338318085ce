package dev.claudevm.database;

import dev.claudevm.config.ConfigException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * One server a database. In Postgres by an advisory lock of a session, which the database ends with the server, however that
 * dies; a file is locked by H2.
 *
 * @see <a href="https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS">Postgres, 13.3.5</a>
 */
final class DatabaseClaim implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DatabaseClaim.class);

    /** "claudevm" as a number; locks are each database's own. */
    private static final long LOCK = 0x636c61756465766dL;

    /** A killed server's session is there until Postgres has noticed. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofSeconds(2);

    private final Database database;
    private final ApplicationContext server;
    private final @Nullable Thread watch;
    private volatile boolean closed;

    private DatabaseClaim(Database database, ApplicationContext server, @Nullable Connection session) {
        this.database = database;
        this.server = server;
        this.watch = session == null
                ? null
                : Thread.ofVirtual().name("database-claim").start(() -> watch(session));
    }

    /** @throws ConfigException when the database cannot be reached, or another server has it */
    static DatabaseClaim take(Database database, ApplicationContext server) {
        if (!database.isPostgres()) {
            return new DatabaseClaim(database, server, null);
        }
        try {
            Connection session = connect(database);
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!lock(session)) {
                if (System.nanoTime() > end) {
                    session.close();
                    throw new ConfigException("Another claude-vm server uses the database " + database.shown()
                            + ". Stop that one, or give this one a database of its own (database.url in config.yaml).");
                }
                Thread.sleep(100);
            }
            return new DatabaseClaim(database, server, session);
        } catch (SQLException e) {
            throw new ConfigException("Cannot use the database " + database.shown() + ": " + e.getMessage()
                    + " See database.url, database.user and database.password in config.yaml, or CLAUDE_VM_DATABASE_URL,"
                    + " _USER and _PASSWORD in the environment.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConfigException("Interrupted while waiting for the database " + database.shown() + ".");
        }
    }

    private static Connection connect(Database database) throws SQLException {
        return DriverManager.getConnection(database.url(), database.user(), database.password());
    }

    private static boolean lock(Connection session) throws SQLException {
        try (PreparedStatement ask = session.prepareStatement("select pg_try_advisory_lock(?)")) {
            ask.setLong(1, LOCK);
            try (ResultSet answer = ask.executeQuery()) {
                return answer.next() && answer.getBoolean(1);
            }
        }
    }

    /** When Postgres was restarted the lock is taken again; when another server was faster, this one ends. */
    private void watch(Connection first) {
        Connection session = first;
        try {
            while (!closed) {
                Thread.sleep(LOOK);
                if (session.isValid(10)) {
                    continue;
                }
                close(session);
                try {
                    session = connect(database);
                    if (!lock(session)) {
                        log.error(
                                "Another claude-vm server has taken the database {}; this one ends", database.shown());
                        // Not on this thread: closing waits for it.
                        Thread.ofPlatform().start(((ConfigurableApplicationContext) server)::close);
                        return;
                    }
                    log.warn("The database {} is back", database.shown());
                } catch (SQLException gone) {
                    log.warn("The database {} cannot be reached: {}", database.shown(), gone.getMessage());
                }
            }
        } catch (InterruptedException end) {
            // As asked.
        } catch (SQLException e) {
            throw new IllegalStateException(e); // only for a negative timeout
        } finally {
            close(session);
        }
    }

    private static void close(Connection session) {
        try {
            session.close();
        } catch (SQLException gone) {
            log.debug("A session that is gone cannot be closed", gone);
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        if (watch != null) {
            watch.interrupt();
            watch.join();
        }
    }
}
