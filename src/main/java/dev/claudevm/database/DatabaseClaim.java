package dev.claudevm.database;

import dev.claudevm.config.ConfigException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
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

    /** This server's, so that it knows its own sessions; Postgres shows names of up to 63 bytes. */
    private final String name = "claude-vm " + UUID.randomUUID();

    private static final Duration LOOK = Duration.ofSeconds(2);

    private final Database database;
    private final ApplicationContext server;
    private @Nullable Thread watch;
    private volatile boolean closed;

    private DatabaseClaim(Database database, ApplicationContext server) {
        this.database = database;
        this.server = server;
    }

    /** @throws ConfigException when the database cannot be reached, or another server has it */
    static DatabaseClaim take(Database database, ApplicationContext server) {
        DatabaseClaim claim = new DatabaseClaim(database, server);
        if (!database.isPostgres()) {
            return claim;
        }
        try {
            Connection session = claim.connect();
            if (!claim.lockSoon(session)) {
                session.close();
                throw new ConfigException("Another claude-vm server uses the database " + database.shown()
                        + ". Stop that one, or give this one a database of its own (database.url in config.yaml).");
            }
            claim.watch = Thread.ofVirtual().name("database-claim").start(() -> claim.watch(session));
            return claim;
        } catch (SQLException e) {
            throw new ConfigException("Cannot use the database " + database.shown() + ": " + e.getMessage()
                    + " See database.url, database.user and database.password in config.yaml, or CLAUDE_VM_DATABASE_URL,"
                    + " _USER and _PASSWORD in the environment.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConfigException("Interrupted while waiting for the database " + database.shown() + ".");
        }
    }

    private Connection connect() throws SQLException {
        Connection session = DriverManager.getConnection(database.url(), database.user(), database.password());
        try (PreparedStatement tell = session.prepareStatement("select set_config('application_name', ?, false)")) {
            tell.setString(1, name);
            tell.execute();
            return session;
        } catch (SQLException e) {
            close(session);
            throw e;
        }
    }

    private boolean lockSoon(Connection session) throws SQLException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!lock(session)) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(100);
        }
        return true;
    }

    /**
     * Ends the sessions that this server had before. When the network forgot their connection, Postgres would keep them, and
     * with them the lock, until its own keep-alive gives up, two hours later by default.
     */
    private void endForgotten(Connection session) throws SQLException {
        try (PreparedStatement end = session.prepareStatement("select pg_terminate_backend(pid) from pg_stat_activity"
                + " where application_name = ? and pid <> pg_backend_pid()")) {
            end.setString(1, name);
            end.execute();
        }
    }

    private static boolean lock(Connection session) throws SQLException {
        try (PreparedStatement ask = session.prepareStatement("select pg_try_advisory_lock(?)")) {
            ask.setLong(1, LOCK);
            try (ResultSet answer = ask.executeQuery()) {
                return answer.next() && answer.getBoolean(1);
            }
        }
    }

    /** When Postgres was restarted, or the way to it broke, the lock is taken again; when another server was faster, this one ends. */
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
                    session = connect();
                    endForgotten(session);
                    if (!lockSoon(session)) {
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
