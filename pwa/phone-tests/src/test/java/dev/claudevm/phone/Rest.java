package dev.claudevm.phone;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;

/** The product by its REST API, for what is measured without a browser. */
final class Rest implements AutoCloseable {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Product product;

    Rest(Product product) {
        this.product = product;
    }

    JsonObject call(String method, String path, String json) throws Exception {
        HttpResponse<String> answer = send(method, path, json);
        if (answer.statusCode() >= 300) {
            throw new AssertionError(method + " " + path + ": " + answer.body());
        }
        return answer.body().isBlank()
                ? new JsonObject()
                : JsonParser.parseString(answer.body()).getAsJsonObject();
    }

    JsonObject get(String path) throws Exception {
        return call("GET", path, "");
    }

    private HttpResponse<String> send(String method, String path, String json) throws Exception {
        String token = Files.readString(product.home().resolve("token")).strip();
        return client.send(
                HttpRequest.newBuilder(URI.create(product.url() + "/api/v1/" + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                json.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** @return the id of a new workspace that runs */
    String workspace(String provider, Path project) throws Exception {
        JsonObject wish = new JsonObject();
        wish.addProperty("provider", provider);
        wish.addProperty("source", project.toString());
        String id = call("POST", "workspaces", wish.toString()).get("id").getAsString();
        awaitState(id, "running");
        return id;
    }

    JsonObject awaitState(String id, String state) {
        return Awaitility.await(id + " is " + state)
                .atMost(LONG)
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK)
                .until(() -> get("workspaces/" + id), now -> {
                    String is = now.get("state").getAsString();
                    if (is.equals("failed") && !state.equals("failed")) {
                        throw new AssertionError(now.toString());
                    }
                    return is.equals(state);
                });
    }

    /** With all that is known of it. */
    void purge(String id) throws Exception {
        var _ = call("DELETE", "workspaces/" + id + "?purge=true", "");
        Awaitility.await(id + " is gone")
                .atMost(LONG)
                .until(() -> send("GET", "workspaces/" + id, "").statusCode() == 404);
    }

    /** @return the new snapshot's record */
    JsonObject snapshot(String workspace) throws Exception {
        String path = "workspaces/" + workspace + "/snapshots";
        String id = call("POST", path, "").get("id").getAsString();
        JsonObject made = Awaitility.await("the snapshot has ended")
                .atMost(LONG)
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK)
                .until(
                        () -> list(get(path), "snapshots").stream()
                                .filter(one -> one.get("id").getAsString().equals(id))
                                .findFirst()
                                .orElseThrow(),
                        one -> !one.get("state").getAsString().equals("making"));
        if (!made.get("state").getAsString().equals("done")) {
            throw new AssertionError(made.toString());
        }
        return made;
    }

    /** @return the conversation's id */
    String conversation(String workspace, String agent) throws Exception {
        return call("POST", "workspaces/" + workspace + "/conversations", "{\"agent\": \"" + agent + "\"}")
                .get("id")
                .getAsString();
    }

    void say(String conversation, String messageId, String text) throws Exception {
        JsonObject message = new JsonObject();
        message.addProperty("text", text);
        var _ = call("PUT", "conversations/" + conversation + "/messages/" + messageId, message.toString());
    }

    List<JsonObject> events(String conversation) throws Exception {
        return list(get("conversations/" + conversation + "/events?limit=1000"), "events");
    }

    void awaitEvents(String conversation, String type, int times) {
        Awaitility.await(times + " " + type)
                .atMost(LONG)
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK)
                .until(() -> events(conversation).stream()
                                .filter(event -> event.get("type").getAsString().equals(type))
                                .count()
                        >= times);
    }

    static List<JsonObject> list(JsonObject answer, String name) {
        return StreamSupport.stream(answer.getAsJsonArray(name).spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    @Override
    public void close() {
        client.close();
    }
}
