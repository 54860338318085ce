package dev.claudevm.workspace;

import dev.claudevm.provider.material.KitUse;
import dev.claudevm.provider.material.LinuxKit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Kits of earlier versions, with which nobody runs any more. */
@Component
class OldKits {

    private static final Logger log = LoggerFactory.getLogger(OldKits.class);

    private final WorkspaceRepository workspaces;
    private final BridgeKit bridge;
    private final WorkspaceSettings settings;

    OldKits(WorkspaceRepository workspaces, BridgeKit bridge, WorkspaceSettings settings) {
        this.workspaces = workspaces;
        this.bridge = bridge;
        this.settings = settings;
    }

    /** Does nothing while this version's own bridge is not there yet. */
    void remove() {
        Optional<String> name = bridge.name();
        if (name.isEmpty()) {
            return;
        }
        try {
            Set<String> current = new HashSet<>(Set.of(name.get()));
            LinuxKit.name(Path.of(System.getProperty("java.home"))).ifPresent(current::add);
            List<String> removed = new KitUse(settings.kits()).removeUnused(current, mayRun());
            if (!removed.isEmpty()) {
                log.info("Removed kits of earlier versions: {}", String.join(", ", removed));
            }
        } catch (IOException e) {
            log.warn("Kits of earlier versions could not be removed: {}", e.getMessage());
        }
    }

    private Set<String> mayRun() {
        return workspaces.alive().stream()
                .filter(row -> row.state() != WorkspaceState.STOPPED || row.work() != null)
                .map(row -> row.id().value())
                .collect(Collectors.toSet());
    }
}
