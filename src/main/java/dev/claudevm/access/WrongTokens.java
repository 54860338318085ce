package dev.claudevm.access;

import java.time.Clock;
import org.springframework.stereotype.Component;

/** The one throttle that login pages and bearer tokens share. */
@Component
class WrongTokens {

    private final Throttle throttle;

    WrongTokens(Clock clock) {
        this.throttle = new Throttle(clock);
    }

    Throttle throttle() {
        return throttle;
    }
}
