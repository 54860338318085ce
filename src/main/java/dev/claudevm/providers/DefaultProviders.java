package dev.claudevm.providers;

import dev.claudevm.problem.Problem;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Where new workspaces go when nobody says it: what its project says, else what the person says, else {@value Providers#FIRST}. */
@Service
public class DefaultProviders {

    /** There is one person for now. */
    private static final String PERSON = "person";

    private final ProviderRepository repository;
    private final Providers providers;
    private final TransactionTemplate transaction;

    DefaultProviders(ProviderRepository repository, Providers providers, TransactionTemplate transaction) {
        this.repository = repository;
        this.providers = providers;
        this.transaction = transaction;
    }

    /**
     * @param projectId null: of a project that is not known yet
     * @return a provider that there is
     */
    public String of(@Nullable String projectId) {
        String its = projectId == null ? null : ofProject(projectId);
        return its != null ? its : ofPerson();
    }

    public String ofPerson() {
        return repository
                .byDefault(PERSON)
                .filter(name -> providers.provider(name).isPresent())
                .orElse(Providers.FIRST);
    }

    /** @return null when the project has none of its own */
    public @Nullable String ofProject(String projectId) {
        return repository
                .byDefault(projectId)
                .filter(name -> providers.provider(name).isPresent())
                .orElse(null);
    }

    /**
     * @param projectId null: for all projects that have none of their own
     * @param provider null: none any more
     * @throws Problem when there is no such provider
     */
    public void set(@Nullable String projectId, @Nullable String provider) {
        if (provider != null) {
            providers.get(provider);
        }
        transaction.executeWithoutResult(
                status -> repository.byDefault(projectId == null ? PERSON : projectId, provider));
    }
}
