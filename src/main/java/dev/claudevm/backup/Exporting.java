package dev.claudevm.backup;

import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.JournalTransfers;
import dev.claudevm.conversation.StoredEvent;
import dev.claudevm.snapshot.Snapshot;
import dev.claudevm.snapshot.Transfers;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Writes a workspace into a file. Only a page of events and a buffer of an object are held in memory. */
@Component
class Exporting {

    private static final int PAGE = 500;
    private static final int CHUNK_BYTES = 4 * 1024 * 1024;

    private final WorkspaceService workspaces;
    private final ConversationService conversations;
    private final JournalTransfers journals;
    private final Transfers transfers;
    private final Clock clock;

    Exporting(
            WorkspaceService workspaces,
            ConversationService conversations,
            JournalTransfers journals,
            Transfers transfers,
            Clock clock) {
        this.workspaces = workspaces;
        this.conversations = conversations;
        this.journals = journals;
        this.transfers = transfers;
        this.clock = clock;
    }

    /** One that can be written; to be closed. */
    record Ready(Workspace workspace, Transfers.Outgoing repository) implements AutoCloseable {
        @Override
        public void close() {
            repository.close();
        }
    }

    /** @throws dev.claudevm.problem.Problem when there is none, or what is in it now is in no snapshot */
    Ready ready(WorkspaceId id) {
        Workspace workspace = workspaces.get(id);
        return new Ready(workspace, transfers.open(id));
    }

    /** @throws IOException when the reader is gone or the store failed: what was written then is refused by whoever reads it */
    void write(Ready ready, OutputStream to) throws IOException {
        WorkspaceId id = ready.workspace().id();
        Instant now = clock.instant();
        BackupWriter backup = new BackupWriter(to, now);
        List<Conversation> talks = conversations.of(id);
        backup.json(Manifest.NAME, manifest(ready, talks, now));
        for (Conversation talk : talks) {
            events(talk, backup);
            backup.json(Names.said(talk.id()), journals.undelivered(talk.id()));
        }
        for (ObjectStore.Entry object : ready.repository().objects()) {
            try (ObjectStore.Content content = content(id, object.key())) {
                backup.stream(Names.REPOSITORY + object.key(), content.stream(), object.bytes());
            }
        }
        backup.finish();
    }

    private ObjectStore.Content content(WorkspaceId id, String path) throws IOException {
        try {
            Optional<ObjectStore.Content> content = transfers.read(id, path);
            return content.orElseThrow(() -> new IOException(path + " is not in the object store any more"));
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Manifest manifest(Ready ready, List<Conversation> talks, Instant now) {
        Workspace w = ready.workspace();
        String version = Exporting.class.getPackage().getImplementationVersion();
        return new Manifest(
                Manifest.FORMAT,
                "claude-vm " + (version == null ? "" : version).strip(),
                now,
                new Manifest.WorkspacePart(
                        w.id().value(),
                        w.name(),
                        w.project().name(),
                        Names.withoutPassword(w.project().source()),
                        w.provider(),
                        w.branch(),
                        w.image(),
                        w.idle().minutes(),
                        w.createdAt()),
                ready.repository().password(),
                ready.repository().whole().stream().map(Exporting::part).toList(),
                talks.stream()
                        .map(talk -> new Manifest.ConversationPart(
                                talk.id().value(),
                                talk.agent(),
                                talk.mode(),
                                talk.titleChosen() ? talk.title() : null,
                                talk.lastSeq(),
                                talk.seenSeq(),
                                talk.createdAt()))
                        .toList());
    }

    private static Manifest.SnapshotPart part(Snapshot s) {
        return new Manifest.SnapshotPart(
                s.id(),
                s.why().word(),
                Objects.requireNonNull(s.resticId()),
                s.files(),
                s.bytes(),
                s.added(),
                Objects.requireNonNull(s.roots()),
                s.leftOut(),
                s.unread(),
                s.mark(),
                s.begunAt(),
                s.endedAt());
    }

    /** Up to the number that the manifest says. */
    private void events(Conversation talk, BackupWriter backup) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        int chunks = 0;
        long last = 0;
        while (last < talk.lastSeq()) {
            List<StoredEvent> page = conversations.eventsAfter(talk.id(), last, PAGE);
            if (page.isEmpty()) {
                throw new IOException("events of " + talk.id() + " are missing");
            }
            for (StoredEvent event : page) {
                if (event.seq() > talk.lastSeq()) {
                    break;
                }
                chunk.writeBytes((event.json() + "\n").getBytes(StandardCharsets.UTF_8));
                last = event.seq();
                if (chunk.size() > CHUNK_BYTES) {
                    backup.bytes(Names.events(talk.id(), ++chunks), chunk.toByteArray());
                    chunk.reset();
                }
            }
        }
        backup.bytes(Names.events(talk.id(), ++chunks), chunk.toByteArray());
    }
}
