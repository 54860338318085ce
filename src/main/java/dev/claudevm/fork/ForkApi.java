package dev.claudevm.fork;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.workspace.WorkspaceId;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Copies of workspaces over REST. */
@RestController
@RequestMapping("/api/v1/workspaces/{id}/fork")
class ForkApi {

    private final Forks forks;

    ForkApi(Forks forks) {
        this.forks = forks;
    }

    /**
     * @param id made by the client; the same wish with the same id is answered with the same copies
     * @param copies null: one
     */
    record Wish(
            @Nullable String id,
            @Nullable String snapshot,
            @Nullable Integer copies,
            @Nullable String message,
            @Nullable String agent,
            @Nullable String mode,
            @Nullable String name,
            @Nullable String provider) {}

    record View(String workspaceId, @Nullable String conversationId) {}

    @PostMapping
    @ResponseStatus(HttpStatus.ACCEPTED)
    Map<String, List<View>> fork(
            @PathVariable String id, @RequestBody(required = false) @Nullable Wish asked, Principal user) {
        Wish wish = asked == null ? new Wish(null, null, null, null, null, null, null, null) : asked;
        ForkWish wanted = new ForkWish(
                WorkspaceId.parse(id),
                wish.snapshot(),
                wish.copies() == null ? 1 : wish.copies(),
                wish.message(),
                new NewConversation(wish.agent(), wish.mode(), null),
                wish.name(),
                wish.provider());
        return Map.of(
                "forks",
                forks.make(wanted, wish.id(), user.getName()).stream()
                        .map(fork -> new View(
                                fork.workspace().value(),
                                Optional.ofNullable(fork.conversation())
                                        .map(ConversationId::value)
                                        .orElse(null)))
                        .toList());
    }
}
