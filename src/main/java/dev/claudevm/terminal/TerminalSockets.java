package dev.claudevm.terminal;

import dev.claudevm.access.AccessRevoked;
import dev.claudevm.access.Caller;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.WorkspaceService;
import java.security.Principal;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Component;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;
import org.springframework.web.util.UriComponentsBuilder;

/** The web sockets that are open. They end when the page goes, when its login is revoked, and when the server stops. */
@Component
class TerminalSockets extends AbstractWebSocketHandler {

    private static final Pattern CLIENT = Pattern.compile("[A-Za-z0-9-]{8,64}");
    private static final int MAX_FRAME_BYTES = TerminalSettings.MAX_INPUT_BYTES + Long.BYTES;

    private final Relays relays;
    private final WorkspaceService workspaces;
    private final ConversationService conversations;
    private final TerminalSettings settings;
    private final Clock clock;
    private final Map<String, Seat> open = new ConcurrentHashMap<>();

    private record Seat(Caller caller, TerminalSocket socket) {}

    TerminalSockets(
            Relays relays,
            WorkspaceService workspaces,
            ConversationService conversations,
            TerminalSettings settings,
            Clock clock) {
        this.relays = relays;
        this.workspaces = workspaces;
        this.conversations = conversations;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession session) throws Exception {
        session.setBinaryMessageSizeLimit(MAX_FRAME_BYTES);
        session.setTextMessageSizeLimit(TerminalSettings.MAX_CONTROL_BYTES);
        Caller caller = caller(session.getPrincipal());
        if (caller == null) {
            session.close(CloseStatus.POLICY_VIOLATION);
            return;
        }
        try {
            long mine = open.values().stream()
                    .filter(seat -> seat.caller().userId().equals(caller.userId()))
                    .count();
            if (mine >= settings.perPerson()) {
                throw Problem.invalid(
                        "You have " + mine + " terminals open at once.",
                        "Close one of the pages that show a terminal.");
            }
            open.put(session.getId(), new Seat(caller, socket(session, caller)));
        } catch (Problem problem) {
            session.sendMessage(TerminalFrames.problem("refused", problem.detail(), problem.todo()));
            session.close(TerminalSocket.PROBLEM);
        }
    }

    /** {@code /api/v1/workspaces/<id>/terminals/<name>/socket} or {@code /api/v1/conversations/<id>/pane/socket} */
    private TerminalSocket socket(WebSocketSession session, Caller caller) {
        var uri = UriComponentsBuilder.fromUri(java.util.Objects.requireNonNull(session.getUri()))
                .build();
        var path = uri.getPathSegments().stream()
                .map(part ->
                        java.net.URLDecoder.decode(part.replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8))
                .toList();
        String client = uri.getQueryParams().getFirst("client");
        if (client == null || !CLIENT.matcher(client).matches()) {
            throw Problem.malformed("\"client\" is missing.", "Send an id that the page made, 8 to 64 characters.");
        }
        String workspace;
        Relays.Place place;
        if (path.get(2).equals("conversations")) {
            Conversation conversation = conversations.get(ConversationId.parse(path.get(3)));
            workspace = conversation.workspaceId().value();
            place = new Relays.Place(TerminalName.DEFAULT, conversation.id());
        } else {
            workspace = path.get(3);
            place = new Relays.Place(TerminalName.parse(path.get(5)), null);
        }
        return new TerminalSocket(
                session,
                new Relay.Owner(caller.userId(), workspace, client),
                place,
                relays,
                workspaces,
                settings,
                clock);
    }

    private static @Nullable Caller caller(@Nullable Principal principal) {
        Object who = principal instanceof Authentication known ? known.getPrincipal() : principal;
        return who instanceof Caller caller ? caller : null;
    }

    @Override
    protected void handleTextMessage(WebSocketSession session, TextMessage message) throws Exception {
        Seat seat = open.get(session.getId());
        if (seat != null) {
            seat.socket().said(message);
        }
    }

    @Override
    protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message) {
        Seat seat = open.get(session.getId());
        if (seat != null) {
            seat.socket().typed(message);
        }
    }

    @Override
    public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
        Seat seat = open.remove(session.getId());
        if (seat != null) {
            seat.socket().left();
        }
    }

    @EventListener
    void on(AccessRevoked revoked) {
        open.values().forEach(seat -> {
            if (seat.caller().credentialId().equals(revoked.credentialId())) {
                seat.socket().logOut();
            }
        });
    }

    /** Said before anything is stopped: sockets never end by themselves. */
    @EventListener
    void on(ContextClosedEvent closing) {
        open.values().forEach(seat -> seat.socket().close(CloseStatus.GOING_AWAY));
    }
}
