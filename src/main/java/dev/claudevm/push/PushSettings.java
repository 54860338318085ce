package dev.claudevm.push;

import java.time.Duration;

/**
 * @param subject who a push service may turn to, as VAPID wants it: an {@code https:} or {@code mailto:} address
 * @param delay so long a notice must be open before it is told: what somebody answers at once need not ring
 * @param firstPause before a refused delivery is tried again; doubled each time
 * @param longestPause between two attempts
 * @param giveUp a delivery is not tried any more after so long
 * @param allowHttp for tests: push services without TLS
 */
record PushSettings(
        String subject,
        Duration delay,
        Duration firstPause,
        Duration longestPause,
        Duration giveUp,
        boolean allowHttp) {}
