package dev.claudevm.search;

import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.StoredEvent;
import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.store.AlreadyClosedException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * Finds what was said. The index says where; what is shown is read from the journals, and only of workspaces that there is a record of
 * right now, whatever the index has.
 */
@Service
public class Search {

    static final int MAX_PAGE = 100;

    private static final int AT_ONCE = 4;
    private static final Duration BUSY = Duration.ofSeconds(5);

    /** So long the first search waits for an index that is opened, or caught up, just now. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Indexing indexing;
    private final SearchRepository records;
    private final ConversationService conversations;
    private final WorkspaceService workspaces;
    private final Clock clock;
    private final Semaphore room = new Semaphore(AT_ONCE);

    Search(
            Indexing indexing,
            SearchRepository records,
            ConversationService conversations,
            WorkspaceService workspaces,
            Clock clock) {
        this.indexing = indexing;
        this.records = records;
        this.conversations = conversations;
        this.workspaces = workspaces;
        this.clock = clock;
    }

    /**
     * Something that was found.
     *
     * @param kind {@code message}, {@code answer}, {@code thought}, {@code tool}, {@code question} or {@code title}
     * @param seq the event at which the conversation shows it; 0: the conversation as a whole
     * @param saidSeq the event that has the text; mostly the same
     * @param by who said it: a person's name or the agent's; null for a title
     * @param text the part of it in which the words are, one line
     * @param ranges where in {@code text} the words are: from, to (exclusive), in UTF-16 code units
     */
    public record Result(
            String kind,
            Workspace workspace,
            Conversation conversation,
            long seq,
            long saidSeq,
            @Nullable String by,
            Instant at,
            String text,
            List<int[]> ranges,
            boolean cutBefore,
            boolean cutAfter) {}

    /**
     * @param next leads to the next page; null: that was all
     * @param complete false: the index is being made, or it took too long; more may be found later
     */
    public record Page(List<Result> results, @Nullable String next, boolean complete) {}

    /**
     * @param words each must be there, whole or as the beginning of a word; what is in quotes must stand there so
     * @param workspace where it is looked for; null: everywhere
     * @param cursor {@link Page#next} of the page before; null: the first
     * @param limit 1 … 100
     * @throws Problem when there is no such workspace, or the words are too long or too many, or too much is looked for at once
     */
    public Page find(String words, @Nullable WorkspaceId workspace, @Nullable String cursor, int limit) {
        Asked asked = Asked.of(words);
        Cursor after = cursor == null || cursor.isEmpty() ? null : Cursor.parse(cursor);
        List<String> where = workspace == null
                ? records.readable()
                : List.of(workspaces.get(workspace).id().value());
        if (asked.empty() || where.isEmpty()) {
            return new Page(List.of(), null, true);
        }
        Instant today = after == null ? clock.instant().truncatedTo(ChronoUnit.DAYS) : after.today();
        try {
            if (!room.tryAcquire(BUSY.toMillis(), TimeUnit.MILLISECONDS)) {
                throw Problem.unavailable("Too much is looked for at once.", "Try it again in a moment.");
            }
            try {
                return find(asked, where, after, today, Math.clamp(limit, 1, MAX_PAGE));
            } finally {
                room.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.unavailable("The server is ending.", "Try it again in a moment.");
        }
    }

    private Page find(Asked asked, List<String> where, @Nullable Cursor after, Instant today, int limit)
            throws InterruptedException {
        SaidIndex index = indexing.index(PATIENCE).orElse(null);
        if (index == null) {
            return new Page(List.of(), null, false);
        }
        SaidIndex.Hits found;
        try {
            found = index.search(asked, where, after, today, limit + 1);
        } catch (AlreadyClosedException e) {
            // It is being opened anew.
            return new Page(List.of(), null, false);
        } catch (IOException | RuntimeException e) {
            indexing.suspect(index, e);
            return new Page(List.of(), null, false);
        }
        List<SaidIndex.Hit> hits = found.hits();
        String next = hits.size() > limit ? hits.get(limit - 1).cursor().toString() : null;
        return new Page(
                shown(asked, hits.subList(0, Math.min(limit, hits.size()))),
                next,
                found.whole() && indexing.complete());
    }

    private List<Result> shown(Asked asked, List<SaidIndex.Hit> hits) {
        Map<String, Optional<Conversation>> talks = new HashMap<>();
        Map<WorkspaceId, Optional<Workspace>> places = new HashMap<>();
        List<Result> results = new ArrayList<>();
        for (SaidIndex.Hit hit : hits) {
            Conversation talk = talks.computeIfAbsent(
                            hit.conversation(), id -> conversations.find(ConversationId.parse(id)))
                    .orElse(null);
            Workspace workspace = talk == null
                    ? null
                    : places.computeIfAbsent(talk.workspaceId(), workspaces::find)
                            .orElse(null);
            if (talk != null && workspace != null) {
                shown(asked, hit, talk, workspace).ifPresent(results::add);
            }
        }
        return results;
    }

    private Optional<Result> shown(Asked asked, SaidIndex.Hit hit, Conversation talk, Workspace workspace) {
        if (hit.seq() == 0) {
            String names = String.join(
                    " · ",
                    workspace.name() == null
                            ? List.of(talk.title(), workspace.id().value())
                            : List.of(
                                    talk.title(),
                                    workspace.name(),
                                    workspace.id().value()));
            Saying title = new Saying(Saying.Kind.TITLE, null, null, names, talk.updatedAt());
            return Optional.of(result(asked, title, talk, workspace, 0, 0));
        }
        return conversations.eventsAfter(talk.id(), hit.seq() - 1, 1).stream()
                .filter(event -> event.seq() == hit.seq())
                .findFirst()
                .flatMap((StoredEvent event) -> Saying.in(event)
                        .map(said -> result(asked, said, talk, workspace, place(talk, said, hit.seq()), hit.seq())));
    }

    private long place(Conversation talk, Saying said, long seq) {
        return said.messageId() == null
                ? seq
                : records.place(talk.id().value(), said.messageId(), seq).orElse(seq);
    }

    private static Result result(
            Asked asked, Saying said, Conversation talk, Workspace workspace, long seq, long saidSeq) {
        Snippet snippet = Snippet.of(said.text(), asked);
        String by = said.kind() == Saying.Kind.TITLE ? null : said.by() == null ? talk.agent() : said.by();
        return new Result(
                said.kind().word(),
                workspace,
                talk,
                seq,
                saidSeq,
                by,
                said.at(),
                snippet.text(),
                snippet.ranges(),
                snippet.cutBefore(),
                snippet.cutAfter());
    }
}
