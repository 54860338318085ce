package dev.claudevm.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.Server;
import dev.claudevm.protocol.Delta;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventBody.ApprovalOption;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is shown and what typed lines do, while no server can be reached: everything said stays in the outbox. */
class ChatSessionTest {

    @TempDir
    Path outbox;

    private final List<String> shown = new CopyOnWriteArrayList<>();
    private String prompt = "";
    private final ApiClient api = new ApiClient(new Server(URI.create("http://127.0.0.1:9"), null, true));
    private ChatSession session = newSession();
    private long seq;

    private ChatSession newSession() {
        return new ChatSession(
                api,
                "c1",
                0,
                outboxFolder(),
                new Screen() {
                    @Override
                    public void print(List<String> lines) {
                        shown.addAll(lines);
                    }

                    @Override
                    public void prompt(String text) {
                        prompt = text;
                    }

                    @Override
                    public int width() {
                        return 40;
                    }
                },
                new Ink(false));
    }

    private Path outboxFolder() {
        return outbox == null ? Path.of("none") : outbox.resolve("c1");
    }

    @BeforeEach
    void begin() {
        session = newSession();
        session.lineBegins();
    }

    @AfterEach
    void end() {
        session.close();
        api.close();
    }

    private void event(EventBody body) {
        Event event = new Event(++seq, Instant.parse("2026-01-01T00:00:00Z"), body);
        session.event(event, EventCodec.toJson(event));
    }

    private void approval(String id, String command) {
        event(new EventBody.ApprovalOpened(
                id,
                "Bash",
                command,
                Json.MAPPER.createObjectNode().put("command", command),
                List.of(new ApprovalOption("allow", "Allow", null), new ApprovalOption("deny", "Deny", null)),
                null));
    }

    private List<JsonNode> written() {
        try (var files = Files.list(outboxFolder())) {
            List<JsonNode> items = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                items.add(Json.MAPPER.readTree(Files.readString(file)));
            }
            return items;
        } catch (java.io.IOException e) {
            return List.of();
        }
    }

    @Test
    void twoApprovalsKeepTheirNumbersAndEachIsAnsweredByItsOwn() {
        approval("c1.a", "rm -rf build");
        approval("c1.b", "git push");
        session.lineBegins();
        assertThat(shown).anyMatch(line -> line.contains("[1]")).anyMatch(line -> line.contains("    git push"));
        assertThat(prompt).isEqualTo("[1]? [2]? > ");

        session.typed("a");
        assertThat(shown.getLast()).contains("Several are open: 1, 2.");
        assertThat(written()).isEmpty();

        session.typed("d 2 not today");
        assertThat(written()).hasSize(1);
        assertThat(written().getFirst().path("path").asString()).isEqualTo("approvals/c1.b/answer");
        assertThat(written().getFirst().path("body").path("decision").asString())
                .isEqualTo("deny");
        assertThat(written().getFirst().path("body").path("message").asString()).isEqualTo("not today");
    }

    @Test
    void anAnswerForAnApprovalThatWasClosedMeanwhileDoesNotHitTheNextOne() {
        approval("c1.a", "ls");
        session.lineBegins(); // The person looks at number 1 …
        event(new EventBody.ApprovalResolved("c1.a", Decision.ALLOW, "phone", null));
        approval("c1.b", "rm -rf /");
        session.typed("a"); // … and answers it.
        assertThat(shown.getLast()).contains("Number 1 was closed by phone meanwhile.");
        assertThat(written()).isEmpty();
        session.lineBegins();
        session.typed("a");
        assertThat(written().getFirst().path("path").asString()).isEqualTo("approvals/c1.b/answer");
    }

    @Test
    void anAnswerThatComesTooLateIsNoMessage() {
        approval("c1.a", "ls");
        session.lineBegins();
        event(new EventBody.ApprovalResolved("c1.a", Decision.DENY, "phone", null));
        session.typed("a");
        assertThat(written()).isEmpty();
        session.lineBegins();
        session.typed("a new idea");
        assertThat(written().getFirst().path("body").path("text").asString()).isEqualTo("a new idea");
    }

    @Test
    void whatWasTypedIsThereForTheNextTerminal() {
        session.typed("first");
        session.typed("second");
        session.close();
        session = newSession();
        session.start();
        assertThat(shown).anyMatch(line -> line.contains("\"first\", \"second\""));
        assertThat(session.unsent()).isEqualTo(2);
    }

    @Test
    void questionsAreAnsweredByNumber() {
        event(new EventBody.QuestionOpened(
                "c1.q",
                List.of(new EventBody.QuestionItem(
                        "Which database?",
                        "Database",
                        false,
                        List.of(
                                new EventBody.QuestionOption("H2", "a file"),
                                new EventBody.QuestionOption("Postgres", null)))),
                null));
        session.lineBegins();
        session.typed("3");
        assertThat(shown.getLast()).contains("none of the options");
        session.typed("2");
        assertThat(written().getFirst().path("path").asString()).isEqualTo("questions/c1.q/answer");
        assertThat(written()
                        .getFirst()
                        .path("body")
                        .path("answers")
                        .path("Which database?")
                        .asString())
                .isEqualTo("Postgres");
    }

    @Test
    void waitingMessagesKeepTheirNumbersWhenOthersLeave() {
        event(new EventBody.TurnStarted("t1", null));
        event(new EventBody.MessageQueued("m1", "one", "you", List.of()));
        event(new EventBody.MessageQueued("m2", "two", "you", List.of()));
        event(new EventBody.MessageWithdrawn("m1", "phone"));
        session.typed("/drop 1");
        assertThat(shown.getLast()).contains("Nothing that waits has the number 1.");
        session.typed("/now 2");
        assertThat(written().getFirst().path("path").asString()).isEqualTo("conversations/c1/messages/m2");
        assertThat(session.typed("/edit 2").prefill()).isEqualTo("/edit 2 two");
    }

    @Test
    void piecesAndTheFinishedTextGiveTheTextOnce() {
        session.delta(new Delta("m1", "text", 0, "Hello\nwor"));
        session.delta(new Delta("m1", "text", 6, "world\n")); // overlaps
        session.delta(new Delta("m1", "text", 20, "lost before")); // a gap
        event(new EventBody.Text("t1", "m1", "Hello\nworld\nand \u001b]52;c;x\u0007more", null));
        assertThat(shown).containsExactly("Hello", "world", "and more");
    }

    @Test
    void aTurnThatChangedFilesSaysSoAndADiffThatIsNotToBeHadSaysWhy() {
        event(new EventBody.CheckpointTaken("c".repeat(40), "begin", null, null, 0, 0, 0, Instant.EPOCH, List.of(), 0));
        assertThat(shown).isEmpty();
        event(new EventBody.CheckpointTaken(
                "d".repeat(40), "turn", "t1", "c".repeat(40), 2, 10, 1, Instant.EPOCH, List.of(), 0));
        assertThat(shown).containsExactly("  — 2 files changed, +10 −1 (/diff)");
        session.typed("/diff");
        await("the refusal is shown").until(() -> shown.getLast().contains("No server answers"));
        assertThat(written()).as("a diff is no message").isEmpty();
    }
}
