package dev.claudevm.conversation;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Hunk;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Where everything that a person says is written down before it is acknowledged (table {@code command}). A repeated id is
 * answered like the first; the same id with another meaning is a conflict.
 */
@Service
public class Outbox {

    private static final int MAX_ANSWER_CHARS = 20_000;

    private final ConversationRepository conversations;
    private final CommandRepository commands;
    private final RequestRepository requests;
    private final WorkspaceService workspaces;
    private final Agents agents;
    private final Deliveries deliveries;
    private final Feed feed;
    private final TransactionTemplate transaction;
    private final Clock clock;

    Outbox(
            ConversationRepository conversations,
            CommandRepository commands,
            RequestRepository requests,
            WorkspaceService workspaces,
            Agents agents,
            Deliveries deliveries,
            Feed feed,
            TransactionTemplate transaction,
            Clock clock) {
        this.conversations = conversations;
        this.commands = commands;
        this.requests = requests;
        this.workspaces = workspaces;
        this.agents = agents;
        this.deliveries = deliveries;
        this.feed = feed;
        this.transaction = transaction;
        this.clock = clock;
    }

    /**
     * Says something: it becomes a turn when the queue comes to it.
     *
     * @param messageId made by the client
     * @param now to the running turn, where the agent can
     * @param by the user's name
     * @throws Problem when the conversation is unknown, the text empty or too long, the attachments too large, or the id was
     *     used for something else
     */
    public Receipt say(
            ConversationId id,
            String messageId,
            String text,
            boolean now,
            List<EventBody.Attachment> attachments,
            String by) {
        Admission.text(text, attachments.isEmpty());
        Admission.attachments(attachments);
        return put(id, new Command.Enqueue(Admission.id(messageId), text, now, attachments, by));
    }

    public Receipt edit(ConversationId id, String commandId, String messageId, String text, String by) {
        Admission.text(text, true);
        return put(id, new Command.Edit(Admission.id(commandId), Admission.id(messageId), text, by));
    }

    /** @param before null: the end of the queue */
    public Receipt move(ConversationId id, String commandId, String messageId, @Nullable String before, String by) {
        return put(
                id,
                new Command.Move(
                        Admission.id(commandId),
                        Admission.id(messageId),
                        before == null ? null : Admission.id(before),
                        by));
    }

    public Receipt sayNow(ConversationId id, String commandId, String messageId, String by) {
        return put(id, new Command.SayNow(Admission.id(commandId), Admission.id(messageId), by));
    }

    public Receipt withdraw(ConversationId id, String commandId, String messageId, String by) {
        return put(id, new Command.Withdraw(Admission.id(commandId), Admission.id(messageId), by));
    }

    public Receipt interrupt(ConversationId id, String commandId, String by) {
        return put(id, new Command.Interrupt(Admission.id(commandId), by));
    }

    public Receipt pause(ConversationId id, String commandId, String by) {
        return put(id, new Command.Pause(Admission.id(commandId), by));
    }

    public Receipt resume(ConversationId id, String commandId, String by) {
        return put(id, new Command.Resume(Admission.id(commandId), by));
    }

    /** @throws Problem also when the conversation's agent has no such mode */
    public Receipt mode(ConversationId id, String commandId, String mode, String by) {
        Conversation conversation = conversations.find(id).orElseThrow(() -> ConversationId.unknown(id.value()));
        boolean known = agents.find(conversation.agent())
                .map(agent -> agent.modes().stream().anyMatch(m -> m.id().equals(mode)))
                .orElse(false);
        if (!known) {
            throw Problem.invalid(
                    "This agent has no mode \"" + mode + "\".", "Use one of the modes that the conversation lists.");
        }
        return put(id, new Command.SetMode(Admission.id(commandId), mode, by));
    }

    /**
     * Brings the workspace's files to a checkpoint.
     *
     * @param path file or folder; null: everything
     * @param hunk the only change of that file that is taken back; null: all of them
     * @throws Problem also when checkpoint or path cannot be one; what the workspace does not have is told as a refused command
     */
    public Receipt restore(
            ConversationId id,
            String commandId,
            @Nullable String checkpointId,
            @Nullable String path,
            @Nullable Hunk hunk,
            String by) {
        return put(
                id,
                new Command.Restore(
                        Admission.id(commandId),
                        Admission.checkpoint(checkpointId),
                        Admission.path(path),
                        Admission.hunk(hunk, path),
                        by));
    }

    /**
     * Decides over an approval. The first answer wins.
     *
     * @param message why it was denied, told to the agent
     * @throws Problem when it is unknown, or somebody answered before
     */
    public Receipt answerApproval(
            String approvalId, String commandId, EventBody.Decision decision, @Nullable String message, String by) {
        if (message != null && message.length() > MAX_ANSWER_CHARS) {
            throw Problem.tooLarge("That reason is too long.", "Use at most 20,000 characters.");
        }
        return answer(
                approvalId,
                true,
                new Command.AnswerApproval(Admission.id(commandId), approvalId, decision, message, by));
    }

    /**
     * Answers a question. The first answer wins.
     *
     * @param answers question text to chosen labels (joined by ", ") or free text
     * @throws Problem when it is unknown, or somebody answered before
     */
    public Receipt answerQuestion(String questionId, String commandId, Map<String, String> answers, String by) {
        if (answers.containsValue(null)) {
            throw Problem.malformed(
                    "The field \"answers\" must be an object of texts.", "Leave out what has no answer.");
        }
        int chars = answers.entrySet().stream()
                .mapToInt(e -> e.getKey().length() + e.getValue().length())
                .sum();
        if (answers.isEmpty() || chars > MAX_ANSWER_CHARS) {
            throw Problem.invalid(
                    "There is no answer, or it is too long.", "Answer each question, with at most 20,000 characters.");
        }
        return answer(questionId, false, new Command.AnswerQuestion(Admission.id(commandId), questionId, answers, by));
    }

    private Receipt answer(String requestId, boolean approval, Command command) {
        RequestRepository.Standing first = inTransaction(() -> requests.lock(requestId))
                .filter(standing -> standing.approval() == approval)
                .orElseThrow(() -> unknownRequest(approval));
        return put(first.conversationId(), command, () -> {
            RequestRepository.Standing standing = requests.lock(requestId).orElseThrow(() -> unknownRequest(approval));
            String other = standing.resolved() ? standing.resolvedBy() : standing.answerBy();
            if (standing.resolved() || standing.answerId() != null) {
                throw Problem.conflict(
                        "It was answered by " + other + ".", "Nothing; the conversation shows the answer.");
            }
            requests.claim(requestId, command.id(), command.by());
        });
    }

    private Receipt put(ConversationId id, Command command) {
        return put(id, command, () -> {});
    }

    private Receipt put(ConversationId id, Command command, Runnable inTheSameTransaction) {
        Conversation conversation = conversations.find(id).orElseThrow(() -> ConversationId.unknown(id.value()));
        Written written = Written.of(command);
        Optional<Receipt> repeated = repeated(id, command, written);
        if (repeated.isPresent()) {
            return repeated.get();
        }
        Workspace workspace = workspaces.get(conversation.workspaceId());
        if (workspace.state() == WorkspaceState.DELETED) {
            throw Problem.conflict(
                    "Workspace \"" + workspace.id() + "\" is deleted.",
                    "Bring it back first: claude-vm workspace up " + workspace.id() + ".");
        }
        Instant now = clock.instant();
        try {
            CrashPoint.BEFORE_STORE.reached(written.text());
            var _ = inTransaction(() -> {
                inTheSameTransaction.run();
                commands.insert(id, workspace.id(), command, written, now);
                CrashPoint.BEFORE_COMMIT.reached(written.text());
                return Optional.of(command);
            });
            CrashPoint.AFTER_COMMIT.reached(written.text());
        } catch (DuplicateKeyException sameRequestAtTheSameTime) {
            return repeated(id, command, written).orElseThrow(() -> sameRequestAtTheSameTime);
        } catch (Problem claimed) {
            // The same answer, sent twice at the same time, must not be told that somebody else was faster.
            return repeated(id, command, written).orElseThrow(() -> claimed);
        }
        if (command instanceof Command.Enqueue said) {
            agents.prepare(conversation.agent());
            conversations.title(id, Titles.of(said.text()));
        }
        feed.publishPending(id);
        feed.publishConversation(id);
        workspaces.startFor(workspace.id(), now);
        deliveries.wake(workspace.id());
        return new Receipt(command.id(), "stored");
    }

    private Optional<Receipt> repeated(ConversationId id, Command command, Written written) {
        return commands.find(id, command.id()).map(known -> {
            if (!known.digest().equals(written.digest())) {
                throw Problem.conflict(
                        "The id " + command.id() + " was used for something else.",
                        "Make a new id for each thing that is said.");
            }
            return new Receipt(command.id(), known.state());
        });
    }

    private <T> Optional<T> inTransaction(java.util.function.Supplier<Optional<T>> work) {
        Optional<T> result = transaction.execute(status -> work.get());
        return result == null ? Optional.empty() : result;
    }

    private static Problem unknownRequest(boolean approval) {
        return Problem.unknown(
                approval ? "There is no such approval." : "There is no such question.",
                "See the open ones in the inbox.");
    }
}
