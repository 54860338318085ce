package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.Json;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
            await("it rests").atMost(BridgeUnderTest.PATIENCE).until(() -> restedOrEnded(given) == 202);
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isZero();
            assertThat(given.journal()).contains("workspace.stopped");
        }
    }

    @Test
    void aPausedQueueKeepsNobodyAwake() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.command(new Command.Pause(BridgeUnderTest.id(), "anna"));
            given.say("say later");
            assertThat(restedOrEnded(given)).isEqualTo(202);
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isZero();
        }
    }

    /** Somebody speaks whenever the agent has answered; sooner or later the rest falls between two messages. */
    @Test
    void aMessageInTheMomentOfTheRestIsTakenBeforeOrRefused() throws Exception {
        for (int round = 0; round < 3; round++) {
            try (var given = new BridgeUnderTest().start().withConversation()) {
                var finished = new CompletableFuture<Boolean>();
                Thread.ofPlatform().start(() -> {
                    for (int turn = 1; taken(given); turn++) {
                        long wanted = turn;
                        await().pollInterval(Duration.ofMillis(1))
                                .atMost(BridgeUnderTest.PATIENCE)
                                .until(() -> count(given, "turn.finished") == wanted
                                        || count(given, "workspace.stopped") == 1);
                    }
                    finished.complete(true);
                });
                await("it rests")
                        .pollInterval(Duration.ofMillis(1))
                        .atMost(BridgeUnderTest.PATIENCE)
                        .until(() -> restedOrEnded(given) == 202);
                assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isZero();
                assertThat(finished.get(1, TimeUnit.MINUTES)).isTrue();
                // Else one waits in a workspace which nobody starts.
                assertThat(count(given, "message.queued")).isEqualTo(count(given, "turn.finished"));
            }
        }
    }

    private static long count(BridgeUnderTest given, String type) {
        return given.journal().split("\"type\":\"" + type, -1).length - 1L;
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

    private static boolean taken(BridgeUnderTest given) {
        Command said = new Command.Enqueue(BridgeUnderTest.id(), "say hello", false, List.of(), "anna");
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
