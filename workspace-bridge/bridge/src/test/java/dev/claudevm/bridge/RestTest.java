package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.Json;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bridge stops the workspace only when nobody needs it, and no message falls between "yes" and the end. */
class RestTest {

    private static HttpResponse<String> rest(BridgeUnderTest given) {
        return given.send("POST", "/v1/stop?idle=true", null);
    }

    @Test
    void whileATurnRunsOrAMessageWaitsItDoesNotRest() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            var go = given.folder.resolve("go");
            given.say("wait " + go + ";say first");
            await().atMost(BridgeUnderTest.PATIENCE).until(() -> given.agentHeard("say first") == 1);
            assertThat(rest(given).statusCode()).isEqualTo(409);
            given.say("say second");
            assertThat(rest(given).statusCode()).isEqualTo(409);
            Files.createFile(go);
            // It goes on as if nobody had asked.
            given.eventsUntilTurns(2);
            await("it rests")
                    .atMost(BridgeUnderTest.PATIENCE)
                    .until(() -> rest(given).statusCode() == 202);
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isZero();
            assertThat(given.journal()).contains("workspace.stopped");
        }
    }

    @Test
    void aPausedQueueKeepsNobodyAwake() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.command(new Command.Pause(BridgeUnderTest.id(), "anna"));
            given.say("say later");
            assertThat(rest(given).statusCode()).isEqualTo(202);
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isZero();
        }
    }

    @Test
    void eachMessageThatIsSaidMeanwhileIsTakenBeforeOrRefused() throws Exception {
        for (int round = 0; round < 5; round++) {
            try (var given = new BridgeUnderTest().start().withConversation()) {
                given.say("say hello");
                given.eventsUntilTurns(1);
                String id = BridgeUnderTest.id();
                Command said = new Command.Enqueue(id, "hang;say in the last moment", false, List.of(), "anna");
                var answer = new java.util.concurrent.CompletableFuture<Boolean>();
                Thread.ofVirtual().start(() -> answer.complete(taken(given, said)));
                int rested = restedOrEnded(given);
                boolean taken = answer.get();
                // Both at once would be a message that waits in a workspace which nobody starts.
                assertThat(taken && rested == 202).isFalse();
                if (rested == 202) {
                    assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE))
                            .isZero();
                    assertThat(given.journal()).doesNotContain("in the last moment");
                }
            }
        }
    }

    /** @return 202 also when the bridge has ended before its answer got through */
    private static int restedOrEnded(BridgeUnderTest given) {
        try {
            return rest(given).statusCode();
        } catch (UncheckedIOException lost) {
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isZero();
            return 202;
        }
    }

    private static boolean taken(BridgeUnderTest given, Command said) {
        try {
            HttpResponse<String> answer =
                    given.send("POST", "/v1/conversations/" + BridgeUnderTest.CONVERSATION + "/commands", said);
            if (answer.statusCode() == 200) {
                return Json.MAPPER.readValue(answer.body(), CommandResult.class).equals(CommandResult.taken());
            }
            assertThat(answer.statusCode()).isEqualTo(503);
            return false;
        } catch (UncheckedIOException ended) {
            return false;
        }
    }
}
