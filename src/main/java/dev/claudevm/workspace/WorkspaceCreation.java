package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import dev.claudevm.project.Project;
import dev.claudevm.project.Projects;
import dev.claudevm.provider.Provider;
import dev.claudevm.providers.DefaultProviders;
import dev.claudevm.providers.Providers;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/**
 * How a workspace comes to be: what was asked for is checked, its record is written, with its first work in it, and that work
 * begins. It is the work that makes something ({@link Starting}).
 */
@Component
class WorkspaceCreation {

    private static final Pattern REQUEST = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final int ATTEMPTS = 20;

    private final WorkspaceRepository workspaces;
    private final Projects projects;
    private final Providers providers;
    private final DefaultProviders defaults;
    private final Lifecycle lifecycle;

    WorkspaceCreation(
            WorkspaceRepository workspaces,
            Projects projects,
            Providers providers,
            DefaultProviders defaults,
            Lifecycle lifecycle) {
        this.workspaces = workspaces;
        this.projects = projects;
        this.providers = providers;
        this.defaults = defaults;
        this.lifecycle = lifecycle;
    }

    /**
     * @param requestId made by the client, which may repeat it; null: it does not
     * @return the workspace that was made, of this wish or of the same one before
     * @throws Problem when what was asked for makes no sense, or the id was used for another wish; then nothing was made
     */
    WorkspaceId create(NewWorkspace asked, @Nullable String requestId) {
        if (requestId == null) {
            return make(asked, null);
        }
        if (!REQUEST.matcher(requestId).matches()) {
            throw Problem.malformed("\"id\" is no id.", "Send a UUID that the client made.");
        }
        WorkspaceRepository.Request request = new WorkspaceRepository.Request(requestId, asked.digest());
        return made(request).orElseGet(() -> make(asked, request));
    }

    /** @return what was made of a wish. @throws Problem when the id was used for another wish */
    Optional<WorkspaceId> made(WorkspaceRepository.Request request) {
        return workspaces.findRequest(request.id()).map(known -> {
            if (!known.digest().equals(request.digest())) {
                throw Problem.conflict(
                        "The id " + request.id() + " was used for workspace \"" + known.workspace()
                                + "\", which is another wish.",
                        "Make a new id for each workspace.");
            }
            return known.workspace();
        });
    }

    private WorkspaceId make(NewWorkspace asked, WorkspaceRepository.@Nullable Request request) {
        String providerName = provider(asked);
        Provider provider = providers.get(providerName);
        String branch = asked.checkedBranch();
        String name = asked.checkedName();
        String image = asked.checkedImage();
        if (image != null && !provider.capabilities().images()) {
            throw Problem.invalid(
                    "The provider \"" + providerName + "\" has no images.",
                    "Leave \"image\" out, or use another provider.");
        }
        // Before anything is written down: who asks for what is not there shall know at once.
        checkAvailable(providerName);
        Project project = projects.of(asked.source() == null ? "" : asked.source());
        for (int attempt = 1; ; attempt++) {
            WorkspaceId id = WorkspaceNames.next();
            try {
                workspaces.insert(id, project, name, providerName, branch, image, request);
                lifecycle.wake(id);
                return id;
            } catch (DuplicateKeyException taken) {
                Optional<WorkspaceId> sameAtTheSameTime = request == null ? Optional.empty() : made(request);
                if (sameAtTheSameTime.isPresent()) {
                    return sameAtTheSameTime.get();
                }
                if (attempt == ATTEMPTS) {
                    throw taken;
                }
            }
        }
    }

    /**
     * @param asked by a person; null: nothing
     * @param before what a workspace had elsewhere
     * @return the provider that it is to have here: what was asked, else the same when it is here, else the default
     * @throws Problem when there is none of the name that was asked for
     */
    String choose(@Nullable String asked, String before) {
        if (asked != null) {
            providers.get(asked);
            return asked;
        }
        return providers.provider(before).isPresent() ? before : defaults.of(null);
    }

    /** @return the same, for a copy. @throws Problem also when it cannot make one now */
    String chooseForCopy(WorkspaceRepository.Row source, @Nullable String asked) {
        String chosen = choose(asked, source.provider());
        checkAvailable(chosen);
        return chosen;
    }

    /**
     * Writes down one that begins with the files of another one; {@link Lifecycle#wake} follows.
     *
     * @param snapshot of the other one; null: one is made of what it has now
     * @throws DuplicateKeyException when the wish was heard in this very moment: then nothing is to be written
     */
    WorkspaceId copy(
            WorkspaceRepository.Row source,
            @Nullable String snapshot,
            @Nullable String name,
            String provider,
            WorkspaceRepository.@Nullable Request request) {
        WorkspaceId id = WorkspaceNames.next();
        String checkedName = new NewWorkspace(null, null, null, null, name).checkedName();
        workspaces.insert(id, source, snapshot, checkedName, provider, request);
        return id;
    }

    private void checkAvailable(String provider) {
        Providers.Availability can = providers.availability(provider);
        if (!can.available()) {
            throw Problem.unavailable(String.valueOf(can.reason()), String.valueOf(can.todo()));
        }
    }

    private String provider(NewWorkspace asked) {
        String named = asked.provider();
        if (named != null && !named.isBlank()) {
            return named.strip();
        }
        return defaults.of(projects.known(asked.source() == null ? "" : asked.source())
                .map(Project::id)
                .orElse(null));
    }
}
