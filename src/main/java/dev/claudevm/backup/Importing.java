package dev.claudevm.backup;

import dev.claudevm.config.ServerHome;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.JournalTransfers;
import dev.claudevm.conversation.JournalTransfers.NoConversation;
import dev.claudevm.problem.Problem;
import dev.claudevm.project.Projects;
import dev.claudevm.snapshot.Snapshot;
import dev.claudevm.snapshot.Transfers;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.Adopted;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Reads a workspace out of a file. The repository's objects go to the object store as they come, conversations to a temporary
 * file; the workspace's record, and with it everything that anybody sees, is written at the end, in one transaction, when all
 * of the file was there and as its checksums say. Before that, whatever goes wrong, also the end of this server, leaves nothing.
 */
@Component
class Importing implements InitializingBean {

    private static final String TRY_ANOTHER = "Use another copy of the file, or make the backup again.";

    private final WorkspaceService workspaces;
    private final Projects projects;
    private final JournalTransfers journals;
    private final Transfers transfers;
    private final ServerHome home;
    private final TransactionTemplate transaction;

    Importing(
            WorkspaceService workspaces,
            Projects projects,
            JournalTransfers journals,
            Transfers transfers,
            ServerHome home,
            TransactionTemplate transaction) {
        this.workspaces = workspaces;
        this.projects = projects;
        this.journals = journals;
        this.transfers = transfers;
        this.home = home;
        this.transaction = transaction;
    }

    /** Before anybody can ask for something: what a server that was killed has put aside. */
    @Override
    public void afterPropertiesSet() throws IOException {
        Spool.sweep(home.root());
    }

    /**
     * @param provider null: the one that it had, when this server has that, else the default
     * @return the workspace, stopped; its next start brings its files
     * @throws Problem when it is no backup, or damaged, or the workspace is here already
     */
    Workspace read(InputStream from, @Nullable String provider) {
        try (BackupReader backup = new BackupReader(from)) {
            Manifest manifest = manifest(backup);
            WorkspaceId id = new WorkspaceId(manifest.workspace().id());
            String chosen = workspaces.choose(provider, manifest.workspace().provider());
            transfers.expect(id);
            boolean done = false;
            try (Spool spool = new Spool(home.root())) {
                take(backup, id, spool);
                whole(manifest, spool);
                transaction.executeWithoutResult(status -> settle(manifest, id, chosen, spool));
                done = true;
            } finally {
                if (!done) {
                    transfers.abandon(id);
                }
            }
            workspaces.changed(id);
            return workspaces.get(id);
        } catch (BackupReader.Damaged e) {
            throw damaged(String.valueOf(e.getMessage()));
        } catch (Undone e) {
            throw damaged(String.valueOf(e.getMessage()));
        } catch (StoreException e) {
            throw e.kind() == StoreException.Kind.SOURCE
                    ? damaged(String.valueOf(e.getMessage()))
                    : Problem.unavailable(String.valueOf(e.getMessage()), e.todo());
        } catch (IOException e) {
            throw Problem.unavailable(
                    "The conversations could not be put aside: " + e.getMessage(),
                    "Make room in " + home.root() + ", then try again.");
        }
    }

    private static Problem damaged(String why) {
        return Problem.invalid("This is no backup that can be restored: " + why + ".", TRY_ANOTHER);
    }

    /** Carries what is wrong out of the transaction, which is undone. */
    private static final class Undone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Undone(String why) {
            super(why);
        }
    }

    private Manifest manifest(BackupReader backup) throws IOException {
        BackupReader.Entry first = backup.next();
        if (first == null || !first.name().equals(Manifest.NAME)) {
            throw new BackupReader.Damaged("it does not begin with a manifest");
        }
        Manifest manifest = BackupReader.json(first, Manifest.class);
        if (manifest.format() > Manifest.FORMAT) {
            throw Problem.invalid(
                    "This backup is of a newer format (" + manifest.format() + ") than this server knows.",
                    "Use a server of the version that made it: " + manifest.madeBy() + ".");
        }
        ManifestCheck.check(manifest);
        WorkspaceId id = new WorkspaceId(manifest.workspace().id());
        if (workspaces.find(id).isPresent()) {
            throw Problem.conflict(
                    "Workspace \"" + id + "\" is in this installation already.",
                    "Delete it with --purge first, or restore the backup into another installation.");
        }
        if (manifest.conversations().stream().anyMatch(c -> journals.known(new ConversationId(c.id())))) {
            throw Problem.conflict(
                    "A conversation of this backup is in this installation already.",
                    "Restore the backup into another installation.");
        }
        return manifest;
    }

    private void take(BackupReader backup, WorkspaceId id, Spool spool) throws IOException, StoreException {
        for (BackupReader.Entry entry = backup.next(); entry != null; entry = backup.next()) {
            String name = entry.name();
            Matcher events = Names.events(name);
            Matcher said = Names.said(name);
            if (entry.bytes() > 0
                    && name.startsWith(Names.REPOSITORY)
                    && Transfers.isObject(name.substring(Names.REPOSITORY.length()))) {
                transfers.take(id, name.substring(Names.REPOSITORY.length()), entry, entry.bytes());
                spool.object(name.substring(Names.REPOSITORY.length()));
            } else if (events.matches()) {
                spool.events(events.group(1), Integer.parseInt(events.group(2)), entry);
            } else if (said.matches()) {
                spool.said(said.group(1), Arrays.asList(BackupReader.json(entry, JournalTransfers.Said[].class)));
            } else {
                throw new BackupReader.Damaged("there is something in it that does not belong there");
            }
        }
    }

    /** What the manifest promises is there. */
    private static void whole(Manifest manifest, Spool spool) throws BackupReader.Damaged {
        Set<String> objects = spool.objects();
        Set<String> missing = new HashSet<>();
        missing.add("config");
        manifest.snapshots().forEach(snapshot -> missing.add("snapshots/" + snapshot.resticId()));
        missing.removeAll(objects);
        if (!missing.isEmpty()) {
            throw new BackupReader.Damaged("parts of its snapshots are missing");
        }
    }

    private void settle(Manifest manifest, WorkspaceId id, String provider, Spool spool) {
        Manifest.WorkspacePart part = manifest.workspace();
        workspaces.adopt(new Adopted(
                id,
                projects.adopt(part.source(), part.project()),
                part.name(),
                provider,
                part.branch(),
                part.image(),
                part.idleMinutes(),
                manifest.snapshots().getFirst().id(),
                part.createdAt()));
        transfers.settle(
                id,
                manifest.password(),
                manifest.snapshots().stream().map(s -> snapshot(id, s)).toList());
        for (Manifest.ConversationPart talk : manifest.conversations()) {
            try (Spool.Lines events = spool.events(talk.id())) {
                journals.take(
                        id,
                        new JournalTransfers.Coming(
                                new ConversationId(talk.id()),
                                talk.agent(),
                                talk.mode(),
                                talk.title(),
                                talk.lastSeq(),
                                talk.seenSeq(),
                                talk.createdAt()),
                        events,
                        spool.said(talk.id()));
            } catch (NoConversation e) {
                throw new Undone(String.valueOf(e.getMessage()));
            }
        }
    }

    private static Snapshot snapshot(WorkspaceId id, Manifest.SnapshotPart part) {
        return new Snapshot(
                part.id(),
                id,
                Snapshot.Why.valueOf(part.why().toUpperCase(Locale.ROOT)),
                Snapshot.State.DONE,
                part.resticId(),
                part.files(),
                part.bytes(),
                part.added(),
                part.roots(),
                part.leftOut(),
                part.unread(),
                null,
                null,
                part.mark(),
                part.begunAt(),
                part.endedAt());
    }
}
