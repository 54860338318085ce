package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.providers.Providers;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** The agents' programs where a workspace runs. Calls block: they ask the workspace's provider. */
@Service
public class WorkspaceAgents {

    private static final Logger log = LoggerFactory.getLogger(WorkspaceAgents.class);

    private final WorkspaceRepository workspaces;
    private final Providers providers;
    private final WorkspaceSettings settings;

    WorkspaceAgents(WorkspaceRepository workspaces, Providers providers, WorkspaceSettings settings) {
        this.workspaces = workspaces;
        this.providers = providers;
        this.settings = settings;
    }

    /** @return whether an agent's program of now is where the workspace's bridge starts it, as far as can be found out */
    public boolean has(WorkspaceId id, String agent) {
        try {
            Optional<Provider> provider = provider(id);
            return provider.isEmpty() || provider.get().hasAgent(id.value(), settings.agents(), agent);
        } catch (ProviderException e) {
            log.info("{}: it is not known whether {} is there: {}", id, agent, e.getMessage());
            return false;
        }
    }

    /**
     * Sees to it that it {@link #has} it. Takes as long as it takes.
     *
     * @param wanted is asked now and then; ends the work
     * @param figure is told how far it is
     * @throws Problem when that cannot be
     */
    public void bring(WorkspaceId id, String agent, BooleanSupplier wanted, Consumer<String> figure) {
        try {
            Optional<Provider> provider = provider(id);
            if (provider.isPresent()) {
                provider.get().bringAgent(id.value(), settings.agents(), agent, new Progress() {
                    @Override
                    public void step(String step, boolean done, @Nullable String detail) {
                        if (detail != null) {
                            figure.accept(detail);
                        }
                    }

                    @Override
                    public boolean wanted() {
                        return wanted.getAsBoolean();
                    }
                });
            }
        } catch (ProviderException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()), e.todo());
        }
    }

    private Optional<Provider> provider(WorkspaceId id) {
        return workspaces.find(id).flatMap(row -> providers.provider(row.provider()));
    }
}
