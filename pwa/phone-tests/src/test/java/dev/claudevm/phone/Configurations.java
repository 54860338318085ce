package dev.claudevm.phone;

import dev.claudevm.testkit.ClaudeCode;

/** {@code config.yaml} for tests. */
final class Configurations {

    private Configurations() {}

    /** The real Claude Code against a stand-in model. */
    static String claude(String modelUrl) {
        return """
                agents:
                  enabled: [claude, demo]
                  defaults: {agent: claude}
                  claude:
                    command: ["%s"]
                    env:
                      ANTHROPIC_API_KEY: test-key
                      ANTHROPIC_BASE_URL: "%s"
                """.formatted(ClaudeCode.binary(), modelUrl);
    }
}
