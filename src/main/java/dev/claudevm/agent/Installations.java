package dev.claudevm.agent;

import dev.claudevm.agent.Agent.Installation;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Installations of agents' programs: one at a time each, watched by whoever looks. */
@Component
class Installations {

    private static final Logger LOG = LoggerFactory.getLogger(Installations.class);

    private static final long TELL_EVERY_NANOS = 1_000_000_000;

    private final ClaudeInstaller installer;
    private final Map<String, Installation> byAgent = new ConcurrentHashMap<>();

    Installations(ClaudeInstaller installer) {
        this.installer = installer;
    }

    Optional<Installation> of(AgentKind kind) {
        return Optional.ofNullable(byAgent.get(kind.name()));
    }

    boolean isRunning(AgentKind kind) {
        return of(kind).map(Installation::running).orElse(false);
    }

    /**
     * Begins one in the background, unless one runs.
     *
     * @param progress called when it has begun, about once a second, and when it failed
     * @param done called after it succeeded
     */
    void begin(AgentKind kind, Runnable progress, Runnable done) {
        Installation fresh = new Installation(installer.pinnedVersion(), true, 0, null);
        Installation now =
                byAgent.compute(kind.name(), (_, before) -> before != null && before.running() ? before : fresh);
        if (now == fresh) {
            Thread.ofVirtual().name("install-" + kind.name()).start(() -> run(kind, progress, done));
        }
    }

    private void run(AgentKind kind, Runnable progress, Runnable done) {
        String version = installer.pinnedVersion();
        progress.run();
        try {
            AtomicLong told = new AtomicLong(System.nanoTime());
            installer.install(bytes -> {
                byAgent.put(kind.name(), new Installation(version, true, bytes, null));
                if (System.nanoTime() - told.get() > TELL_EVERY_NANOS) {
                    told.set(System.nanoTime());
                    progress.run();
                }
            });
            Installation last = byAgent.get(kind.name());
            byAgent.put(kind.name(), new Installation(version, false, last == null ? 0 : last.bytes(), null));
            done.run();
        } catch (ClaudeInstaller.Failed e) {
            LOG.warn("{} {} was not installed: {}", kind.label(), version, e.what());
            failed(kind, e.what() + " " + e.todo(), progress);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed(kind, "It was interrupted. Try again.", progress);
        } catch (RuntimeException e) {
            LOG.error("{} {} was not installed", kind.label(), version, e);
            failed(kind, "It failed unexpectedly; the server's log says why.", progress);
        }
    }

    private void failed(AgentKind kind, String why, Runnable progress) {
        byAgent.put(kind.name(), new Installation(installer.pinnedVersion(), false, 0, why));
        progress.run();
    }
}
