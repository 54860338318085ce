package dev.claudevm.fork;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.problem.Problem;
import dev.claudevm.snapshot.Snapshots;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceService.CopyWish;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes copies of a workspace. All of them, their conversations and what is said in them are written down in one transaction; from
 * then on each is a workspace that is on its way up, whatever happens to this server.
 */
@Service
public class Forks {

    /** At once; more are a matter of repeating it. */
    public static final int MOST = 10;

    private static final Pattern REQUEST = Pattern.compile("[A-Za-z0-9_-]{1,60}");
    private static final int ATTEMPTS = 20;

    private final WorkspaceService workspaces;
    private final ConversationService conversations;
    private final Snapshots snapshots;
    private final TransactionTemplate transaction;

    Forks(
            WorkspaceService workspaces,
            ConversationService conversations,
            Snapshots snapshots,
            TransactionTemplate transaction) {
        this.workspaces = workspaces;
        this.conversations = conversations;
        this.snapshots = snapshots;
        this.transaction = transaction;
    }

    /** @param conversation null: none was begun */
    public record Fork(WorkspaceId workspace, @Nullable ConversationId conversation) {}

    /**
     * Begins to make copies. Returns at once; a snapshot of a workspace that runs is made by the first that starts.
     *
     * @param requestId made by the client; a repeated one gets the copies that were made first
     * @param by the user's name
     * @throws Problem when what was asked for makes no sense, or the id was used for another wish; then nothing was made
     */
    public List<Fork> make(ForkWish wish, @Nullable String requestId, String by) {
        if (requestId != null && !REQUEST.matcher(requestId).matches()) {
            throw Problem.malformed("\"id\" is no id.", "Send a UUID that the client made.");
        }
        if (wish.copies() < 1 || wish.copies() > MOST) {
            throw Problem.invalid(wish.copies() + " copies cannot be made.", "Ask for 1 to " + MOST + " at once.");
        }
        String request = requestId == null ? UUID.randomUUID().toString() : requestId;
        Optional<List<Fork>> before = made(wish, request);
        if (before.isPresent()) {
            return before.get();
        }
        String snapshot = snapshot(wish);
        String provider = workspaces.chooseForCopy(wish.source(), wish.provider());
        List<Fork> made = written(wish, request, snapshot, provider, by);
        CrashPoint.FORK_WRITTEN.reached(wish.source().value());
        for (Fork fork : made) {
            if (fork.conversation() != null) {
                conversations.opened(fork.conversation());
            }
            workspaces.begin(fork.workspace());
        }
        return made;
    }

    private List<Fork> written(ForkWish wish, String request, @Nullable String snapshot, String provider, String by) {
        for (int attempt = 1; ; attempt++) {
            try {
                List<Fork> forks = transaction.execute(status -> {
                    List<Fork> all = new ArrayList<>();
                    for (int n = 1; n <= wish.copies(); n++) {
                        all.add(one(wish, request, n, snapshot, provider, by));
                    }
                    return all;
                });
                return forks == null ? List.of() : forks;
            } catch (DuplicateKeyException taken) {
                // A name that is taken, or the same wish at the same time.
                Optional<List<Fork>> same = made(wish, request);
                if (same.isPresent()) {
                    return same.get();
                }
                if (attempt == ATTEMPTS) {
                    throw taken;
                }
            }
        }
    }

    private Fork one(ForkWish wish, String request, int number, @Nullable String snapshot, String provider, String by) {
        String name = wish.name() == null || wish.name().isBlank()
                ? null
                : wish.copies() == 1 ? wish.name() : wish.name().strip() + " " + number;
        WorkspaceId id = workspaces.copy(wish.source(), snapshot, name, provider, wishOf(wish, request, number));
        String message = wish.message();
        if (message == null || message.isBlank()) {
            return new Fork(id, null);
        }
        String messageId = UUID.nameUUIDFromBytes((request + "." + number).getBytes(StandardCharsets.UTF_8))
                .toString();
        return new Fork(id, conversations.open(id, wish.conversation(), messageId, message, by));
    }

    /** @return null: nothing was made of it yet */
    private Optional<List<Fork>> made(ForkWish wish, String request) {
        List<Fork> forks = new ArrayList<>();
        for (int n = 1; n <= wish.copies(); n++) {
            // One that was purged meanwhile is not made again.
            workspaces
                    .copied(wishOf(wish, request, n))
                    .ifPresent(id -> forks.add(new Fork(
                            id,
                            conversations.of(id).stream()
                                    .findFirst()
                                    .map(Conversation::id)
                                    .orElse(null))));
        }
        return forks.isEmpty() ? Optional.empty() : Optional.of(forks);
    }

    /** Each copy is a wish of its own; a dot is in no id that a client makes. */
    private static CopyWish wishOf(ForkWish wish, String request, int number) {
        return new CopyWish(request + "." + number, wish.digest());
    }

    /** @return null: the copies' start makes one */
    private @Nullable String snapshot(ForkWish wish) {
        Workspace source = workspaces.get(wish.source());
        if (wish.snapshot() != null) {
            return snapshots.whole(source.id(), wish.snapshot()).id();
        }
        return switch (source.state()) {
            case RUNNING -> {
                if (!source.online()) {
                    throw Problem.conflict(
                            "Workspace \"" + source.id() + "\" is not reachable, so no snapshot of it can be made.",
                            "Wait for it, or name the snapshot that is to be used: claude-vm snapshot list "
                                    + source.id() + ".");
                }
                yield null;
            }
            case CREATING, STOPPING ->
                throw Problem.conflict(
                        "Workspace \"" + source.id() + "\" is "
                                + (source.state().word().equals("stopping") ? "stopping." : "being made."),
                        "Wait for it, or name the snapshot that is to be used: claude-vm snapshot list " + source.id()
                                + ".");
            case STOPPED, FAILED -> snapshots.current(source.id()).id();
            case DELETED -> snapshots.newestWhole(source.id()).id();
        };
    }
}
