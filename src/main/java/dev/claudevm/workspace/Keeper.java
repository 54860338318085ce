package dev.claudevm.workspace;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What keeps workspaces' files beyond their providers' disks. One bean at most; calls block. */
public interface Keeper {

    /**
     * The newest attempt to keep a workspace's files.
     *
     * @param savedAt when they were kept last; null: never
     * @param error what is wrong with the newest attempt; null: nothing
     * @param unsaved what was said and cannot be kept; null: nothing
     */
    record Kept(
            @Nullable Instant savedAt,
            boolean running,
            @Nullable String error,
            @Nullable String todo,
            @Nullable Unsaved unsaved) {}

    /**
     * What was said in a workspace and is only in the database, because the store does not take it.
     *
     * @param events how many of its journals' events
     * @param since when that began
     */
    record Unsaved(long events, Instant since, String error, String todo) {}

    /** @return empty: nothing was tried yet */
    Optional<Kept> kept(WorkspaceId id);

    /**
     * Keeps the files of a workspace that is about to be stopped or deleted; takes a limited time, and is given up when the
     * progress says that it is not wanted any more.
     *
     * @return what went wrong; empty: they are kept
     */
    Optional<Trouble> beforeEnd(WorkspaceId id, BridgeClient bridge, boolean deleted, Progress progress);

    /**
     * Asked before a workspace is deleted of which nothing runs that could keep its files.
     *
     * @return why what it has now may be kept nowhere else; empty: its newest attempt succeeded
     */
    Optional<Trouble> unkept(WorkspaceId id);

    /** @param error for people */
    record Trouble(String error, String todo) {}

    /** @return the newest snapshot that is whole; empty: there is none */
    Optional<String> newest(WorkspaceId id);

    /**
     * What a copy of a workspace begins with: what the workspace has at that time, or a little later.
     *
     * @param since when the copy was wanted
     * @return the snapshot
     * @throws ProviderException when none could be made; it may be repeated
     */
    String copied(WorkspaceId source, Instant since, Progress progress) throws ProviderException;

    /**
     * Brings a snapshot, of this workspace or of the one that it is a copy of, into a workspace that was made empty, and of its
     * conversations what was seen since. Given up
     * when the progress says that it is not wanted any more.
     *
     * @return for people: of when it is
     * @throws ProviderException when that did not succeed; it may be repeated
     */
    String restore(WorkspaceId id, BridgeClient bridge, String snapshotId, Progress progress) throws ProviderException;

    /** The record of a workspace goes: what was kept of it goes too, sooner or later. */
    void purge(WorkspaceId id);
}
