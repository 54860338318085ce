package dev.claudevm.provider;

import java.nio.file.Path;
import java.util.Set;

/**
 * One way to have workspaces. Every method is safe to repeat after a crash at any point: what is already done is left
 * as it is. Methods block; the caller gives each workspace one call at a time.
 */
public interface Provider {

    /** @return the kind's name in configuration, for example {@code local} */
    String kind();

    Capabilities capabilities();

    /**
     * Asks whether workspaces can be had now: when it is added, and now and then while somebody looks.
     *
     * @throws ConfirmationNeeded a person has to vouch for something first; only while it is added or changed
     * @throws ProviderException what is missing and what to do, for people
     */
    default void check() throws ProviderException {}

    /** No calls come any more. Those that still run may fail; connections and the like are given back. Workspaces stay as they are. */
    default void close() {}

    /**
     * Makes the workspace and brings the project's files into it. Does not start it.
     *
     * @throws ProviderException when the source cannot be had; nothing half-made is left behind
     */
    void create(CreateSpec spec, Progress progress) throws ProviderException;

    /** Starts the workspace's bridge with a new generation. A running one of an older generation is stopped first. */
    void start(StartSpec spec, Progress progress) throws ProviderException;

    /**
     * Asked before the bridge of a running workspace is told to start an agent.
     *
     * @param agents {@link StartSpec#agents}
     * @param name of a file or folder in it
     * @return whether it is seen in the workspace as it is here, or is nothing; true where the workspace sees the folder itself
     */
    default boolean hasAgent(String workspaceId, Path agents, String name) throws ProviderException {
        return true;
    }

    /** Sees to it that {@link #hasAgent}. What was brought only in part counts as not brought. */
    default void bringAgent(String workspaceId, Path agents, String name, Progress progress) throws ProviderException {}

    /** Ends every process of the workspace. Files stay. A stopped or unknown one is left alone. */
    void stop(String workspaceId, Progress progress) throws ProviderException;

    /** Removes the workspace and its files. An unknown one is left alone. */
    void delete(String workspaceId, Progress progress) throws ProviderException;

    /**
     * Whatever there is of this installation's workspaces, also of those half made or half deleted.
     *
     * @return their ids
     */
    Set<String> list() throws ProviderException;

    Status status(String workspaceId) throws ProviderException;

    /** What {@link Provider#status} can say. */
    enum Status {
        /** No trace of it. */
        ABSENT,
        STOPPED,
        RUNNING
    }
}
