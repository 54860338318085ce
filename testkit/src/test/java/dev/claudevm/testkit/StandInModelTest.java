package dev.claudevm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StandInModelTest {

    private final StandInModel model = StandInModel.start();
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        client.close();
        model.close();
    }

    @Test
    void aScriptGoesOnWhereTheLastToolCallEnded() throws Exception {
        String script = "say first ;; bash ls ;; say second";
        assertThat(ask(user(script))).contains("first", "tool_use", "\"ls\"").doesNotContain("second");
        assertThat(ask(user(script), ASSISTANT, "{'role':'user','content':[{'type':'tool_result','content':'x'}]}"))
                .contains("second")
                .contains("end_turn");
        assertThat(model.timesAsked(script)).isEqualTo(1);
    }

    @Test
    void whatIsNoScriptIsQuotedWithTheNumberOfMessagesSeen() throws Exception {
        assertThat(ask(
                        user("remember the blue door"),
                        ASSISTANT,
                        "{'role':'user','content':[{'type':'text','text':'<system-reminder>x</system-reminder>'},"
                                + "{'type':'text','text':'write me a poem'}]}"))
                .contains("write me a poem")
                .contains("I have seen 2 messages from you, the first was: \\\"remember the blue door\\\"");
    }

    @Test
    void anInterruptedMessageIsNoPartOfTheNext() {
        Conversation conversation = Conversation.of(StandInModel.JSON.readTree("""
                {"messages":[{"role":"user","content":[{"type":"text","text":"slow 9 9\\n"},
                {"type":"text","text":"[Request interrupted by user]\\n"},{"type":"text","text":"and now"}]}]}"""));
        assertThat(conversation.said()).containsExactly("slow 9 9", "and now");
    }

    @Test
    void aMessageSaidMeanwhileIsTheLastOne() {
        Conversation conversation = Conversation.of(StandInModel.JSON.readTree("""
                {"messages":[{"role":"user","content":"bash ls"},{"role":"assistant","content":[]},
                {"role":"user","content":[{"type":"tool_result","content":"x"},{"type":"text","text":
                "The user sent a new message while you were working:\\nbe nice\\n\\nThis is how Claude Code surfaces"}]},
                {"role":"system","content":"# Environment"}]}"""));
        assertThat(conversation.last()).isEqualTo("be nice");
        assertThat(conversation.answered()).isZero();
    }

    @Test
    void errorsComeAsOftenAsTheScriptSays() throws Exception {
        String body = body(true, user("error 529 2 ;; say well"));
        assertThat(post(body).statusCode()).isEqualTo(529);
        assertThat(post(body).statusCode()).isEqualTo(529);
        assertThat(post(body).body()).contains("well");
    }

    @Test
    void withoutTheRequiredKeyNobodyGetsIn() throws Exception {
        model.requireKey("right");
        assertThat(post(body(true, user("say hi"))).statusCode()).isEqualTo(401);
        HttpRequest request =
                request(body(true, user("say hi"))).header("x-api-key", "right").build();
        assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    @Test
    void requestsWithoutToolsAreNoMainRequests() throws Exception {
        String title = "{'model':'m','stream':true,'messages':[" + user("slow 9 9") + "],'output_config':{'format':"
                + "{'schema':{'properties':{'title':{'type':'string'}}}}}}";
        assertThat(post(title.replace('\'', '"')).body()).contains("\\\"title\\\":\\\"Work");
        assertThat(model.mainRequests()).isEmpty();
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void aHeldStreamFreezesInTheMiddleAndGoesOn() {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Void> read = client.sendAsync(
                        request(body(true, user("slow 400 5"))).build(), BodyHandlers.ofLines())
                .thenAccept(response -> {
                    try (Stream<String> all = response.body()) {
                        all.forEach(lines::add);
                    }
                });
        await("the stream began").until(() -> lines.stream().anyMatch(line -> line.contains("t0003")));
        model.hold();
        AtomicInteger seen = new AtomicInteger(-1);
        await("nothing comes while it is held")
                .during(Duration.ofMillis(300))
                .until(() -> seen.getAndSet(lines.size()) == lines.size());
        assertThat(read).isNotDone();
        model.release();
        await("the stream ended").until(read::isDone);
        assertThat(lines.stream().filter(line -> line.contains("text_delta"))).hasSize(400);
    }

    @Test
    void hangAnswersWhenReleased() {
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(
                request(body(false, user("hang ;; say at last"))).build(), BodyHandlers.ofString());
        await("asked").until(() -> model.mainRequests().size() == 1);
        await("released").until(() -> {
            model.release();
            return answer.isDone();
        });
        assertThat(answer.join().body()).contains("at last");
    }

    private static final String ASSISTANT = "{'role':'assistant','content':[]}";

    private static String user(String text) {
        return "{'role':'user','content':[{'type':'text','text':'" + text + "'}]}";
    }

    private static String body(boolean stream, String... messages) {
        return ("{'model':'m','stream':" + stream + ",'tools':[{}],'messages':[" + String.join(",", messages) + "]}")
                .replace('\'', '"');
    }

    private String ask(String... messages) throws Exception {
        return post(body(false, messages)).body();
    }

    private HttpResponse<String> post(String body) throws Exception {
        return client.send(request(body).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String body) {
        return HttpRequest.newBuilder(URI.create(model.baseUrl() + "/v1/messages?beta=true"))
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }
}
