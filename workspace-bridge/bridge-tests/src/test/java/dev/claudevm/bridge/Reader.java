package dev.claudevm.bridge;

import dev.claudevm.protocol.Delta;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;

/** Somebody who follows a conversation's event stream. */
final class Reader implements AutoCloseable {

    final List<JsonNode> events = new CopyOnWriteArrayList<>();
    final List<Delta> deltas = new CopyOnWriteArrayList<>();
    volatile boolean over;
    private volatile int beats;
    private final InputStream stream;

    Reader(HttpClient client, String base, String token, String conversation, long after) {
        try {
            HttpResponse<InputStream> response = client.send(
                    HttpRequest.newBuilder(
                                    URI.create(base + "/v1/conversations/" + conversation + "/events?after=" + after))
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            stream = response.body();
            if (response.statusCode() != 200) {
                throw new AssertionError(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        Thread.ofVirtual().start(this::read);
    }

    private void read() {
        try (var lines = new java.io.BufferedReader(new java.io.InputStreamReader(stream, StandardCharsets.UTF_8))) {
            String type = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event: ")) {
                    type = line.substring("event: ".length());
                } else if (line.startsWith("data: ")) {
                    String data = line.substring("data: ".length());
                    switch (type) {
                        case "delta" -> deltas.add(Json.MAPPER.readValue(data, Delta.class));
                        case "beat" -> beats++;
                        default -> events.add(Json.MAPPER.readTree(data));
                    }
                }
            }
        } catch (IOException e) {
            // The stream was cut.
        }
        over = true;
    }

    @Override
    public String toString() {
        return "a reader with " + events.size() + " events, " + deltas.size() + " deltas, " + beats + " beats"
                + (over ? "; its stream is over" : "");
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
