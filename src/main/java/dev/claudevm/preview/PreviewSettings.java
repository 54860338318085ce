package dev.claudevm.preview;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * @param domain previews are {@code <port>--<workspace>.<domain>}; null: under {@code localhost} when the product itself was
 *     opened there, else there are none
 * @param publicUrl of the product; null: as the browser says
 * @param ticketLifetime from the product's origin to the preview's
 * @param passLifetime a browser is let in without asking the product again
 * @param silence an answer's next bytes may take so long; WebSockets may be silent for ever
 */
record PreviewSettings(
        @Nullable String domain,
        @Nullable String publicUrl,
        Duration ticketLifetime,
        Duration passLifetime,
        Duration silence) {

    static final String LOOPBACK_DOMAIN = "localhost";

    String effectiveDomain() {
        return domain == null ? LOOPBACK_DOMAIN : domain;
    }
}
