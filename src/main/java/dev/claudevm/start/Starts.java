package dev.claudevm.start;

import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.conversation.Outbox;
import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.NewWorkspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Begins work: one call makes what the first message needs, and the message waits for it. */
@Service
class Starts {

    private final WorkspaceService workspaces;
    private final ConversationService conversations;
    private final Outbox outbox;

    Starts(WorkspaceService workspaces, ConversationService conversations, Outbox outbox) {
        this.workspaces = workspaces;
        this.conversations = conversations;
        this.outbox = outbox;
    }

    /**
     * @param inside the workspace to talk in; null: a new one
     * @param wanted what to make when there is none
     * @return the conversation, its first message stored
     * @throws Problem when something asked for makes no sense; then nothing was made
     */
    Conversation begin(
            String message,
            @Nullable WorkspaceId inside,
            NewWorkspace wanted,
            NewConversation conversation,
            String by) {
        if (message.isBlank()) {
            throw Problem.invalid("Nothing was said.", "Say what should be done; one sentence is enough.");
        }
        WorkspaceId workspace = inside == null
                ? workspaces.create(wanted).id()
                : workspaces.get(inside).id();
        Conversation made = conversations.create(workspace, conversation);
        outbox.say(made.id(), UUID.randomUUID().toString(), message, false, List.of(), by);
        return made;
    }
}
