package dev.claudevm.terminal;

import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;

/** Where the web sockets are. Who may open one, and from which page, is decided before (access). */
@Configuration(proxyBeanMethods = false)
class TerminalConfiguration {

    @Bean
    SimpleUrlHandlerMapping terminalSocketMapping(TerminalSockets sockets) {
        WebSocketHttpRequestHandler handler = new WebSocketHttpRequestHandler(
                sockets, new DefaultHandshakeHandler(new StandardWebSocketUpgradeStrategy()));
        return new SimpleUrlHandlerMapping(
                Map.of(
                        "/api/v1/workspaces/*/terminals/*/socket",
                        handler,
                        "/api/v1/conversations/*/pane/socket",
                        handler),
                // Before the mapping that answers whatever nobody else does.
                0);
    }
}
