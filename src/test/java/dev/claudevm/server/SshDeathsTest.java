package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.SshMachine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server is killed when a machine over SSH has done a step of a workspace's life and the server does not know it yet. */
@SuppressWarnings("NullAway.Init")
class SshDeathsTest {

    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    Path base;

    private SshMachine machine;
    private ServerProcess server;

    @BeforeEach
    void aServer() throws Exception {
        machine = SshMachine.start();
        machine.tap();
        machine.reboot();
        Files.writeString(Files.createDirectories(base.resolve("project")).resolve("file"), "x");
        server = ServerProcess.start(base, Map.of());
        AddedMachine.add(server, machine, machine.port());
    }

    @AfterEach
    void nothingStays() throws Exception {
        try (SshMachine ends = machine) {
            ends.release();
            if (server != null) {
                server.close();
            }
        }
    }

    /** @param next after which command of the machine the next server dies */
    private void diesAndComesBack(@Nullable String next) throws Exception {
        await("the machine has done it").atMost(LONG).until(machine::holds);
        server.kill9();
        server.close();
        if (next != null) {
            machine.holdAfter(next);
        }
        machine.release();
        server = ServerProcess.start(base, Map.of());
    }

    @Test
    void killedAfterEachStepItGoesOnAndNothingLeaksOrDoubles() throws Exception {
        // Made: room for it, programs, its files, the whole; then the bridge's programs, and a process.
        machine.holdAfter("begin");
        String id = make();
        diesAndComesBack("put kits");
        diesAndComesBack("take");
        diesAndComesBack("finish");
        diesAndComesBack("put bridges");
        diesAndComesBack("start");
        diesAndComesBack(null);
        server.awaitOnline(id);
        String conversation = server.newConversation(id, "demo");
        server.say(conversation, "m1", "say still one");
        awaitOnce(conversation, "still one");
        assertThat(bridges(id)).isEqualTo(1);

        // Stopped, and woken by a message.
        machine.holdAfter("stop");
        ask("POST", "workspaces/" + id + "/down?force=true");
        diesAndComesBack(null);
        awaitState(id, "stopped");
        assertThat(bridges(id)).isZero();
        machine.holdAfter("start");
        server.say(conversation, "m2", "say awake");
        diesAndComesBack(null);
        awaitOnce(conversation, "awake");
        assertThat(bridges(id)).isEqualTo(1);

        // Deleted; another one for good.
        machine.holdAfter("delete");
        ask("DELETE", "workspaces/" + id);
        diesAndComesBack(null);
        awaitState(id, "deleted");
        awaitOnce(conversation, "still one");
        nothingIsOnTheMachine();
        String other = make();
        server.awaitOnline(other);
        machine.holdAfter("delete");
        ask("DELETE", "workspaces/" + other + "?purge=true");
        diesAndComesBack(null);
        await(other + " is gone")
                .atMost(LONG)
                .until(() -> server.call("GET", "workspaces/" + other, "").status() == 404);
        nothingIsOnTheMachine();
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
        String wish = Json.MAPPER
                .createObjectNode()
                .put("source", base.resolve("project").toString())
                .put("provider", AddedMachine.NAME)
                .toString();
        return server.call("POST", "workspaces", wish).json().path("id").asString("");
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

    /** @return how many bridges of the workspace run */
    private static int bridges(String id) throws IOException {
        int found = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : all) {
                if (says(process.resolve("cmdline"), "\0dev.claudevm.bridge.BridgeMain\0")
                        && says(process.resolve("environ"), "CLAUDE_VM_WORKSPACE=" + id + "\0")) {
                    found++;
                }
            }
        }
        return found;
    }

    private static boolean says(Path file, String what) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(what);
        } catch (IOException gone) {
            return false;
        }
    }

    private void nothingIsOnTheMachine() {
        await("nothing of ours is on the machine").atMost(LONG).untilAsserted(() -> {
            try (Stream<Path> left = Files.list(machine.home())) {
                assertThat(left).isEmpty();
            }
        });
    }
}
