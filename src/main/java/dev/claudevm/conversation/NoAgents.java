package dev.claudevm.conversation;

import dev.claudevm.protocol.Bridge;
import java.util.List;
import org.springframework.context.annotation.Fallback;
import org.springframework.stereotype.Component;

/** For a server without any agent. */
@Component
@Fallback
class NoAgents implements Agents {

    @Override
    public List<KnownAgent> enabled() {
        return List.of();
    }

    @Override
    public List<Bridge.AgentSpec> specs() {
        return List.of();
    }
}
