package dev.claudevm.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuietHoursTest {

    @ParameterizedTest
    @CsvSource({
        // Berlin is two hours ahead of UTC in summer, one in winter.
        "22:00-07:00 Europe/Berlin, 2026-07-01T19:59:59Z, 2026-07-01T19:59:59Z",
        "22:00-07:00 Europe/Berlin, 2026-07-01T20:00:00Z, 2026-07-02T05:00:00Z",
        "22:00-07:00 Europe/Berlin, 2026-07-02T04:59:59Z, 2026-07-02T05:00:00Z",
        "22:00-07:00 Europe/Berlin, 2026-07-02T05:00:00Z, 2026-07-02T05:00:00Z",
        "12:00-13:30 UTC, 2026-07-01T12:30:00Z, 2026-07-01T13:30:00Z",
        "12:00-13:30 UTC, 2026-07-01T13:30:00Z, 2026-07-01T13:30:00Z",
        // The night in which summer time ends is an hour longer.
        "22:00-07:00 Europe/Berlin, 2026-10-24T21:00:00Z, 2026-10-25T06:00:00Z",
    })
    void whatComesInThemWaitsForTheirEnd(String hours, Instant now, Instant earliest) {
        assertThat(QuietHours.parse(hours).earliest(now)).isEqualTo(earliest);
        assertThat(QuietHours.parse(hours).text()).isEqualTo(hours);
    }

    @Test
    void nonsenseIsNamed() {
        assertThatThrownBy(() -> QuietHours.of("25:00", "07:00", "UTC")).hasMessageContaining("25:00");
        assertThatThrownBy(() -> QuietHours.of("22:00", "07:00", "Mars/Base")).hasMessageContaining("Mars/Base");
        assertThatThrownBy(() -> QuietHours.of("07:00", "07:00", "UTC")).hasMessageContaining("another time");
    }
}
