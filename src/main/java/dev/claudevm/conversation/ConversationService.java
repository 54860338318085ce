package dev.claudevm.conversation;

import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Command;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Conversations for whoever asks: views, REST, live streams. What people say to them goes through {@link Outbox}. */
@Service
public class ConversationService {

    private static final int MAX_PAGE = 1000;
    private static final int MAX_TITLE_CHARS = 200;
    private static final Duration REFUSED_SHOWN = Duration.ofHours(1);

    private final ConversationRepository conversations;
    private final EventRepository events;
    private final RequestRepository requests;
    private final QueueRepository queue;
    private final CommandRepository commands;
    private final JournalStore journals;
    private final WorkspaceService workspaces;
    private final Agents agents;
    private final Arrivals arrivals;
    private final Mirror mirror;
    private final Feed feed;
    private final Clock clock;

    ConversationService(
            ConversationRepository conversations,
            EventRepository events,
            RequestRepository requests,
            QueueRepository queue,
            CommandRepository commands,
            JournalStore journals,
            WorkspaceService workspaces,
            Agents agents,
            Arrivals arrivals,
            Mirror mirror,
            Feed feed,
            Clock clock) {
        this.conversations = conversations;
        this.events = events;
        this.requests = requests;
        this.queue = queue;
        this.commands = commands;
        this.journals = journals;
        this.workspaces = workspaces;
        this.agents = agents;
        this.arrivals = arrivals;
        this.mirror = mirror;
        this.feed = feed;
        this.clock = clock;
    }

    /**
     * Makes a conversation; the workspace need not run.
     *
     * @throws Problem when the workspace is unknown or deleted, or there is no such agent or mode
     */
    public Conversation create(WorkspaceId workspaceId, NewConversation asked) {
        ConversationId id = insert(workspaceId, asked);
        opened(id);
        return get(id);
    }

    /**
     * Makes one in which something is said at once, in the caller's transaction; {@link #opened} after it.
     *
     * @param messageId made by the client
     * @param by the user's name
     * @throws Problem as {@link #create} and {@link Outbox#say}
     */
    public ConversationId open(
            WorkspaceId workspaceId, NewConversation asked, String messageId, String text, String by) {
        Admission.text(text, true);
        ConversationId id = insert(workspaceId, asked);
        Command said = new Command.Enqueue(Admission.id(messageId), text, false, List.of(), by);
        commands.insert(id, workspaceId, said, Written.of(said), clock.instant());
        conversations.title(id, Titles.of(text));
        return id;
    }

    /** It is there for everybody: its agent is prepared, and whoever lists conversations is told. */
    public void opened(ConversationId id) {
        Conversation made = get(id);
        agents.prepare(made.agent());
        mirror.added(made.workspaceId());
        feed.publishOverview();
    }

    private ConversationId insert(WorkspaceId workspaceId, NewConversation asked) {
        Workspace workspace = workspaces.get(workspaceId);
        if (workspace.state() == WorkspaceState.DELETED) {
            throw Problem.conflict(
                    "Workspace \"" + workspaceId + "\" is deleted.", "Make a new one of the same project.");
        }
        Agents.KnownAgent agent = agent(asked.agent());
        String mode = asked.mode() == null || asked.mode().isBlank() ? null : asked.mode();
        if (mode != null && agent.modes().stream().noneMatch(known -> known.id().equals(mode))) {
            throw Problem.invalid(
                    agent.label() + " has no mode \"" + mode + "\".",
                    agent.modes().isEmpty()
                            ? "Leave \"mode\" out."
                            : "Use one of: "
                                    + agent.modes().stream()
                                            .map(Agents.Mode::id)
                                            .collect(Collectors.joining(", ")) + ".");
        }
        String title = asked.title() == null || asked.title().isBlank()
                ? null
                : asked.title().strip();
        if (title != null && title.length() > MAX_TITLE_CHARS) {
            throw Problem.invalid("That title is too long.", "Use at most " + MAX_TITLE_CHARS + " characters.");
        }
        ConversationId id = ConversationId.fresh();
        conversations.insert(id, workspaceId, agent.name(), mode, title, clock.instant());
        return id;
    }

    /** @throws Problem when there is none */
    public Conversation get(ConversationId id) {
        return find(id).orElseThrow(() -> ConversationId.unknown(id.value()));
    }

    public Optional<Conversation> find(ConversationId id) {
        return conversations.find(id);
    }

    /**
     * @return oldest first
     * @throws Problem when the workspace is unknown
     */
    public List<Conversation> of(WorkspaceId workspace) {
        Workspace known = workspaces.get(workspace);
        return conversations.of(known.id());
    }

    /** @return those of all workspaces that are not deleted, the ones with news first */
    public List<Conversation> all() {
        return conversations.alive();
    }

    /** @return the number of the newest event in the mirror; 0: none */
    public long lastSeq(ConversationId id) {
        return conversations.lastSeq(id);
    }

    /**
     * Puts events into the mirror that it had once and has lost. What it has already stays as it is.
     *
     * @param agent of the conversation, which is made anew when it is not known
     * @param title "": it had none
     * @param events consecutive lines of its journal
     * @return the number of the newest event in the mirror
     * @throws IOException when that is no part of its journal, or not the next one
     */
    public long bringBack(
            WorkspaceId workspace,
            ConversationId id,
            String agent,
            @Nullable String mode,
            String title,
            List<String> events)
            throws IOException {
        if (conversations.find(id).isEmpty()) {
            conversations.insert(id, workspace, agent, mode, title.isEmpty() ? null : title, clock.instant());
        }
        try {
            List<JournalStore.Incoming> batch = new ArrayList<>();
            for (String event : events) {
                batch.add(journals.parse(event));
            }
            long last = batch.isEmpty() ? lastSeq(id) : journals.append(id, batch);
            feed.publishEvents(id, last);
            feed.publishConversation(id);
            return last;
        } catch (JournalStore.BrokenJournal e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** @return at most {@code limit} (1 … 1,000) events after that number, in order */
    public List<StoredEvent> eventsAfter(ConversationId id, long after, int limit) {
        return events.after(id, after, Math.clamp(limit, 1, MAX_PAGE));
    }

    /** @return the last {@code limit} (1 … 1,000) events before that number, in order */
    public List<StoredEvent> eventsBefore(ConversationId id, long before, int limit) {
        return events.before(id, before, Math.clamp(limit, 1, MAX_PAGE));
    }

    /** @return open ones of all workspaces, oldest first */
    public List<OpenRequest.Approval> approvals() {
        return requests.approvals();
    }

    /** @return open ones of all workspaces, oldest first */
    public List<OpenRequest.Question> questions() {
        return requests.questions();
    }

    /** @return what the bridge does not have yet, and what it refused within the last hour, in order */
    public List<Pending> pending(ConversationId id) {
        List<Pending> pending = commands.pending(id, clock.instant().minus(REFUSED_SHOWN));
        if (pending.stream().noneMatch(Pending::waits)) {
            return pending;
        }
        return need(get(id))
                .map(need -> pending.stream()
                        .map(one -> one.waits() ? one.because(need.text()) : one)
                        .toList())
                .orElse(pending);
    }

    /** @return what keeps the conversation's agent from working */
    public Optional<Agents.Need> need(Conversation conversation) {
        return arrivals.need(conversation.workspaceId(), conversation.agent());
    }

    /** @return conversations in which a message waits for something that only a person can give the agent */
    public Map<ConversationId, Agents.Need> blocked() {
        Map<String, Optional<Agents.Need>> needs = new HashMap<>();
        Map<ConversationId, Agents.Need> blocked = new HashMap<>();
        for (CommandRepository.Undelivered waiting : commands.undelivered()) {
            needs.computeIfAbsent(waiting.agent(), agents::need)
                    .or(() -> arrivals.need(waiting.workspace(), waiting.agent()))
                    .filter(need -> !need.passing())
                    .ifPresent(need -> blocked.put(waiting.conversation(), need));
        }
        return blocked;
    }

    /** @return what waits in the workspace's queue, the next one first */
    public List<Waiting> waiting(Conversation conversation) {
        return conversation.queued() == 0 ? List.of() : queue.waiting(conversation.id());
    }

    /** A person has looked at it up to that event. */
    public void seen(ConversationId id, long seq) {
        get(id);
        conversations.seen(id, seq);
        feed.publishConversation(id);
    }

    private Agents.KnownAgent agent(@Nullable String name) {
        List<Agents.KnownAgent> enabled = agents.enabled();
        if (name == null || name.isBlank()) {
            return enabled.stream()
                    .findFirst()
                    .orElseThrow(() ->
                            Problem.invalid("This server has no agent.", "Enable one in config.yaml: agents.enabled."));
        }
        return agents.find(name)
                .orElseThrow(() -> Problem.invalid(
                        "There is no agent \"" + name + "\" on this server.",
                        "Use one of: "
                                + enabled.stream().map(Agents.KnownAgent::name).collect(Collectors.joining(", "))
                                + "."));
    }
}
