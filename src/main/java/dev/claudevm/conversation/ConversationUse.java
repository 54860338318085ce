package dev.claudevm.conversation;

import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceUse;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.springframework.stereotype.Component;

/** A workspace is needed while an agent works in it or asks something, and while something that was said waits for it. */
@Component
class ConversationUse implements WorkspaceUse {

    private final ConversationRepository conversations;
    private final CommandRepository commands;

    ConversationUse(ConversationRepository conversations, CommandRepository commands) {
        this.conversations = conversations;
        this.commands = commands;
    }

    @Override
    public Need of(WorkspaceId workspace) {
        List<Conversation> all = conversations.of(workspace);
        Instant last = all.stream()
                .map(Conversation::updatedAt)
                .max(Comparator.naturalOrder())
                .orElse(null);
        for (Conversation conversation : all) {
            switch (conversation.state()) {
                case WORKING -> {
                    return new Need("an agent works", last);
                }
                case NEEDS_YOU -> {
                    return new Need("an agent asks something", last);
                }
                case IDLE, FAILED -> {
                    if (conversation.queued() > 0 && !conversation.paused()) {
                        return new Need("messages wait", last);
                    }
                }
            }
        }
        boolean undelivered = commands.waiting().stream()
                .anyMatch(waiting -> waiting.workspace().equals(workspace));
        return new Need(undelivered ? "messages wait" : null, last);
    }
}
