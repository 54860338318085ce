package dev.claudevm.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a person wants of a conversation. Each has an id made by the client; the bridge takes an id once and answers a
 * repeated one like the first. {@code by} is the user's name.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Command.Enqueue.class, name = "enqueue"),
    @JsonSubTypes.Type(value = Command.Edit.class, name = "edit"),
    @JsonSubTypes.Type(value = Command.Move.class, name = "move"),
    @JsonSubTypes.Type(value = Command.Withdraw.class, name = "withdraw"),
    @JsonSubTypes.Type(value = Command.SayNow.class, name = "say-now"),
    @JsonSubTypes.Type(value = Command.AnswerApproval.class, name = "answer-approval"),
    @JsonSubTypes.Type(value = Command.AnswerQuestion.class, name = "answer-question"),
    @JsonSubTypes.Type(value = Command.Interrupt.class, name = "interrupt"),
    @JsonSubTypes.Type(value = Command.SetMode.class, name = "set-mode"),
    @JsonSubTypes.Type(value = Command.Pause.class, name = "pause"),
    @JsonSubTypes.Type(value = Command.Resume.class, name = "resume"),
    @JsonSubTypes.Type(value = Command.Restore.class, name = "restore")
})
public sealed interface Command {

    /** @return unique in the conversation, made by the client (a UUID) */
    String id();

    String by();

    /** The command's id is the message's id. {@code now} asks that it be said to the running turn. */
    record Enqueue(String id, String text, boolean now, List<EventBody.Attachment> attachments, String by)
            implements Command {}

    record Edit(String id, String messageId, String text, String by) implements Command {}

    record Move(String id, String messageId, @Nullable String before, String by) implements Command {}

    record Withdraw(String id, String messageId, String by) implements Command {}

    record SayNow(String id, String messageId, String by) implements Command {}

    /** @param message why it was denied, told to the agent; may be null */
    record AnswerApproval(
            String id,
            String approvalId,
            EventBody.Decision decision,
            @Nullable String message,
            String by) implements Command {}

    /** @param answers question text to chosen labels (joined by ", ") or free text */
    record AnswerQuestion(String id, String questionId, Map<String, String> answers, String by) implements Command {}

    record Interrupt(String id, String by) implements Command {}

    record SetMode(String id, String mode, String by) implements Command {}

    record Pause(String id, String by) implements Command {}

    record Resume(String id, String by) implements Command {}

    /**
     * Brings the project's files to a checkpoint. The state before becomes one, so that it can be taken back.
     *
     * @param path file or folder that is restored, as events and the API write paths; null: everything
     * @param hunk the only change of that file that is taken back; null: all of them
     */
    record Restore(
            String id,
            String checkpointId,
            @Nullable String path,
            @Nullable Hunk hunk,
            String by) implements Command {

        public Restore(String id, String checkpointId, @Nullable String path, String by) {
            this(id, checkpointId, path, null, by);
        }
    }
}
