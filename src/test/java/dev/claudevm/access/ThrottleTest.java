package dev.claudevm.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ThrottleTest {

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final InstantSource source = now::get;
    private final Clock clock = source.withZone(ZoneOffset.UTC);
    private final Throttle throttle = new Throttle(clock);

    @Test
    void tenFailuresInAMinuteMakeAnAddressWaitForItsEnd() {
        for (int i = 0; i < 9; i++) {
            throttle.failed("10.0.0.1");
        }
        assertThat(throttle.wait("10.0.0.1")).isZero();
        throttle.failed("10.0.0.1");
        assertThat(throttle.wait("10.0.0.1")).isEqualTo(Duration.ofMinutes(1));
        assertThat(throttle.wait("10.0.0.2")).isZero();
        now.set(now.get().plusSeconds(61));
        assertThat(throttle.wait("10.0.0.1")).isZero();
        throttle.failed("10.0.0.1");
        assertThat(throttle.wait("10.0.0.1")).isZero();
    }

    @Test
    void anIpv6NetworkCountsAsOneAddress() {
        for (int i = 0; i < 10; i++) {
            throttle.failed("2001:db8:1:2:0:0:0:" + i);
        }
        assertThat(throttle.wait("2001:db8:1:2:ffff:0:0:1")).isPositive();
        assertThat(throttle.wait("2001:db8:1:3:0:0:0:1")).isZero();
    }

    @Test
    void itsMemoryIsBounded() {
        for (int i = 0; i < 20_000; i++) {
            throttle.failed("a" + i);
        }
        assertThat(throttle.size()).isEqualTo(10_000);
    }
}
