package dev.claudevm.agent;

import dev.claudevm.agent.Agent.Installation;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Installations of agents' programs: one at a time each, watched by whoever looks. */
@Component
class Installations {

    private static final Logger LOG = LoggerFactory.getLogger(Installations.class);

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

    /** Begins one in the background, unless one runs. @param done called after it succeeded */
    void begin(AgentKind kind, Runnable done) {
        Installation fresh = new Installation(installer.pinnedVersion(), true, 0, null);
        Installation now =
                byAgent.compute(kind.name(), (_, before) -> before != null && before.running() ? before : fresh);
        if (now == fresh) {
            Thread.ofVirtual().name("install-" + kind.name()).start(() -> run(kind, done));
        }
    }

    private void run(AgentKind kind, Runnable done) {
        String version = installer.pinnedVersion();
        try {
            installer.install(bytes -> byAgent.put(kind.name(), new Installation(version, true, bytes, null)));
            Installation last = byAgent.get(kind.name());
            byAgent.put(kind.name(), new Installation(version, false, last == null ? 0 : last.bytes(), null));
            done.run();
        } catch (ClaudeInstaller.Failed e) {
            LOG.warn("{} {} was not installed: {}", kind.label(), version, e.what());
            byAgent.put(kind.name(), new Installation(version, false, 0, e.what() + " " + e.todo()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            byAgent.put(kind.name(), new Installation(version, false, 0, "It was interrupted. Try again."));
        } catch (RuntimeException e) {
            LOG.error("{} {} was not installed", kind.label(), version, e);
            byAgent.put(
                    kind.name(),
                    new Installation(version, false, 0, "It failed unexpectedly; the server's log says why."));
        }
    }
}
