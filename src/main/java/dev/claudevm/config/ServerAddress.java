package dev.claudevm.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How browsers reach this server; known once it listens. Safe for use by many threads. */
public final class ServerAddress {

    private volatile @Nullable String url;

    /** @return for example {@code http://localhost:7878}; no slash at its end */
    public Optional<String> url() {
        return Optional.ofNullable(url);
    }

    public void listeningAt(String known) {
        url = known;
    }
}
