package dev.claudevm.workspace;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.providers.Providers;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * Hands what is written down to be done to a workspace to whoever does it. Every {@link Work} may be repeated after a crash at any
 * point. Blocks; the caller gives it a thread.
 */
@Component
class Labour {

    private final Providers providers;
    private final Starting starting;
    private final Ending ending;
    private final WorkReports reports;

    Labour(Providers providers, Starting starting, Ending ending, WorkReports reports) {
        this.providers = providers;
        this.starting = starting;
        this.ending = ending;
        this.reports = reports;
    }

    void perform(WorkspaceRepository.Row row, Work work) {
        WorkspaceId id = row.id();
        reports.begun(id);
        try {
            Optional<Provider> found = providers.provider(row.provider());
            if (found.isEmpty() && work.deletes()) {
                ending.deleteUnreachable(id, work);
                return;
            }
            Provider provider = found.orElseThrow(() -> new ProviderException(
                    "This server has no provider \"" + row.provider() + "\" any more.",
                    "Add one of that name and kind again, and the workspace goes on."));
            switch (work) {
                case UP -> starting.up(row, provider);
                case DOWN -> ending.down(row, provider);
                case REST -> ending.rest(row, provider);
                case KILL -> ending.kill(row, provider);
                case DELETE, DROP, PURGE -> ending.delete(row, provider, work);
            }
        } catch (ProviderException e) {
            reports.failed(id, work, e);
        } catch (RuntimeException e) {
            reports.failed(id, work, e);
        } finally {
            reports.changed(id);
        }
    }
}
