package dev.claudevm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventCodecTest {

    private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");

    @Test
    void anEventKeepsItsMeaningOverTheWire() {
        var event = new Event(
                7,
                AT,
                new EventBody.TurnFinished(
                        "t1", EventBody.Outcome.DONE, new EventBody.Usage(1, 2, 3, 0.5, 10L, 20L, 99), null));
        String line = Json.MAPPER.writeValueAsString(EventCodec.toJson(event));
        assertThat(line).contains("\"type\":\"turn.finished\"").contains("\"outcome\":\"done\"");
        assertThat(EventCodec.fromJson(Json.MAPPER.readTree(line))).isEqualTo(event);
    }

    @Test
    void aTypeThatIsNotKnownIsKeptWhole() {
        var json = Json.MAPPER.readTree("{\"seq\":1,\"at\":\"" + AT + "\",\"type\":\"weather\",\"sun\":true}");
        Event event = EventCodec.fromJson(json);
        assertThat(event.type()).isEqualTo("weather");
        assertThat(EventCodec.toJson(event)).hasToString(json.toString());
    }

    @Test
    void aCommandCarriesItsNameAndIsReadBack() {
        Command command = new Command.AnswerApproval("i", "a", EventBody.Decision.ALWAYS, null, "anna");
        String line = Json.MAPPER.writeValueAsString(command);
        assertThat(line).contains("\"command\":\"answer-approval\"").contains("\"decision\":\"always\"");
        assertThat(Json.MAPPER.readValue(line, Command.class)).isEqualTo(command);
        Command enqueue = new Command.Enqueue("i", "text", true, List.of(), "anna");
        assertThat(Json.MAPPER.readValue(Json.MAPPER.writeValueAsString(enqueue), Command.class))
                .isEqualTo(enqueue);
    }
}
