package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Limits;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** What an agent may print. */
class AgentOutputTest {

    @Test
    void aPartialLineWaitsForItsEndAlsoThroughADeadBridge() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            var go = given.folder.resolve("go");
            given.say("raw text\\tm1\\thalf;wait " + go + ";raw \\040done\\n;say after");
            await().atMost(BridgeUnderTest.PATIENCE)
                    .until(() -> Files.exists(given.run(1).resolve("raw.ndjson"))
                            && Files.readString(given.run(1).resolve("raw.ndjson"))
                                    .endsWith("half"));
            given.kill9();
            given.start();
            Files.createFile(go);
            var events = given.eventsUntilTurns(1);
            assertThat(events.get(3).path("markdown").asString()).isEqualTo("half done");
            assertThat(events.get(4).path("markdown").asString()).isEqualTo("after");
        }
    }

    @Test
    void aToolsOutputOfTenMegabytesIsShortenedInTheJournalAndWholeOnRequest() throws Exception {
        int size = 10 * 1024 * 1024;
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("tool " + size + ";say after");
            var events = given.eventsUntilTurns(1);
            var tool = events.get(3);
            assertThat(tool.path("outputBytes").asLong()).isEqualTo(size);
            assertThat(tool.path("output").asString())
                    .hasSizeLessThanOrEqualTo(Limits.TOOL_OUTPUT_CHARS)
                    .contains("characters left out");
            var whole = given.send(
                    "GET", "/v1/conversations/c1/tools/" + tool.path("toolId").asString() + "/output", null);
            assertThat(whole.statusCode()).isEqualTo(200);
            assertThat(whole.body()).isEqualTo("x".repeat(size));
            assertThat(given.send("GET", "/v1/conversations/c1/tools/none/output", null)
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void invalidUtf8AndLinesThatMeanNothingDoNoHarm() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say(
                    "raw text\\tm1\\ta\\377\\376b\\n;raw {\"no\": json\\n;raw \\n;raw \\001\\002\\n;raw ask\\n;say after");
            var events = given.eventsUntilTurns(1);
            assertThat(BridgeUnderTest.types(events))
                    .isEqualTo("message.queued agent.started turn.started text text turn.finished");
            assertThat(events.get(3).path("markdown").asString()).isEqualTo("a\ufffd\ufffdb");
        }
    }
}
