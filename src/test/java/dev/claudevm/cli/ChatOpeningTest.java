package dev.claudevm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.Server;
import dev.claudevm.cli.chat.ChatSession;
import dev.claudevm.cli.chat.Ink;
import dev.claudevm.cli.chat.Opening;
import dev.claudevm.cli.chat.Screen;
import dev.claudevm.protocol.EventBody;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody comes to a conversation that is long. */
class ChatOpeningTest {

    private static final int LONG = 5_000;

    @TempDir
    Path outbox;

    private final List<String> shown = new CopyOnWriteArrayList<>();
    private volatile String prompt = "";

    private final Screen screen = new Screen() {
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
            return 80;
        }
    };

    @Test
    void onlyTheNewestIsReadAndWhatIsOpenIsKnown() {
        try (ScriptedServer server = new ScriptedServer();
                ApiClient api = new ApiClient(new Server(URI.create(server.url()), null, true))) {
            for (int i = 1; i <= LONG; i++) {
                server.journal(new EventBody.Notice("number " + i));
            }
            server.on("GET conversations/c1", 200, """
                    {"id": "c1", "lastSeq": 5000, "working": true, "paused": false, "queue": [
                      {"messageId": "w1", "text": "what waits", "by": "owner", "attachments": 0}],
                     "agentNeeds": {"what": "Claude has no key.", "todo": "Give a key in Settings.", "passing": false}}""");
            server.on("GET approvals", 200, """
                    {"approvals": [
                      {"id": "c2.r1", "conversationId": "c2", "tool": "Bash", "title": "other", "input": {}, "options": []},
                      {"id": "c1.r1", "conversationId": "c1", "tool": "Bash", "title": "make", "input": {"command": "make"},
                       "options": [{"id": "allow", "label": "Allow"}]}]}""");
            server.on("GET questions", 200, "{\"questions\": []}");

            Opening opening = Opening.of(api, "c1");
            try (ChatSession session = new ChatSession(api, "c1", opening.last(), outbox, screen, new Ink(false))) {
                session.begin(opening);
                session.start();
                session.lineBegins();
                assertThat(shown).contains("  — number 5000", "  — number 4941");
                assertThat(shown).noneMatch(line -> line.contains("number 4940"));
                assertThat(shown).anyMatch(line -> line.contains("[1] May it use Bash? make"));
                assertThat(shown).anyMatch(line -> line.contains("1  what waits"));
                assertThat(shown).anyMatch(line -> line.contains("Claude has no key. Give a key in Settings."));
                assertThat(prompt).isEqualTo("[1]? > ");

                server.journal(new EventBody.Notice("something new"));
                await("news is shown").until(() -> shown.contains("  — something new"));
                session.typed("a");
                await("the answer is sent")
                        .until(() -> server.writes().stream()
                                .anyMatch(write -> write.path().equals("approvals/c1.r1/answer")));
            }
            assertThat(server.asked.stream().filter(asked -> asked.method().equals("GET")))
                    .hasSizeLessThanOrEqualTo(5)
                    .noneMatch(asked -> asked.path().contains("after=0"));
        }
    }
}
