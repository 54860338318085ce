package dev.claudevm.agent;

import dev.claudevm.agents.AgentCapabilities;
import dev.claudevm.conversation.Agents;
import dev.claudevm.protocol.Bridge;
import java.util.List;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/** The catalog as conversations need it. */
@Service
class ConversationAgents implements Agents {

    private final AgentCatalog catalog;
    private final ApplicationEventPublisher events;

    ConversationAgents(AgentCatalog catalog, ApplicationEventPublisher events) {
        this.catalog = catalog;
        this.events = events;
    }

    @Override
    public List<KnownAgent> enabled() {
        return catalog.all().stream()
                .map(agent -> new KnownAgent(
                        agent.name(),
                        agent.label(),
                        agent.modes().stream().map(ConversationAgents::mode).toList()))
                .toList();
    }

    private static Mode mode(AgentCapabilities.Mode mode) {
        return new Mode(mode.id(), mode.label());
    }

    @Override
    public List<Bridge.AgentSpec> specs() {
        return catalog.specs();
    }

    @EventListener
    void on(AgentsChanged changed) {
        events.publishEvent(new dev.claudevm.conversation.AgentsChanged());
    }
}
