package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.DockerEngine;
import dev.claudevm.testkit.EngineTap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The server is killed when Docker has done a step of a workspace's life and the server does not know it yet. */
@SuppressWarnings("NullAway.Init")
class DockerDeathsTest {

    private static final Duration LONG = Duration.ofMinutes(2);

    /** The workspace's own container, not one that does an errand. */
    private static final String CONTAINER_MADE = "^POST .*/containers/create\\?.*name=claude-vm-";

    @TempDir
    Path base;

    private DockerEngine engine;
    private ServerProcess server;
    private EngineTap tap;
    /** What the server dies of; null: nothing. */
    private volatile @Nullable Pattern deadly;

    @BeforeEach
    void aServer() throws Exception {
        engine = DockerEngine.get();
        Files.writeString(
                Files.createDirectories(base.resolve("home")).resolve("config.yaml"),
                "providers: {docker: {host: \"unix://" + socket() + "\", image: \"" + DockerEngine.IMAGE + "\"}}\n");
        Files.writeString(Files.createDirectories(base.resolve("project")).resolve("file"), "x");
        begin(null);
    }

    @AfterEach
    void nothingStays() throws Exception {
        deadly = null;
        server.close();
        tap.close();
    }

    private Path socket() {
        return base.resolve("tap.sock");
    }

    private void begin(@Nullable String request) throws IOException {
        deadly = request == null ? null : Pattern.compile(request);
        tap = new EngineTap(socket(), engine, this::answered);
        server = ServerProcess.start(base, Map.of());
    }

    private boolean answered(String request) {
        Pattern now = deadly;
        if (now == null || !now.matcher(request).find()) {
            return true;
        }
        deadly = null;
        server.kill9();
        return false;
    }

    /** @param next what the next server dies of */
    private void diesAndComesBack(@Nullable String next) throws Exception {
        server.awaitExit();
        server.close();
        tap.close();
        begin(next);
    }

    @Test
    void killedAfterEachStepItGoesOnAndNothingLeaksOrDoubles() throws Exception {
        // Made: the volumes, the files in them, the container, which then is started.
        deadly = Pattern.compile("^POST .*/volumes/create");
        String id = make();
        diesAndComesBack("^PUT .*/archive");
        diesAndComesBack(CONTAINER_MADE);
        diesAndComesBack("^POST .*/containers/[^/]*" + id + "/start");
        diesAndComesBack(null);
        server.awaitOnline(id);
        String conversation = server.newConversation(id, "demo");
        server.say(conversation, "m1", "say still one");
        awaitOnce(conversation, "still one");

        // Stopped, and woken by a message.
        deadly = Pattern.compile("^POST .*/stop");
        ask("POST", "workspaces/" + id + "/down?force=true");
        diesAndComesBack(null);
        awaitState(id, "stopped");
        deadly = Pattern.compile("^POST .*/containers/[^/]*" + id + "/start");
        server.say(conversation, "m2", "say awake");
        diesAndComesBack(null);
        awaitOnce(conversation, "awake");

        // Deleted: its container, its volumes.
        deadly = Pattern.compile("^DELETE .*/containers/[^/]*" + id);
        ask("DELETE", "workspaces/" + id);
        diesAndComesBack("^DELETE .*/volumes/");
        diesAndComesBack(null);
        awaitState(id, "deleted");
        nothingIsInTheEngine();
        awaitOnce(conversation, "still one");

        // And another one for good.
        String other = make();
        server.awaitOnline(other);
        deadly = Pattern.compile("^DELETE .*/volumes/");
        ask("DELETE", "workspaces/" + other + "?purge=true");
        diesAndComesBack(null);
        await(other + " is gone")
                .atMost(LONG)
                .until(() -> server.call("GET", "workspaces/" + other, "").status() == 404);
        nothingIsInTheEngine();
    }

    /** Its answer may die with the server. */
    private void ask(String method, String path) throws InterruptedException {
        try {
            server.call(method, path, "");
        } catch (IOException died) {
            // It was written down before.
        }
    }

    private String make() throws Exception {
        server.trainBridges();
        JsonNode made = server.call(
                        "POST",
                        "workspaces",
                        Json.MAPPER
                                .createObjectNode()
                                .put("source", base.resolve("project").toString())
                                .put("provider", "docker")
                                .toString())
                .json();
        return made.path("id").asString("");
    }

    private void awaitOnce(String conversation, String text) {
        await("the agent says " + text)
                .atMost(LONG)
                .untilAsserted(() -> assertThat(
                                server
                                        .get("conversations/" + conversation + "/events?limit=1000")
                                        .path("events")
                                        .values()
                                        .stream()
                                        .filter(event ->
                                                event.path("type").asString("").equals("text"))
                                        .map(event -> event.path("markdown").asString("")))
                        .containsOnlyOnce(text));
    }

    private void awaitState(String id, String state) {
        await(id + " is " + state)
                .atMost(LONG)
                .untilAsserted(() -> assertThat(
                                server.get("workspaces/" + id).path("state").asString(""))
                        .isEqualTo(state));
    }

    private void nothingIsInTheEngine() throws IOException {
        String installation =
                Files.readString(base.resolve("home/docker/installation")).strip();
        for (String things : new String[] {"containers/json?all=true&", "volumes?", "networks?"}) {
            assertThat(engine.call(
                            "GET",
                            "/" + things + "filters=%7B%22label%22%3A%5B%22dev.claudevm.installation%3D" + installation
                                    + "%22%5D%7D"))
                    .as(things)
                    .doesNotContain(installation);
        }
    }
}
