package dev.claudevm.conversation;

import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceUse;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A workspace is needed while an agent works in it or asks something, and while something that was said waits for it. */
@Component
class ConversationUse implements WorkspaceUse {

    private final ConversationRepository conversations;
    private final CommandRepository commands;
    private final Clock clock;

    ConversationUse(ConversationRepository conversations, CommandRepository commands, Clock clock) {
        this.conversations = conversations;
        this.commands = commands;
        this.clock = clock;
    }

    @Override
    public @Nullable Instant lastNeeded(WorkspaceId workspace) {
        List<Conversation> all = conversations.of(workspace);
        boolean now = all.stream().anyMatch(ConversationUse::needsIt)
                || commands.waiting().stream()
                        .anyMatch(waiting -> waiting.workspace().equals(workspace));
        return now
                ? clock.instant()
                : all.stream()
                        .map(Conversation::updatedAt)
                        .max(Comparator.naturalOrder())
                        .orElse(null);
    }

    private static boolean needsIt(Conversation conversation) {
        return switch (conversation.state()) {
            case WORKING, NEEDS_YOU -> true;
            case IDLE, FAILED -> conversation.queued() > 0 && !conversation.paused();
        };
    }
}
