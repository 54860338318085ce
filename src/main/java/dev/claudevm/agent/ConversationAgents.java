package dev.claudevm.agent;

import dev.claudevm.agents.AgentCapabilities;
import dev.claudevm.conversation.AgentNeedsChanged;
import dev.claudevm.conversation.Agents;
import dev.claudevm.protocol.Bridge;
import java.util.List;
import java.util.Optional;
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

    @Override
    public void prepare(String name) {
        catalog.prepare(name);
    }

    @Override
    public Optional<Need> need(String name) {
        return catalog.need(name);
    }

    @EventListener
    void on(AgentProgress progress) {
        events.publishEvent(new AgentNeedsChanged(progress.agent()));
    }

    @EventListener
    void on(AgentsChanged changed) {
        events.publishEvent(new dev.claudevm.conversation.AgentsChanged());
    }
}
