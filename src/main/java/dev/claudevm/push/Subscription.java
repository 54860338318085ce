package dev.claudevm.push;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A browser that wants to be told.
 *
 * @param endpoint its address at its push service
 * @param p256dh its public key, base64url
 * @param auth its shared secret, base64url
 * @param details whether commands, questions and answers may be in what the lock screen shows
 * @param problem what its push service said when it last refused
 */
record Subscription(
        String deviceId,
        String endpoint,
        String p256dh,
        String auth,
        Set<Kind> kinds,
        boolean details,
        @Nullable QuietHours quiet,
        @Nullable String problem) {

    /** Endpoint and keys are secrets. */
    @Override
    public String toString() {
        return "subscription of device " + deviceId;
    }
}
