package dev.claudevm.secret;

import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerHome;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.crypto.AEADBadTagException;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Secrets in the database, sealed with AES-256-GCM. The keys are outside of it ({@link KeyRing}): who copies the database alone has nothing. A secret is
 * bound to its name, so that rows cannot be exchanged.
 */
@Component
public class Secrets {

    private static final String PREFIX = "v1:";

    private final JdbcClient jdbc;
    private final KeyRing keys;
    private final Clock clock;
    /** Nothing is sealed with a key that is about to be forgotten. */
    private final ReadWriteLock rotating = new ReentrantReadWriteLock();

    public Secrets(JdbcClient jdbc, ServerHome home, ProcessEnvironment environment, Clock clock) {
        this.jdbc = jdbc;
        this.keys = new KeyRing(home.secretKeyFile(), environment);
        this.clock = clock;
    }

    /** A secret is there, but its key is not, or somebody changed it. */
    public static final class Unreadable extends Exception {

        private static final long serialVersionUID = 1L;

        Unreadable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * What {@link #rotate} did.
     *
     * @param key where the key is now, for people
     * @param unreadable names of secrets that no key opens; they are as they were
     */
    public record Rotation(int sealed, String key, List<String> unreadable) {}

    public void put(String name, String secret) {
        rotating.readLock().lock();
        try {
            write(name, seal(name, secret, keys.first()));
        } finally {
            rotating.readLock().unlock();
        }
    }

    private void write(String name, String sealed) {
        var now = clock.instant().atOffset(ZoneOffset.UTC);
        int updated = jdbc.sql("update secret set sealed = :sealed, updated_at = :now where name = :name")
                .param("sealed", sealed)
                .param("now", now)
                .param("name", name)
                .update();
        if (updated == 0) {
            jdbc.sql("insert into secret (name, sealed, updated_at) values (:name, :sealed, :now)")
                    .param("name", name)
                    .param("sealed", sealed)
                    .param("now", now)
                    .update();
        }
    }

    public Optional<String> get(String name) throws Unreadable {
        rotating.readLock().lock();
        try {
            Optional<String> sealed = jdbc.sql("select sealed from secret where name = :name")
                    .param("name", name)
                    .query(String.class)
                    .optional();
            return sealed.isEmpty() ? Optional.empty() : Optional.of(open(name, sealed.get()));
        } finally {
            rotating.readLock().unlock();
        }
    }

    /** @return whether there is one, readable or not */
    public boolean has(String name) {
        return jdbc.sql("select count(*) from secret where name = :name")
                        .param("name", name)
                        .query(Integer.class)
                        .single()
                > 0;
    }

    /** @return false when there was none */
    public boolean remove(String name) {
        return jdbc.sql("delete from secret where name = :name")
                        .param("name", name)
                        .update()
                > 0;
    }

    /**
     * Seals everything with another key: a new one, or the first of the environment where that gives one. The others are forgotten. After a crash in the middle
     * everything can be read, and it can be done again.
     */
    public Rotation rotate() {
        rotating.writeLock().lock();
        try {
            keys.renew();
            SecretKey fresh = keys.first();
            List<String> unreadable = new ArrayList<>();
            List<String> names = jdbc.sql("select name from secret order by name")
                    .query(String.class)
                    .list();
            for (String name : names) {
                try {
                    Optional<String> secret = get(name);
                    if (secret.isPresent()) {
                        write(name, seal(name, secret.get(), fresh));
                    }
                } catch (Unreadable e) {
                    unreadable.add(name);
                }
            }
            keys.forgetOthers();
            return new Rotation(names.size() - unreadable.size(), keys.toString(), unreadable);
        } finally {
            rotating.writeLock().unlock();
        }
    }

    private static String seal(String name, String secret, SecretKey key) {
        byte[] whole = Seal.seal(key, name, secret.getBytes(StandardCharsets.UTF_8));
        return PREFIX + Base64.getEncoder().encodeToString(whole);
    }

    private String open(String name, String sealed) throws Unreadable {
        try {
            List<SecretKey> all = keys.all();
            if (all.isEmpty()) {
                throw new Unreadable("The file " + keys + " is missing", null);
            }
            byte[] whole = Base64.getDecoder().decode(sealed.substring(PREFIX.length()));
            for (SecretKey key : all) {
                try {
                    return new String(Seal.open(key, name, whole), StandardCharsets.UTF_8);
                } catch (AEADBadTagException wrongKey) {
                    // Perhaps the next one.
                }
            }
            throw new Unreadable("It was sealed with another key than " + keys + ", or was changed", null);
        } catch (GeneralSecurityException
                | IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException e) {
            throw new Unreadable("It cannot be opened with " + keys + ", or was changed", e);
        }
    }
}
