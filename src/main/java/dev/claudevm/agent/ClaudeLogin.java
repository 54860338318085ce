package dev.claudevm.agent;

import dev.claudevm.config.ProcessEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The login that this machine's user has with Claude Code. Only its access token is ever lent: it ends after some hours,
 * while the refresh token would give the account away for good, and using it in two places ends the login in both.
 */
@Component
class ClaudeLogin {

    private final ProcessEnvironment environment;
    private final Clock clock;

    ClaudeLogin(ProcessEnvironment environment, Clock clock) {
        this.environment = environment;
        this.clock = clock;
    }

    /** What there is to lend. */
    sealed interface State {
        record None() implements State {}

        record Expired(Instant at) implements State {}

        record Valid(String accessToken) implements State {
            @Override
            public String toString() {
                return "Valid[…]";
            }
        }
    }

    State read() {
        Optional<Path> file = file();
        if (file.isEmpty() || !Files.isReadable(file.get())) {
            return new State.None();
        }
        try {
            JsonNode login =
                    JsonMapper.shared().readTree(Files.readString(file.get())).path("claudeAiOauth");
            String token = login.path("accessToken").asString("");
            if (token.isEmpty()) {
                return new State.None();
            }
            Instant expires = Instant.ofEpochMilli(login.path("expiresAt").asLong(Long.MAX_VALUE));
            return expires.isAfter(clock.instant()) ? new State.Valid(token) : new State.Expired(expires);
        } catch (IOException | JacksonException e) {
            return new State.None(); // half-written: read again next time
        }
    }

    private Optional<Path> file() {
        return environment
                .get("CLAUDE_CONFIG_DIR")
                .map(Path::of)
                .or(() -> environment.get("HOME").map(home -> Path.of(home, ".claude")))
                .map(folder -> folder.resolve(".credentials.json"));
    }
}
