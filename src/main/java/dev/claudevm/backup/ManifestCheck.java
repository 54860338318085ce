package dev.claudevm.backup;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.WorkspaceId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether what a manifest says can be kept as it says. */
final class ManifestCheck {

    private static final int MAX_NAME_CHARS = 200;
    private static final int MAX_SOURCE_CHARS = 2000;
    private static final int MAX_BRANCH_CHARS = 250;
    private static final int MAX_IMAGE_CHARS = 300;
    private static final int MAX_AGENT_CHARS = 40;
    private static final int MAX_MODE_CHARS = 60;
    private static final int MAX_PASSWORD_CHARS = 200;

    private ManifestCheck() {}

    static void check(Manifest m) throws BackupReader.Damaged {
        try {
            Manifest.WorkspacePart w = m.workspace();
            is(WorkspaceId.parse(w.id()).value().equals(w.id()) && w.createdAt() != null, "a workspace");
            is(m.format() >= 1 && m.madeBy() != null && m.madeAt() != null, "a format");
            text(w.name(), MAX_NAME_CHARS, true);
            text(w.project(), MAX_NAME_CHARS, false);
            text(w.source(), MAX_SOURCE_CHARS, false);
            text(w.branch(), MAX_BRANCH_CHARS, true);
            text(w.image(), MAX_IMAGE_CHARS, true);
            text(w.provider(), MAX_AGENT_CHARS, false);
            text(m.password(), MAX_PASSWORD_CHARS, false);
            snapshots(m.snapshots());
            conversations(m.conversations());
        } catch (Problem | NullPointerException e) {
            throw new BackupReader.Damaged("its manifest lacks something", e);
        }
    }

    private static void snapshots(List<Manifest.SnapshotPart> all) throws BackupReader.Damaged {
        is(!all.isEmpty(), "no snapshot");
        Set<String> ids = new HashSet<>();
        for (Manifest.SnapshotPart s : all) {
            is(s.id().matches("[0-9a-f-]{36}") && ids.add(s.id()), "a snapshot's id");
            is(s.resticId().matches("[0-9a-f]{64}"), "a snapshot's name");
            is(s.why().matches("rest|interval|stop|delete|request"), "a snapshot's reason");
            is(
                    s.roots().project().startsWith("/")
                            && s.roots().home().startsWith("/")
                            && s.roots().state().startsWith("/"),
                    "a snapshot's folders");
            is(s.begunAt() != null && s.leftOut() != null && s.unread() != null, "a snapshot");
        }
    }

    private static void conversations(List<Manifest.ConversationPart> all) throws BackupReader.Damaged {
        Set<String> ids = new HashSet<>();
        for (Manifest.ConversationPart c : all) {
            is(ids.add(ConversationId.parse(c.id()).value()), "a conversation's id");
            text(c.agent(), MAX_AGENT_CHARS, false);
            text(c.mode(), MAX_MODE_CHARS, true);
            text(c.title(), MAX_NAME_CHARS, true);
            is(c.createdAt() != null && c.lastSeq() >= 0 && c.seenSeq() >= 0, "a conversation");
        }
    }

    private static void text(@Nullable String text, int chars, boolean maybe) throws BackupReader.Damaged {
        is(text == null ? maybe : text.length() <= chars && text.chars().noneMatch(Character::isISOControl), "a text");
    }

    private static void is(boolean right, String what) throws BackupReader.Damaged {
        if (!right) {
            throw new BackupReader.Damaged("its manifest is wrong (" + what + ")");
        }
    }
}
