package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.ConversationStream;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.cli.chat.EventText;
import dev.claudevm.cli.chat.Ink;
import dev.claudevm.protocol.Delta;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.io.PrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code logs}: what was said and done in a conversation. */
@Command(name = "logs", description = "Show a conversation's events; with --json one a line, as the server has them.")
final class LogsCommand implements Verb {

    private static final int PAGE = 500;

    @Parameters(paramLabel = "CONVERSATION", description = "Its id.")
    String id = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what comes.")
    boolean follow;

    private final ClaudeVm root;

    LogsCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        try (ApiClient api = root.api()) {
            Lines lines =
                    new Lines(root.surroundings().out(), root.surroundings().err(), root.json);
            long last = pages(api, lines);
            if (follow) {
                try (ConversationStream stream = new ConversationStream(api, id, last)) {
                    stream.follow(lines);
                }
            }
            return new Answer.Said(ExitCode.OK);
        }
    }

    private long pages(ApiClient api, Lines lines) {
        long after = 0;
        while (true) {
            JsonNode page =
                    api.get("conversations/" + Ids.conversation(id) + "/events?after=" + after + "&limit=" + PAGE);
            for (JsonNode json : page.path("events").values()) {
                Event event = EventCodec.fromJson(json);
                lines.event(event, json);
                after = event.seq();
            }
            if (page.path("events").isEmpty() || after >= page.path("last").asLong(after)) {
                return after;
            }
        }
    }

    private record Lines(PrintStream out, PrintStream err, boolean json) implements ConversationStream.Reader {

        private static final EventText TEXT = new EventText(new Ink(false));

        @Override
        public void event(Event event, JsonNode line) {
            if (json) {
                out.println(Json.MAPPER.writeValueAsString(line));
            } else {
                TEXT.log(event).forEach(out::println);
            }
            out.flush();
        }

        @Override
        public void delta(Delta delta) {
            // The finished text follows.
        }

        @Override
        public void lost(String why) {
            err.println("offline, trying again (" + PlainText.line(why) + ")");
        }

        @Override
        public void back() {
            err.println("online again");
        }
    }
}
