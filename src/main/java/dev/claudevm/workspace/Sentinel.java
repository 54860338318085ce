package dev.claudevm.workspace;

import dev.claudevm.gateway.Gateway;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.providers.Providers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Keeps the record true: at the start unfinished work goes on; from then on, a workspace that should run and is offline is
 * looked at, and when its provider says that it does not run, it is stopped. One that nobody needs is put to rest, and what is in
 * no record is deleted.
 */
@Component
class Sentinel implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Sentinel.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final WorkspaceRepository workspaces;
    private final WorkspaceStates states;
    private final Providers providers;
    private final Gateway gateway;
    private final Lifecycle lifecycle;
    private final IdleStop idle;
    private final BridgeKit kit;
    private final Reaper reaper;
    private final WorkspaceSettings settings;
    private final ApplicationEventPublisher events;
    private volatile @Nullable Rounds rounds;

    Sentinel(
            WorkspaceRepository workspaces,
            WorkspaceStates states,
            Providers providers,
            Gateway gateway,
            Lifecycle lifecycle,
            IdleStop idle,
            BridgeKit kit,
            Reaper reaper,
            WorkspaceSettings settings,
            ApplicationEventPublisher events) {
        this.workspaces = workspaces;
        this.states = states;
        this.providers = providers;
        this.gateway = gateway;
        this.lifecycle = lifecycle;
        this.idle = idle;
        this.kit = kit;
        this.reaper = reaper;
        this.settings = settings;
        this.events = events;
    }

    @Override
    public void start() {
        kit.prepare();
        lifecycle.resume();
        rounds = Rounds.begin("sentinel", Duration.ZERO, settings.watch(), this::round);
    }

    @Override
    public void stop() {
        Rounds going = rounds;
        rounds = null;
        if (going != null) {
            going.end(PATIENCE);
        }
        try {
            kit.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return rounds != null;
    }

    /** After the gateway listens. */
    @Override
    public int getPhase() {
        return 100;
    }

    private void round() {
        Rounds.each(workspaces.running(), WorkspaceRepository.Row::id, this::look);
        reaper.lookNowAndThen();
    }

    private void look(WorkspaceRepository.Row row) {
        if (gateway.bridge(row.id().value()).isPresent()) {
            idle.look(row);
        } else {
            lookAtOffline(row);
        }
    }

    private void lookAtOffline(WorkspaceRepository.Row row) {
        Provider provider = providers.provider(row.provider()).orElse(null);
        if (provider == null) {
            return;
        }
        try {
            if (provider.status(row.id().value()) != Provider.Status.RUNNING
                    && gateway.bridge(row.id().value()).isEmpty()
                    && states.endedByItself(
                            row.id(),
                            row.generation(),
                            "It does not run any more; nobody had asked it to stop.",
                            "Start it again, or just say something in it.")) {
                log.info("{}: does not run any more", row.id());
                events.publishEvent(new WorkspaceChanged(row.id()));
            }
        } catch (ProviderException e) {
            log.warn("{}: its provider does not know how it is: {}", row.id(), e.getMessage());
        }
    }
}
