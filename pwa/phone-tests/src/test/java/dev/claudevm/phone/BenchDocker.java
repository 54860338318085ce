package dev.claudevm.phone;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.claudevm.testkit.DockerEngine;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How soon a stopped workspace in Docker takes a message. See {@link Bench}. */
class BenchDocker {

    private static final int ROUNDS = 9;

    @TempDir
    Path base;

    private final HttpClient client = HttpClient.newHttpClient();
    private Product product;

    @Test
    void wakes() throws Exception {
        DockerEngine engine = DockerEngine.get();
        Files.writeString(Files.createDirectories(base.resolve("project")).resolve("file"), "x");
        product = new Product(
                base,
                "providers: {docker: {host: \"" + engine.host() + "\", image: \"" + DockerEngine.IMAGE + "\"}}\n");
        product.start();
        String id = call(
                        "POST",
                        "workspaces",
                        "{\"provider\": \"docker\", \"source\": \"" + base.resolve("project") + "\"}")
                .get("id")
                .getAsString();
        try {
            await(id, "running");
            String conversation = call("POST", "workspaces/" + id + "/conversations", "{\"agent\": \"demo\"}")
                    .get("id")
                    .getAsString();
            say(conversation, "first");
            awaitEvent(conversation, "text", 1);
            // The first start of a kit makes its cache of classes beside it.
            Path caches = product.home().resolve("kits/caches");
            Awaitility.await("the cache of classes")
                    .atMost(java.time.Duration.ofMinutes(1))
                    .until(() -> {
                        try (var all = Files.list(caches)) {
                            return all.anyMatch(file -> file.toString().endsWith(".aot")
                                    && !file.getFileName().toString().startsWith("."));
                        }
                    });
            List<Long> turns = new ArrayList<>();
            List<Long> words = new ArrayList<>();
            List<Long> floors = new ArrayList<>();
            for (int round = 1; round <= ROUNDS; round++) {
                call("POST", "workspaces/" + id + "/down", "");
                await(id, "stopped");
                floors.add(floor(engine, round));
                long began = System.nanoTime();
                say(conversation, "round " + round);
                awaitEvent(conversation, "turn.started", round + 1);
                turns.add((System.nanoTime() - began) / 1_000_000);
                awaitEvent(conversation, "text", round + 1);
                words.add((System.nanoTime() - began) / 1_000_000);
                await(id, "running");
            }
            String floor = "`docker start` " + Bench.spread(floors);
            Bench.row(
                    "a stopped Docker workspace, from a message to its turn: median / p95",
                    Bench.spread(turns),
                    floor,
                    "2,000 ms");
            Bench.row("the same, to the agent's first word: median / p95", Bench.spread(words), floor, "");
        } finally {
            call("DELETE", "workspaces/" + id + "?purge=true", "");
            Awaitility.await("it is gone")
                    .atMost(java.time.Duration.ofMinutes(1))
                    .until(() -> send("GET", "workspaces/" + id, "").statusCode() == 404);
            product.close();
        }
    }

    /** The Engine alone: a container of the same image, until its program runs. */
    private static long floor(DockerEngine engine, int round) throws Exception {
        String name = "claude-vm-floor-" + round;
        engine.call(
                "POST",
                "/containers/create?name=" + name,
                "{\"Image\": \"" + DockerEngine.IMAGE + "\", \"Cmd\": [\"sleep\", \"60\"]}");
        long began = System.nanoTime();
        engine.call("POST", "/containers/" + name + "/start");
        long took = (System.nanoTime() - began) / 1_000_000;
        engine.call("DELETE", "/containers/" + name + "?force=true");
        return took;
    }

    private void say(String conversation, String words) throws Exception {
        HttpResponse<String> answer = send(
                "PUT",
                "conversations/" + conversation + "/messages/m-" + words.replace(' ', '-'),
                "{\"text\": \"say " + words + "\"}");
        if (answer.statusCode() != 202) {
            throw new AssertionError(answer.body());
        }
    }

    private void awaitEvent(String conversation, String type, int times) {
        Awaitility.await(type)
                .atMost(java.time.Duration.ofMinutes(1))
                .pollInterval(java.time.Duration.ofMillis(20))
                .pollDelay(java.time.Duration.ZERO)
                .until(() -> count(
                                call("GET", "conversations/" + conversation + "/events?limit=1000", "")
                                        .toString(),
                                type)
                        >= times);
    }

    private static int count(String json, String type) {
        return json.split("\"type\":\"" + type + "\"", -1).length - 1;
    }

    private void await(String id, String state) {
        Awaitility.await(id + " is " + state)
                .atMost(java.time.Duration.ofMinutes(2))
                .until(() -> call("GET", "workspaces/" + id, "")
                        .get("state")
                        .getAsString()
                        .equals(state));
    }

    private JsonObject call(String method, String path, String json) throws Exception {
        return JsonParser.parseString(send(method, path, json).body()).getAsJsonObject();
    }

    private HttpResponse<String> send(String method, String path, String json) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(product.url() + "/api/v1/" + path))
                        .header(
                                "Authorization",
                                "Bearer "
                                        + Files.readString(product.home().resolve("token"))
                                                .strip())
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                json.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
