package dev.claudevm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventBody.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A message given on the standard input. */
class SayTest {

    @TempDir
    Path home;

    private final ScriptedServer server = new ScriptedServer();

    @BeforeEach
    void conversation() {
        server.on("GET conversations/c1", 200, "{\"id\": \"c1\"}");
        server.journal(new EventBody.Notice("the past"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private CompletableFuture<CommandRun> say(String message) {
        return CompletableFuture.supplyAsync(() -> CommandRun.of(home, server.url(), message, "chat", "-c", "c1"));
    }

    private String messageId() {
        Awaitility.await("the message at the server")
                .until(() -> !server.writes().isEmpty());
        return server.writes().getFirst().path().replaceAll(".*/messages/", "");
    }

    private void turn(String messageId, Outcome outcome) {
        server.journal(new EventBody.MessageQueued(messageId, "hello", "you", List.of()));
        server.journal(new EventBody.TurnStarted("t1", messageId));
        server.journal(new EventBody.Text("t1", "m1", "one\ntwo \u001b[31mred", null));
        server.journal(new EventBody.TurnFinished("t1", outcome, null, null));
    }

    @Test
    void itsTurnIsShownAndItsEndIsTheExitCode() {
        CompletableFuture<CommandRun> run = say("hello\n");
        turn(messageId(), Outcome.DONE);
        assertThat(run.join().exit()).isZero();
        assertThat(run.join().out()).isEqualTo("one\ntwo red\n");
        assertThat(server.writes().getFirst().body()).contains("\"text\":\"hello\"");
    }

    @Test
    void aTurnThatFailsEndsWith1() {
        CompletableFuture<CommandRun> run = say("hello");
        turn(messageId(), Outcome.FAILED);
        assertThat(run.join().exit()).isEqualTo(1);
        assertThat(run.join().err()).contains("The turn failed");
    }

    @Test
    void aStreamThatIsCutAfterEachEventLosesAndDoublesNothing() {
        server.eventsPerStream = 1;
        CompletableFuture<CommandRun> run = say("hello");
        turn(messageId(), Outcome.DONE);
        assertThat(run.join().exit()).isZero();
        assertThat(run.join().out()).isEqualTo("one\ntwo red\n");
        List<String> resumed = server.asked.stream()
                .filter(asked -> !asked.lastEventId().equals("null"))
                .map(ScriptedServer.Asked::lastEventId)
                .distinct()
                .toList();
        assertThat(resumed).containsExactly("1", "2", "3", "4");
    }

    @Test
    void aMessageWithoutAnAnswerIsSentAgainWithTheSameId() {
        server.unanswered.set(2);
        CompletableFuture<CommandRun> run = say("hello");
        String id = messageId();
        Awaitility.await("three attempts").until(() -> server.writes().size() >= 3);
        turn(id, Outcome.DONE);
        assertThat(run.join().exit()).isZero();
        assertThat(server.writes().stream().map(ScriptedServer.Asked::path).distinct())
                .containsExactly("conversations/c1/messages/" + id);
    }

    @Test
    void aRefusedMessageIsSaidAndNotKept() throws Exception {
        CompletableFuture<CommandRun> run;
        try (var _ = server) {
            server.refuseMessages = "{\"detail\": \"Too long.\", \"todo\": \"Say less.\"}";
            run = say("hello");
            assertThat(run.join().exit()).isEqualTo(1);
        }
        assertThat(run.join().err()).contains("Too long.").contains("Say less.");
        try (var left = Files.list(home.resolve("outbox/c1"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void nothingToSayIsAMistakeOfTheCaller() {
        assertThat(say(" \n").join().exit()).isEqualTo(2);
    }
}
