package dev.claudevm.snapshot;

import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Properties {@code claude-vm.snapshot.*}, for tests and large installations. */
@Component
final class SnapshotSettings {

    private final Duration gap;
    private final Duration interval;
    private final Duration look;
    private final Duration end;
    private final Duration longest;
    private final Duration restore;

    SnapshotSettings(
            @Value("${claude-vm.snapshot.gap:30s}") Duration gap,
            @Value("${claude-vm.snapshot.interval:10m}") Duration interval,
            @Value("${claude-vm.snapshot.look:2s}") Duration look,
            @Value("${claude-vm.snapshot.end:60s}") Duration end,
            @Value("${claude-vm.snapshot.longest:1h}") Duration longest,
            @Value("${claude-vm.snapshot.restore:24h}") Duration restore) {
        this.gap = gap;
        this.interval = interval;
        this.look = look;
        this.end = end;
        this.longest = longest;
        this.restore = restore;
    }

    /** @return between two that are made by themselves, and after one that failed */
    Duration gap() {
        return gap;
    }

    /** @return how often while the agent works */
    Duration interval() {
        return interval;
    }

    /** @return how often it is looked whether one is due */
    Duration look() {
        return look;
    }

    /** @return for one before a stop or a deletion */
    Duration end() {
        return end;
    }

    /** @return for any other */
    Duration longest() {
        return longest;
    }

    /** @return for bringing one back: however large it is, it must be possible */
    Duration restore() {
        return restore;
    }
}
