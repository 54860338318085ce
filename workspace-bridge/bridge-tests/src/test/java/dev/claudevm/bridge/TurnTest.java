package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The plain way through: messages, turns, approvals. */
class TurnTest {

    @Test
    void aMessageBecomesATurnAndItsTextIsJournaled() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("say hello");
            var events = given.eventsUntilTurns(1);
            assertThat(BridgeUnderTest.types(events))
                    .isEqualTo("message.queued agent.started turn.started text turn.finished");
            assertThat(events.get(3).path("markdown").asString()).isEqualTo("hello");
        }
    }
}
