package dev.claudevm.files;

import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * What a workspace's files were at a checkpoint, and what differs. Parameters and answers are the bridge's: section 2 of the
 * architecture. Restoring is a command of a conversation.
 */
@RestController
@RequestMapping("/api/v1")
class CheckpointsApi {

    private static final Pattern CHECKPOINT = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final Relay relay;
    private final ConversationService conversations;

    CheckpointsApi(Relay relay, ConversationService conversations) {
        this.relay = relay;
        this.conversations = conversations;
    }

    @GetMapping("/conversations/{id}/checkpoints")
    void list(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        Conversation conversation = conversations.get(ConversationId.parse(id));
        relay.pass(
                conversation.workspaceId().value(),
                "/conversations/" + Relay.encoded(conversation.id().value()) + "/checkpoints",
                request,
                response);
    }

    @GetMapping("/workspaces/{id}/checkpoints/{checkpoint}/changes")
    void changes(
            @PathVariable String id,
            @PathVariable String checkpoint,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        relay.pass(id, path(checkpoint) + "/changes", request, response);
    }

    @GetMapping("/workspaces/{id}/checkpoints/{checkpoint}/diff")
    void diff(
            @PathVariable String id,
            @PathVariable String checkpoint,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        relay.pass(id, path(checkpoint) + "/diff", request, response);
    }

    @GetMapping("/workspaces/{id}/checkpoints/{checkpoint}/file")
    void file(
            @PathVariable String id,
            @PathVariable String checkpoint,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        relay.pass(id, path(checkpoint) + "/file", request, response);
    }

    @GetMapping("/workspaces/{id}/checkpoints/{checkpoint}/left-out")
    void leftOut(
            @PathVariable String id,
            @PathVariable String checkpoint,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        relay.pass(id, path(checkpoint) + "/left-out", request, response);
    }

    private static String path(String checkpoint) {
        if (!CHECKPOINT.matcher(checkpoint).matches()) {
            throw Problem.unknown("There is no such checkpoint.", "Use one that the conversation lists.");
        }
        return "/checkpoints/" + checkpoint;
    }
}
