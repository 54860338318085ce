package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.server.ServerProcess;
import dev.claudevm.server.TerminalPage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes over SSH, a terminal's output and looking at files keep workspaces from stopping by themselves, silence does not. */
class InUseTest {

    @TempDir
    Path base;

    @Test
    void whatIsUsedRunsOnAndStopsWhenItIsUsedNoMore() throws Exception {
        // Longer than it takes to make the others, of which nobody uses the first ones meanwhile.
        try (SshWorkspace ssh = SshWorkspace.start(base, Map.of(), "limits: {idle: 10s}\n")) {
            ServerProcess server = ssh.server();
            String typed = workspace(server, "typed");
            String looked = workspace(server, "looked");
            Path out = base.resolve("out");
            Process talk =
                    ssh.client.start(out, base.resolve("err"), "ssh", "ws", "while sleep 0.2; do echo tick; done");
            try (TerminalPage page = new TerminalPage(
                    "workspaces/" + typed + "/terminals/default/socket", "Authorization", "Bearer " + server.token())) {
                page.open(server.url(), false);
                page.type("while sleep 0.2; do echo tick; done\r");
                String idle = workspace(server, "idle");
                await("the one that nobody uses stops")
                        .atMost(1, TimeUnit.MINUTES)
                        .pollInterval(200, TimeUnit.MILLISECONDS)
                        .until(() -> {
                            server.get("workspaces/" + looked + "/files");
                            return state(server, idle).equals("stopped");
                        });
                assertThat(state(server, ssh.id)).isEqualTo("running");
                assertThat(state(server, typed)).isEqualTo("running");
                assertThat(state(server, looked)).isEqualTo("running");

                page.type("\003");
                talk.destroy();
                // It is connected, and nothing comes.
                talk = ssh.client.start(out, base.resolve("err"), "ssh", "ws", "sleep 1000");
                for (String id : new String[] {ssh.id, typed, looked}) {
                    await(id + " stops")
                            .atMost(1, TimeUnit.MINUTES)
                            .until(() -> state(server, id).equals("stopped"));
                }
                assertThat(talk.waitFor(1, TimeUnit.MINUTES)).isTrue();
                server.deleteWorkspace(idle);
            } finally {
                talk.destroyForcibly();
                server.deleteWorkspace(typed);
                server.deleteWorkspace(looked);
            }
        }
    }

    private String workspace(ServerProcess server, String name) throws Exception {
        Path project = Files.createDirectories(base.resolve(name));
        Files.writeString(project.resolve("README"), name);
        return server.runningWorkspace(project);
    }

    private static String state(ServerProcess server, String id) throws Exception {
        return server.get("workspaces/" + id).path("state").asString("");
    }
}
