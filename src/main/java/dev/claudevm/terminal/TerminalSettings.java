package dev.claudevm.terminal;

import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Limits; properties {@code claude-vm.terminal.*}, for tests and large installations. */
@Component
final class TerminalSettings {

    /** What may be under way to a browser that it has not shown yet. */
    static final int WINDOW_BYTES = 128 * 1024;

    /** One piece of what was typed. */
    static final int MAX_INPUT_BYTES = 16 * 1024;

    /** What was typed and is not in the workspace yet, of one terminal. */
    static final int MAX_WAITING_BYTES = 256 * 1024;

    static final int MAX_CONTROL_BYTES = 4 * 1024;
    static final int MAX_COLUMNS = 500;
    static final int MAX_ROWS = 300;

    private final int perWorkspace;
    private final int perPerson;
    private final Duration unattended;
    private final Duration silence;

    TerminalSettings(
            @Value("${claude-vm.terminal.per-workspace:20}") int perWorkspace,
            @Value("${claude-vm.terminal.per-person:32}") int perPerson,
            @Value("${claude-vm.terminal.unattended:10m}") Duration unattended,
            @Value("${claude-vm.terminal.silence:30s}") Duration silence) {
        this.perWorkspace = perWorkspace;
        this.perPerson = perPerson;
        this.unattended = unattended;
        this.silence = silence;
    }

    /** @return most terminals in one workspace */
    int perWorkspace() {
        return perWorkspace;
    }

    /** @return most web sockets of one person at once, and most relays */
    int perPerson() {
        return perPerson;
    }

    /** @return how long a relay waits for its page to come back; the terminal itself lives on in the workspace */
    Duration unattended() {
        return unattended;
    }

    /** @return a page that says nothing for so long is gone */
    Duration silence() {
        return silence;
    }
}
