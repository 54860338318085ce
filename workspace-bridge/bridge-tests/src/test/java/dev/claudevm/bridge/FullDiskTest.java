package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Command;
import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The disk is full: nothing is acknowledged that is not on it, and work goes on when there is room again. */
class FullDiskTest {

    @Test
    void aCommandIsRefusedWhileTheDiskIsFullAndTakenOnceAfterwards() throws Exception {
        assertThat(System.getProperty("user.name"))
                .as("who runs this test: it mounts a small disk, which only root can; run ./verify as root")
                .isEqualTo("root");
        try (var given = new BridgeUnderTest()) {
            mount("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", given.state.toString());
            try {
                Files.writeString(given.state.resolve("token"), "one-time");
                given.start().withConversation();
                given.say("say before");
                given.eventsUntilTurns(1);
                Path ballast = fill(given.state);
                var command = new Command.Enqueue(
                        BridgeUnderTest.id(), "say " + "x".repeat(20_000), false, List.of(), "anna");
                var refused = given.send("POST", "/v1/conversations/c1/commands", command);
                assertThat(refused.statusCode()).as(refused.body()).isEqualTo(507);
                assertThat(refused.body()).contains("make room");
                assertThat(given.agentHeard(command.id())).isZero();
                Files.delete(ballast);
                given.command(command);
                given.eventsUntilTurns(2);
                var events = given.allEventsUntil(
                        "the end", e -> e.path("turnId").asString("").equals("t2"));
                assertThat(given.agentHeard(command.id())).isEqualTo(1);
                for (int i = 0; i < events.size(); i++) {
                    assertThat(events.get(i).path("seq").asInt()).isEqualTo(i + 1);
                }
            } finally {
                given.bridge().close();
                given.tmux("kill-server");
                mount("umount", "-l", given.state.toString());
            }
        }
    }

    private static Path fill(Path folder) throws IOException {
        Path ballast = folder.resolve("ballast");
        try (OutputStream out = Files.newOutputStream(ballast)) {
            byte[] block = new byte[4096];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            return ballast;
        }
    }

    private static void mount(String... command) {
        try (CleanProcess process = CleanProcess.of(command).start()) {
            assertThat(process.awaitExit(BridgeUnderTest.PATIENCE))
                    .as(process.log())
                    .isZero();
        }
    }
}
