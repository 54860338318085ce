package dev.claudevm.snapshot;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.StoredEvent;
import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.journal.JournalCopies;
import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Json;
import dev.claudevm.protocol.Snapshots.Journal;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Restore;
import dev.claudevm.protocol.Snapshots.Roots;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/**
 * Brings a snapshot back into a workspace that is empty: its files, then of each journal what the mirror has beyond it. The snapshot
 * may be another workspace's: then that is read, and its conversations stay where they are.
 */
@Component
class Restoring {

    private static final String FILES = "Files from the snapshot";
    private static final String JOURNALS = "Conversations";
    private static final int PAGE = 500;
    private static final int PAGE_CHARS = 4 * 1024 * 1024;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

    private final Reading reading;
    private final SnapshotRepository repository;
    private final Passwords passwords;
    private final ConversationService conversations;
    private final JournalCopies journals;
    private final SnapshotSettings settings;

    Restoring(
            Reading reading,
            SnapshotRepository repository,
            Passwords passwords,
            ConversationService conversations,
            JournalCopies journals,
            SnapshotSettings settings) {
        this.reading = reading;
        this.repository = repository;
        this.passwords = passwords;
        this.conversations = conversations;
        this.journals = journals;
        this.settings = settings;
    }

    String bring(WorkspaceId id, BridgeClient bridge, String snapshotId, Progress progress) throws ProviderException {
        Snapshot snapshot = repository
                .find(snapshotId)
                .filter(known -> known.state() == Snapshot.State.DONE)
                .orElseThrow(() -> new ProviderException("Its snapshot has no record any more.", "Take another one."));
        // Of a copy it is the other one's repository.
        WorkspaceId from = snapshot.workspace();
        Roots roots = snapshot.roots();
        String name = snapshot.resticId();
        if (roots == null || name == null) {
            throw new ProviderException("The record of its snapshot is damaged.", "Take another one.");
        }
        try {
            progress.step(FILES, false, snapshot.files() + " files");
            String password = passwords.of(from);
            var _ = reading.read(
                    from,
                    id,
                    grant -> new Restore(
                            password,
                            grant.secret(),
                            name,
                            roots,
                            settings.restore().toSeconds(),
                            !from.equals(id)),
                    bridge,
                    seen -> new SnapshotTalk.Listener() {
                        @Override
                        public void progress(Line line) {
                            // restic says nothing while it restores.
                        }

                        @Override
                        public boolean wanted() {
                            progress.step(FILES, false, sofar(snapshot, seen.bytesRead()));
                            return progress.wanted();
                        }
                    });
            CrashPoint.RESTORE_FILES.reached(id.value());
            progress.step(FILES, true, snapshot.files() + " files");
            progress.step(JOURNALS, false, null);
            journals.bringBackLost(id);
            for (Conversation talk : conversations.of(id)) {
                journal(talk, bridge);
            }
            CrashPoint.RESTORE_JOURNALS.reached(id.value());
            progress.step(JOURNALS, true, null);
            return TIME.format(snapshot.begunAt());
        } catch (SnapshotTalk.Failed e) {
            throw new ProviderException("The snapshot could not be restored: " + e.getMessage(), e.todo(), e);
        } catch (StoreException e) {
            throw new ProviderException("The snapshot could not be restored: " + e.getMessage(), e.todo(), e);
        } catch (Secrets.Unreadable e) {
            throw new ProviderException(
                    "The password of the snapshots cannot be read: " + e.getMessage() + ".", "Bring back the key.", e);
        } catch (BridgeException e) {
            throw new ProviderException(
                    "The conversations could not be brought back: " + e.getMessage(), "Try again.", e);
        }
    }

    /** What it takes in all is not known: packs are compressed, and have parts of other snapshots in them. */
    private static String sofar(Snapshot snapshot, long bytes) {
        return String.format(Locale.ROOT, "%d files, %,.1f MB read", snapshot.files(), bytes / 1e6);
    }

    private void journal(Conversation talk, BridgeClient bridge) throws BridgeException {
        long last = bridge.restoredTo(talk.id().value());
        for (List<JsonNode> page = page(talk, last); !page.isEmpty(); page = page(talk, last)) {
            last = bridge.restore(
                    talk.id().value(),
                    new Journal(
                            new Bridge.ConversationSpec(
                                    talk.id().value(),
                                    talk.agent(),
                                    talk.mode(),
                                    Optional.of(talk.title())
                                            .filter(title -> !title.isEmpty())
                                            .orElse(null)),
                            last,
                            page));
        }
    }

    private List<JsonNode> page(Conversation talk, long after) {
        List<JsonNode> page = new ArrayList<>();
        int chars = 0;
        for (StoredEvent event : conversations.eventsAfter(talk.id(), after, PAGE)) {
            chars += event.json().length();
            if (!page.isEmpty() && chars > PAGE_CHARS) {
                break;
            }
            page.add(Json.MAPPER.readTree(event.json()));
        }
        return page;
    }
}
