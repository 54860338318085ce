package dev.claudevm.agent;

import dev.claudevm.agents.AgentCapabilities;
import dev.claudevm.agents.claude.ClaudeAdapter;
import java.util.List;
import java.util.Optional;

/**
 * An agent that claude-vm knows.
 *
 * @param name in configuration and API
 * @param label what people read
 * @param protocol the adapter that the bridge takes for it
 * @param keyVariables environment variables that hold its key, the usual one first; empty: it needs none
 * @param otherVariables further variables that are taken over from the server's environment
 * @param bridgeClass class of the bridge's own class path that is its program; empty: a program of its own
 */
public record AgentKind(
        String name,
        String label,
        String protocol,
        List<String> keyVariables,
        List<String> otherVariables,
        Optional<String> bridgeClass) {

    static final AgentKind CLAUDE = new AgentKind(
            "claude",
            "Claude",
            ClaudeAdapter.PROTOCOL,
            List.of("ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"),
            List.of("ANTHROPIC_BASE_URL", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"),
            Optional.empty());

    /** Needs no key and talks to nobody: for the first look, and for tests. */
    static final AgentKind DEMO = new AgentKind(
            "demo",
            "Demo",
            ClaudeAdapter.PROTOCOL,
            List.of(),
            List.of(),
            Optional.of("dev.claudevm.agents.demo.DemoAgent"));

    static final List<AgentKind> ALL = List.of(CLAUDE, DEMO);

    /** @return what its adapter says that it can do */
    public AgentCapabilities capabilities() {
        return new ClaudeAdapter().capabilities();
    }
}
