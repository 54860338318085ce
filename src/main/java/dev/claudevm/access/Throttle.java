package dev.claudevm.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Slows down whoever tries wrong tokens: after {@value #MAX_FAILURES} failures in a minute an address has to wait for
 * that minute's end. Safe for use by many threads. Bounded: the addresses that failed longest ago are forgotten first.
 */
final class Throttle {

    static final int MAX_FAILURES = 10;
    static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int MAX_ADDRESSES = 10_000;

    private final Clock clock;
    private final Map<String, Failures> byAddress = new LinkedHashMap<>();

    Throttle(Clock clock) {
        this.clock = clock;
    }

    private record Failures(int count, Instant since) {}

    /** @return how long this address has to wait; zero when it need not */
    synchronized Duration wait(String address) {
        Failures failures = byAddress.get(key(address));
        if (failures == null || failures.count < MAX_FAILURES) {
            return Duration.ZERO;
        }
        Duration left = Duration.between(clock.instant(), failures.since.plus(WINDOW));
        return left.isNegative() ? Duration.ZERO : left;
    }

    synchronized void failed(String address) {
        Instant now = clock.instant();
        Failures before = byAddress.remove(key(address));
        byAddress.put(
                key(address),
                before == null || !before.since.plus(WINDOW).isAfter(now)
                        ? new Failures(1, now)
                        : new Failures(before.count + 1, before.since));
        for (Iterator<String> oldest = byAddress.keySet().iterator(); byAddress.size() > MAX_ADDRESSES; ) {
            oldest.next();
            oldest.remove();
        }
    }

    synchronized int size() {
        return byAddress.size();
    }

    /** One household or server has a whole /64 of IPv6 addresses, so they count as one. */
    private static String key(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        String[] groups = address.split(":", -1);
        return groups.length < 5 ? address : String.join(":", groups[0], groups[1], groups[2], groups[3]);
    }
}
