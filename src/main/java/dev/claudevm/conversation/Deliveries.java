package dev.claudevm.conversation;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.workspace.WorkspaceId;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings what is in the outbox to the bridges: a worker per workspace, in order of arrival, each command again and again
 * until the bridge answered. The bridge takes an id once, so doing it twice is harmless.
 */
@Component
class Deliveries {

    private static final Logger log = LoggerFactory.getLogger(Deliveries.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final CommandRepository commands;
    private final ConversationRepository conversations;
    private final RequestRepository requests;
    private final Agents agents;
    private final Arrivals arrivals;
    private final Gateway gateway;
    private final Feed feed;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final Map<WorkspaceId, Worker> workers = new ConcurrentHashMap<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closed;

    Deliveries(
            CommandRepository commands,
            ConversationRepository conversations,
            RequestRepository requests,
            Agents agents,
            Arrivals arrivals,
            Gateway gateway,
            Feed feed,
            TransactionTemplate transaction,
            Clock clock) {
        this.commands = commands;
        this.conversations = conversations;
        this.requests = requests;
        this.agents = agents;
        this.arrivals = arrivals;
        this.gateway = gateway;
        this.feed = feed;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** Guarded by the map's lock on its key. */
    private static final class Worker {
        private boolean again;
        private @Nullable Thread thread;
    }

    /** There is something to deliver, or the bridge is here. */
    void wake(WorkspaceId id) {
        workers.compute(id, (key, worker) -> {
            if (worker != null || closed) {
                if (worker != null) {
                    worker.again = true;
                }
                return worker;
            }
            Worker fresh = new Worker();
            fresh.thread = Thread.ofVirtual().name("outbox-" + id).start(() -> run(id, fresh));
            return fresh;
        });
    }

    /** Waits for the commands that are being delivered, a moment at most: what is not answered is delivered again. */
    void close() {
        closed = true;
        ended.countDown();
        for (Worker worker : workers.values()) {
            Thread running = worker.thread;
            if (running != null) {
                Endings.await(running);
            }
        }
    }

    private void run(WorkspaceId id, Worker worker) {
        do {
            try {
                deliverAll(id);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                log.error("{}: its outbox failed", id, e);
            }
        } while (workers.compute(id, (key, current) -> {
                    boolean again = worker.again && !closed;
                    worker.again = false;
                    return again ? worker : null;
                })
                != null);
    }

    /** Until nothing is left, or the bridge is gone: its return wakes a worker again. */
    private void deliverAll(WorkspaceId id) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        // Those that the bridge gets when their agent has arrived, which wakes a worker again.
        Set<String> later = new HashSet<>();
        while (!closed) {
            Optional<CommandRepository.Next> next = next(id, later);
            Optional<BridgeClient> bridge = gateway.bridge(id.value());
            if (next.isEmpty() || bridge.isEmpty()) {
                return;
            }
            if (deliver(next.get(), bridge.get(), later)) {
                pause = FIRST_PAUSE;
            } else {
                if (ended.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
    }

    /** Messages to an agent that cannot work stay here, where nothing can lose them and the page says why. */
    private Optional<CommandRepository.Next> next(WorkspaceId id, Set<String> later) {
        Set<String> held = new HashSet<>();
        while (true) {
            Optional<CommandRepository.Next> next = commands.next(id, held, later);
            if (next.isEmpty()
                    || !(next.get().command() instanceof Command.Enqueue)
                    || (arrivals.isThere(id, next.get().agent())
                            && agents.need(next.get().agent()).isEmpty())) {
                return next;
            }
            held.add(next.get().agent());
        }
    }

    /** @return false: try again */
    private boolean deliver(CommandRepository.Next next, BridgeClient bridge, Set<String> later) {
        ConversationId id = next.conversationId();
        commands.delivering(next.position());
        if (next.attempts() == 0) {
            feed.publishPending(id);
        }
        try {
            CommandResult result = bridge.send(id.value(), next.command());
            if (next.command() instanceof Command.Enqueue said) {
                CrashPoint.AFTER_DELIVERY.reached(said.text());
            }
            answered(next, result.outcome() == CommandResult.Outcome.TAKEN, result.why());
            return true;
        } catch (BridgeException e) {
            return switch (e.kind()) {
                case REFUSED -> {
                    answered(next, false, e.getMessage());
                    yield true;
                }
                case UNKNOWN -> open(next, bridge, later);
                case UNREACHABLE -> {
                    log.info(
                            "{}: command {} not delivered yet: {}",
                            id,
                            next.command().id(),
                            e.getMessage());
                    commands.waits(next.position(), String.valueOf(e.getMessage()));
                    yield false;
                }
            };
        }
    }

    /** The workspace was made anew, or the conversation has not come to it yet. */
    private boolean open(CommandRepository.Next next, BridgeClient bridge, Set<String> later) {
        Conversation conversation = conversations.find(next.conversationId()).orElse(null);
        if (conversation == null) {
            return false;
        }
        List<Bridge.AgentSpec> specs = agents.specs().stream()
                .filter(spec -> spec.name().equals(conversation.agent()))
                .toList();
        if (!specs.isEmpty() && !arrivals.isThere(conversation.workspaceId(), conversation.agent())) {
            later.add(conversation.id().value());
            return true;
        }
        try {
            // This one may have come home a moment ago, and know nobody yet.
            bridge.addAgents(specs);
            bridge.open(spec(conversation));
            return next.attempts() < 3;
        } catch (BridgeException e) {
            if (e.kind() == BridgeException.Kind.REFUSED) {
                answered(next, false, e.getMessage());
                return true;
            }
            return false;
        }
    }

    static Bridge.ConversationSpec spec(Conversation conversation) {
        return new Bridge.ConversationSpec(
                conversation.id().value(),
                conversation.agent(),
                conversation.mode(),
                conversation.title().isEmpty() ? null : conversation.title());
    }

    private void answered(CommandRepository.Next next, boolean taken, @Nullable String why) {
        transaction.executeWithoutResult(status -> {
            commands.answered(next.position(), taken, why, clock.instant());
            if (!taken) {
                requests.release(next.conversationId(), next.command().id());
            }
        });
        feed.publishPending(next.conversationId());
        feed.publishOverview();
    }
}
