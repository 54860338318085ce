package dev.claudevm.access;

import dev.claudevm.config.ServerHome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Tokens for programs: {@code Authorization: Bearer cvm_…}. They are valid until they are revoked. */
@Service
public class ApiTokens {

    static final String PREFIX = "cvm_";

    /** The name of the token that the start-up makes for the CLI of this machine. */
    static final String CLI = "Command line of this machine";

    private static final Duration USED_GRAIN = Duration.ofMinutes(1);
    private static final int MAX_NAME_CHARS = 100;

    private final JdbcClient jdbc;
    private final Clock clock;
    private final ApplicationEventPublisher events;

    ApiTokens(JdbcClient jdbc, Clock clock, ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.events = events;
    }

    /** @param lastUsedAt null: never */
    public record ApiToken(
            String id,
            String name,
            Instant createdAt,
            @Nullable Instant lastUsedAt) {}

    /** @param token shown this once */
    public record Created(String id, String token) {

        @Override
        public String toString() {
            return "Created[id=" + id + "]";
        }
    }

    /**
     * @param name for the list; 1 to 100 characters
     * @throws IllegalArgumentException when the name is not
     */
    public Created create(String name) {
        String trimmed = name.strip();
        if (trimmed.isEmpty() || trimmed.length() > MAX_NAME_CHARS) {
            throw new IllegalArgumentException("A token's name has 1 to " + MAX_NAME_CHARS + " characters.");
        }
        Secret secret = Secret.random(PREFIX);
        String id = UUID.randomUUID().toString();
        jdbc.sql("insert into api_token (id, hash, user_id, name, created_at) values (:id, :hash, :user, :name, :now)")
                .param("id", id)
                .param("hash", secret.hash())
                .param("user", Owner.ID)
                .param("name", trimmed)
                .param("now", clock.instant().atOffset(ZoneOffset.UTC))
                .update();
        return new Created(id, secret.text());
    }

    Optional<Caller> find(String token) {
        Instant now = clock.instant();
        return jdbc.sql("select t.id, t.user_id, u.name, t.last_used_at from api_token t"
                        + " join app_user u on u.id = t.user_id where t.hash = :hash and t.revoked_at is null")
                .param("hash", new Secret(token).hash())
                .query((row, _) -> {
                    String id = row.getString("id");
                    OffsetDateTime used = row.getObject("last_used_at", OffsetDateTime.class);
                    if (used == null || used.toInstant().isBefore(now.minus(USED_GRAIN))) {
                        used(id, now);
                    }
                    return new Caller(row.getString("user_id"), row.getString("name"), id, Caller.Kind.TOKEN);
                })
                .optional();
    }

    public List<ApiToken> list() {
        return jdbc.sql("select id, name, created_at, last_used_at from api_token where revoked_at is null"
                        + " order by created_at desc, id")
                .query((row, _) -> {
                    OffsetDateTime used = row.getObject("last_used_at", OffsetDateTime.class);
                    return new ApiToken(
                            row.getString("id"),
                            row.getString("name"),
                            row.getObject("created_at", OffsetDateTime.class).toInstant(),
                            used == null ? null : used.toInstant());
                })
                .list();
    }

    /** @return false when there is no such token */
    public boolean revoke(String id) {
        int revoked = jdbc.sql("update api_token set revoked_at = :now where id = :id and revoked_at is null")
                .param("now", clock.instant().atOffset(ZoneOffset.UTC))
                .param("id", id)
                .update();
        if (revoked == 1) {
            events.publishEvent(new AccessRevoked(id));
        }
        return revoked == 1;
    }

    /**
     * Sees to it that the file {@code token} in the home holds a valid token. One that works is left as it is; else
     * older ones of that name are revoked.
     */
    public void keepCliToken(ServerHome home) {
        Path file = home.tokenFile();
        Optional<String> kept = read(file);
        if (kept.flatMap(this::find).isPresent()) {
            ServerHome.writeOwnerOnly(file, (kept.get() + "\n").getBytes(StandardCharsets.UTF_8));
            return;
        }
        list().stream().filter(token -> token.name().equals(CLI)).forEach(token -> revoke(token.id()));
        ServerHome.writeOwnerOnly(file, (create(CLI).token() + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> read(Path file) {
        try {
            return Files.isRegularFile(file)
                    ? Optional.of(Files.readString(file).strip()).filter(token -> token.startsWith(PREFIX))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // unreadable is as good as missing: a new one is written
        }
    }

    private void used(String id, Instant now) {
        jdbc.sql("update api_token set last_used_at = :now where id = :id")
                .param("now", now.atOffset(ZoneOffset.UTC))
                .param("id", id)
                .update();
    }
}
