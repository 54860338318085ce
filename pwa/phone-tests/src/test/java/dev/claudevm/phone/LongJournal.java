package dev.claudevm.phone;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.util.Properties;

/** Makes a conversation as long as wanted, in the database of a server that does not run. */
final class LongJournal {

    private LongJournal() {}

    /** Adds texts until the conversation has {@code events} events; the last one says {@code event <events>}. */
    static void grow(Path home, String conversation, int events) throws Exception {
        try (URLClassLoader h2 = new URLClassLoader(new URL[] {jar().toUri().toURL()});
                Connection db = connect(h2, home);
                PreparedStatement insert = db.prepareStatement("""
                        insert into event (conversation_id, seq, at, type, json)
                        select c.id, "X", current_timestamp, 'text', '{"seq":' || "X" || ',"at":"2026-01-01T00:00:00Z","type":"text","turnId":"t",'
                            || '"messageId":"m' || "X" || '","markdown":"This is event ' || "X" || ' with some *words* of `code` in it."}'
                        from conversation c, system_range(1, ?) where "X" > c.last_seq and c.id = ?""");
                PreparedStatement update = db.prepareStatement("update conversation set last_seq = ? where id = ?")) {
            insert.setInt(1, events);
            insert.setString(2, conversation);
            insert.executeUpdate();
            update.setInt(1, events);
            update.setString(2, conversation);
            update.executeUpdate();
        }
    }

    private static Path jar() throws Exception {
        try (var libraries = Files.list(Product.repository().resolve("target/app/lib"))) {
            return libraries
                    .filter(path -> path.getFileName().toString().matches("h2-.*\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Connection connect(ClassLoader h2, Path home) throws Exception {
        Driver driver =
                (Driver) h2.loadClass("org.h2.Driver").getDeclaredConstructor().newInstance();
        Properties user = new Properties();
        user.setProperty("user", "sa");
        user.setProperty("password", "");
        return driver.connect(
                "jdbc:h2:file:" + home.resolve("db/claude-vm")
                        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH",
                user);
    }
}
