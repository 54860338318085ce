package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Delta;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Readers and crashes in the middle of a stream. */
class StreamTest {

    private static String counted(int n) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < n; i++) {
            text.append(i).append(',');
        }
        return text.toString();
    }

    @Test
    void aBridgeKilledInMidStreamLosesAndDoublesNothing() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            var go = given.folder.resolve("go");
            given.say("say first;pieces 0 100;wait " + go + ";pieces 100 300;whole;say last");
            try (Reader reader = given.reader(0)) {
                await("deltas").atMost(BridgeUnderTest.PATIENCE).until(() -> reader.deltas.size() > 20);
            }
            given.kill9();
            given.start();
            List<Delta> seen;
            List<JsonNode> events;
            try (Reader reader = given.reader(0)) {
                await("what was said so far")
                        .atMost(BridgeUnderTest.PATIENCE)
                        .until(() ->
                                reader.deltas.stream().anyMatch(d -> d.text().endsWith("99,")));
                Files.createFile(go);
                await("the end")
                        .atMost(BridgeUnderTest.PATIENCE)
                        .until(() -> reader.events.stream()
                                .anyMatch(e -> e.path("type").asString().equals("turn.finished")));
                seen = List.copyOf(reader.deltas);
                events = List.copyOf(reader.events);
            }
            List<JsonNode> said = BridgeUnderTest.withoutCheckpoints(events);
            assertThat(BridgeUnderTest.types(said))
                    .isEqualTo("message.queued agent.started turn.started text text text turn.finished");
            for (int i = 0; i < events.size(); i++) {
                assertThat(events.get(i).path("seq").asInt()).isEqualTo(i + 1);
            }
            assertThat(said.get(4).path("markdown").asString()).isEqualTo(counted(300));
            // A reader that came in the middle got the whole text so far, and then every piece once.
            StringBuilder text = new StringBuilder();
            for (Delta delta : seen) {
                assertThat(delta.offset()).isEqualTo(text.length());
                text.append(delta.text());
            }
            assertThat(text.toString()).isEqualTo(counted(300));
        }
    }

    @Test
    void aReaderThatComesBackAtAnyPositionGetsTheSame() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("say a;say b;stream 10;say c");
            given.say("say d");
            given.say("ask X");
            given.awaitEvent("approval.opened");
            given.kill9();
            given.start();
            List<JsonNode> all = given.allEventsUntil(
                    "approval", e -> e.path("type").asString().equals("approval.opened"));
            for (int after = 0; after <= all.size(); after++) {
                int from = after;
                try (Reader reader = given.reader(after)) {
                    // A checkpoint may come after what was read first.
                    await().atMost(BridgeUnderTest.PATIENCE).until(() -> reader.events.size() >= all.size() - from);
                    assertThat(new ArrayList<>(reader.events).subList(0, all.size() - from))
                            .isEqualTo(all.subList(from, all.size()));
                }
            }
        }
    }

    @Test
    void aReaderThatTakesNothingDoesNotHinderOthers() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            try (var deaf = new java.net.Socket("127.0.0.1", given.httpPort())) {
                deaf.setReceiveBufferSize(1024);
                deaf.getOutputStream()
                        .write(("GET /v1/conversations/c1/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                        + given.token() + "\r\n\r\n")
                                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                given.say("tool 200000;tool 200000;tool 200000;tool 200000;tool 200000;tool 200000;stream 2000");
                var events = given.eventsUntilTurns(1);
                assertThat(events.get(events.size() - 2).path("markdown").asString())
                        .isEqualTo(counted(2000));
            }
        }
    }
}
