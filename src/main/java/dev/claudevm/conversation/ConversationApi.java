package dev.claudevm.conversation;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Hunk;
import dev.claudevm.workspace.WorkspaceId;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** Conversations over REST. Every write is stored before it is answered; a repeated id is answered like the first. */
@RestController
@RequestMapping("/api/v1")
class ConversationApi {

    private final ConversationService conversations;
    private final Outbox outbox;
    private final Gateway gateway;

    ConversationApi(ConversationService conversations, Outbox outbox, Gateway gateway) {
        this.conversations = conversations;
        this.outbox = outbox;
        this.gateway = gateway;
    }

    /** A conversation in a list. */
    record View(
            String id,
            String workspaceId,
            String agent,
            @Nullable String mode,
            String title,
            String state,
            long lastSeq,
            int queued,
            @Nullable String line) {

        static View of(Conversation c) {
            return new View(
                    c.id().value(),
                    c.workspaceId().value(),
                    c.agent(),
                    c.mode(),
                    c.title(),
                    c.state().word(),
                    c.lastSeq(),
                    c.queued(),
                    c.line());
        }
    }

    @GetMapping("/workspaces/{id}/conversations")
    Map<String, List<View>> list(@PathVariable String id) {
        return Map.of(
                "conversations",
                conversations.of(WorkspaceId.parse(id)).stream().map(View::of).toList());
    }

    @PostMapping("/workspaces/{id}/conversations")
    @ResponseStatus(HttpStatus.CREATED)
    View create(@PathVariable String id, @RequestBody(required = false) @Nullable NewConversation wanted) {
        return View.of(conversations.create(
                WorkspaceId.parse(id), wanted == null ? new NewConversation(null, null, null) : wanted));
    }

    /** {@code after}: the next ones in order; {@code before}: the last ones before it. */
    @GetMapping(path = "/conversations/{id}/events", produces = MediaType.APPLICATION_JSON_VALUE)
    void events(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "0") long after,
            @RequestParam(defaultValue = "200") int limit,
            HttpServletResponse response)
            throws IOException {
        Conversation conversation = conversations.get(ConversationId.parse(id));
        List<StoredEvent> page = before == null
                ? conversations.eventsAfter(conversation.id(), after, limit)
                : conversations.eventsBefore(conversation.id(), before, limit);
        StringBuilder json = new StringBuilder("{\"events\":[");
        for (int i = 0; i < page.size(); i++) {
            json.append(i == 0 ? "" : ",").append(page.get(i).json());
        }
        json.append("],\"last\":").append(conversation.lastSeq()).append('}');
        response.setContentType("application/json;charset=UTF-8");
        response.getWriter().write(json.toString());
    }

    /** @param when {@code queue} or {@code now} */
    record Message(
            @Nullable String text,
            @Nullable String when,
            @Nullable List<EventBody.Attachment> attachments) {}

    @PutMapping("/conversations/{id}/messages/{messageId}")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt say(@PathVariable String id, @PathVariable String messageId, @RequestBody Message said, Principal user) {
        return outbox.say(
                ConversationId.parse(id),
                messageId,
                said.text() == null ? "" : said.text(),
                now(said.when()),
                said.attachments() == null ? List.of() : said.attachments(),
                user.getName());
    }

    private static boolean now(@Nullable String when) {
        if (when == null || when.equals("queue")) {
            return false;
        }
        if (when.equals("now")) {
            return true;
        }
        throw Problem.invalid("\"when\" is neither \"queue\" nor \"now\".", "Leave it out to queue the message.");
    }

    /** One of {@code text} (edit), {@code before} (move; null: to the end) and {@code when: now} (say it now). */
    @PatchMapping("/conversations/{id}/messages/{messageId}")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt change(
            @PathVariable String id, @PathVariable String messageId, @RequestBody JsonNode change, Principal user) {
        ConversationId conversation = ConversationId.parse(id);
        String command = text(change, "id");
        if (change.has("text")) {
            return outbox.edit(conversation, command, messageId, text(change, "text"), user.getName());
        }
        if (change.has("before")) {
            String before = change.get("before").isNull() ? null : text(change, "before");
            return outbox.move(conversation, command, messageId, before, user.getName());
        }
        if (change.has("when") && now(text(change, "when"))) {
            return outbox.sayNow(conversation, command, messageId, user.getName());
        }
        throw Problem.malformed(
                "Nothing is to be changed.", "Send \"text\", \"before\" or \"when\": \"now\", besides \"id\".");
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.get(field);
        if (value == null || !value.isString()) {
            throw Problem.malformed(
                    "The field \"" + field + "\" is missing or no text.", "See /api/v1/openapi for what is expected.");
        }
        return value.stringValue();
    }

    @DeleteMapping("/conversations/{id}/messages/{messageId}")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt withdraw(
            @PathVariable String id,
            @PathVariable String messageId,
            @RequestParam(name = "id") String command,
            Principal user) {
        return outbox.withdraw(ConversationId.parse(id), command, messageId, user.getName());
    }

    /** @param id made by the client */
    record Named(String id) {}

    @PostMapping("/conversations/{id}/interrupt")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt interrupt(@PathVariable String id, @RequestBody Named command, Principal user) {
        return outbox.interrupt(ConversationId.parse(id), command.id(), user.getName());
    }

    @PostMapping("/conversations/{id}/queue/pause")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt pause(@PathVariable String id, @RequestBody Named command, Principal user) {
        return outbox.pause(ConversationId.parse(id), command.id(), user.getName());
    }

    @PostMapping("/conversations/{id}/queue/resume")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt resume(@PathVariable String id, @RequestBody Named command, Principal user) {
        return outbox.resume(ConversationId.parse(id), command.id(), user.getName());
    }

    /** @param path null: everything. @param hunk null: not only one change of the file */
    record Restoration(
            String id,
            @Nullable String checkpointId,
            @Nullable String path,
            @Nullable Hunk hunk) {}

    /** Brings the workspace's files to a checkpoint; what they were becomes one, so that it can be taken back. */
    @PostMapping("/conversations/{id}/restore")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt restore(@PathVariable String id, @RequestBody Restoration wanted, Principal user) {
        return outbox.restore(
                ConversationId.parse(id),
                wanted.id(),
                wanted.checkpointId(),
                wanted.path(),
                wanted.hunk(),
                user.getName());
    }

    record Mode(String id, String mode) {}

    @PutMapping("/conversations/{id}/mode")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt mode(@PathVariable String id, @RequestBody Mode wanted, Principal user) {
        return outbox.mode(ConversationId.parse(id), wanted.id(), wanted.mode(), user.getName());
    }

    record Seen(long seq) {}

    @PostMapping("/conversations/{id}/seen")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void seen(@PathVariable String id, @RequestBody Seen seen) {
        conversations.seen(ConversationId.parse(id), seen.seq());
    }

    /** @param decision {@code allow}, {@code always} or {@code deny} */
    record Answer(String id, String decision, @Nullable String message) {}

    @PutMapping("/approvals/{approvalId}/answer")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt answerApproval(@PathVariable String approvalId, @RequestBody Answer answer, Principal user) {
        EventBody.Decision decision = switch (String.valueOf(answer.decision())) {
            case "allow" -> EventBody.Decision.ALLOW;
            case "always" -> EventBody.Decision.ALWAYS;
            case "deny" -> EventBody.Decision.DENY;
            default ->
                throw Problem.invalid("\"decision\" is none of allow, always and deny.", "Send one of these three.");
        };
        return outbox.answerApproval(approvalId, answer.id(), decision, answer.message(), user.getName());
    }

    /** @param answers question to label */
    record Answers(String id, @Nullable Map<String, String> answers) {}

    @PutMapping("/questions/{questionId}/answer")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipt answerQuestion(@PathVariable String questionId, @RequestBody Answers answer, Principal user) {
        return outbox.answerQuestion(
                questionId, answer.id(), answer.answers() == null ? Map.of() : answer.answers(), user.getName());
    }

    /** The whole output of a tool, straight from the workspace; events carry a shortened one when it is long. */
    @GetMapping("/conversations/{id}/tools/{toolId}/output")
    void output(@PathVariable String id, @PathVariable String toolId, HttpServletResponse response) throws IOException {
        Conversation conversation = conversations.get(ConversationId.parse(id));
        BridgeClient bridge = gateway.bridge(conversation.workspaceId().value())
                .orElseThrow(() -> Problem.unavailable(
                        "The workspace is not reachable, and only it has the whole output.",
                        "Start the workspace, then try again."));
        try (InputStream output = bridge.toolOutput(conversation.id().value(), toolId)) {
            response.setContentType("text/plain;charset=UTF-8");
            output.transferTo(response.getOutputStream());
        } catch (BridgeException e) {
            throw Problem.unknown("There is no such output.", "Reload the conversation.");
        }
    }
}
