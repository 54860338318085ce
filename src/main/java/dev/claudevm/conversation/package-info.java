/**
 * Conversations: the mirror of the journals, the outbox of what people said, open approvals and questions. Others come in
 * through {@link dev.claudevm.conversation.ConversationService} and listen to {@link dev.claudevm.conversation.Feed}.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.conversation;
