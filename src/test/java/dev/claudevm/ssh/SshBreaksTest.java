package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.ssh.OpenSsh.Run;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who is not let in by SSH, and what people are told when something goes away under them. */
class SshBreaksTest {

    private static final int STRANGERS = 5;
    private static final Map<String, String> LIMITS = Map.of(
            "CLAUDE_VM_SSH_MAX_STRANGERS_OF_ONE", String.valueOf(STRANGERS),
            "CLAUDE_VM_SSH_GRACE", "4s",
            "CLAUDE_VM_SSH_MAX_CONNECTIONS", "6",
            "CLAUDE_VM_SSH_MAX_CHANNELS", "64");

    @TempDir
    static Path base;

    private static @Nullable SshWorkspace running;

    private static SshWorkspace there() {
        return Objects.requireNonNull(running);
    }

    @BeforeAll
    static void workspace() throws Exception {
        running = SshWorkspace.start(base, LIMITS);
    }

    @AfterAll
    static void nothingStays() throws Exception {
        if (running != null) {
            running.close();
        }
    }

    /** A connection with a program that goes on until it is cut off. */
    private static Process hold(OpenSsh client, String name) throws Exception {
        Path out = base.resolve(name + ".out");
        Process ssh = client.start(out, base.resolve(name + ".err"), "ssh", "ws", "echo on; sleep 1000");
        await("the connection is there")
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> Files.exists(out) && Files.readString(out).contains("on"));
        return ssh;
    }

    private static String endOf(Process ssh, String name) throws Exception {
        assertThat(ssh.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
        assertThat(ssh.exitValue()).isEqualTo(255);
        return Files.readString(base.resolve(name + ".err"));
    }

    @Test
    void anUnknownKeyIsRefusedUntilItIsRegisteredAndAfterItWasRemoved() throws Exception {
        OpenSsh other = there().client("other");
        assertThat(other.exec("true").err()).contains("Permission denied (publickey)");
        String key = there().register(other);
        assertThat(other.exec("true").exit()).isZero();

        Process open = hold(other, "removed");
        assertThat(there().server().call("DELETE", "ssh-keys/" + key, "").status())
                .isEqualTo(204);
        assertThat(endOf(open, "removed")).contains("The key of this connection was removed");
        assertThat(other.exec("true").err()).contains("Permission denied (publickey)");
        assertThat(there().client.exec("true").exit()).isZero();
    }

    @Test
    void aPasswordIsNotAskedFor() throws Exception {
        Run run = there().client("password")
                .ssh(null, "-o", "BatchMode=no", "-o", "PubkeyAuthentication=no", "ws", "true");
        assertThat(run.err()).contains("Permission denied (publickey)");
    }

    @Test
    void anUnknownWorkspaceIsSaidToWhoHasAKeyOnly() throws Exception {
        assertThat(there().client.ssh(null, "-l", "bold-fire-1", "ws", "true").err())
                .contains("There is no workspace \"bold-fire-1\"");
        assertThat(there().client("stranger")
                        .ssh(null, "-l", "bold-fire-1", "ws", "true")
                        .err())
                .doesNotContain("no workspace")
                .contains("Permission denied");
    }

    @Test
    void oneUnknownKeyAfterTheOtherIsAnsweredEverMoreSlowly() throws Exception {
        OpenSsh guesser = there().client("guesser");
        List<String> line = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            OpenSsh each = there().client("guess-" + i);
            line.add("-i");
            line.add(each.config().resolveSibling("key").toString());
        }
        line.addAll(List.of("-o", "IdentitiesOnly=yes", "-v", "ws", "true"));
        long start = System.nanoTime();
        Run run = guesser.ssh(null, line.toArray(String[]::new));
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        // Four are free (one of them without any key), then 0.5 s, 1 s, 2 s … until the time for a login is over.
        assertThat(run.exit()).isEqualTo(255);
        assertThat(took).isGreaterThan(3000);
    }

    @Test
    void thoseWhoDoNotLogInAreFewAndDoNotStay() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try {
            int port = there().port();
            for (int i = 0; i < STRANGERS; i++) {
                Socket socket = new Socket("127.0.0.1", port);
                socket.setSoTimeout(30_000);
                assertThat(socket.getInputStream().read()).as("it greets").isEqualTo('S');
                idle.add(socket);
            }
            try (Socket tooMany = new Socket("127.0.0.1", port)) {
                tooMany.setSoTimeout(30_000);
                assertThat(ended(tooMany)).as("one more is closed").isTrue();
            }
            for (Socket socket : idle) {
                assertThat(ended(socket)).as("its time is over").isTrue();
            }
            await("there is room again").until(() -> there().client.exec("true").exit() == 0);
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    private static boolean ended(Socket socket) {
        try {
            return socket.getInputStream().readAllBytes().length >= 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void onePersonHasSoManyConnectionsAndNoMore() throws Exception {
        List<Process> open = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                open.add(hold(there().client, "many-" + i));
            }
            assertThat(there().client.exec("true").err()).contains("You have 6 SSH connections already");
        } finally {
            open.forEach(Process::destroyForcibly);
        }
        await("they are gone").until(() -> there().client.exec("true").exit() == 0);
    }

    @Test
    void everyLoginIsWrittenDown() throws Exception {
        assertThat(there().client.exec("true").exit()).isZero();
        await("its end is there").untilAsserted(() -> {
            JsonNode login = there().server().get("ssh-logins").path("logins").path(0);
            assertThat(login.path("workspaceId").asString("")).isEqualTo(there().id);
            assertThat(login.path("user").asString("")).isEqualTo("owner");
            assertThat(login.path("from").asString("")).startsWith("127.0.0.1:");
            assertThat(login.path("fingerprint").asString("")).startsWith("SHA256:");
            assertThat(login.path("endedAt").asString("")).isNotEmpty();
        });
    }

    @Test
    void aStoppedWorkspaceTellsWhoIsInAndStartsForTheNext() throws Exception {
        Process open = hold(there().client, "stopped");
        assertThat(there().server()
                        .call("POST", "workspaces/" + there().id + "/down", "")
                        .status())
                .isEqualTo(202);
        assertThat(endOf(open, "stopped")).contains("Workspace " + there().id + " was stopped");
        await("it has stopped")
                .atMost(1, TimeUnit.MINUTES)
                .until(() -> there().server()
                        .get("workspaces/" + there().id)
                        .path("state")
                        .asString("")
                        .equals("stopped"));

        Run run = there().client.exec("echo up");
        assertThat(run.out()).isEqualTo("up\n");
        assertThat(run.err()).contains("is stopped. It is being started", "It runs.");
    }

    @Test
    void aServerThatEndsSaysSoAndAKilledOneIsNoticedAndBothAreBackAtTheSamePlace() throws Exception {
        int port = there().port();
        Process open = hold(there().client, "ended");
        there().startAgain(LIMITS);
        assertThat(endOf(open, "ended")).contains("The server is stopping");
        assertThat(there().port()).isEqualTo(port);

        Process again = hold(there().client, "killed");
        there().server().kill9();
        assertThat(endOf(again, "killed")).containsAnyOf("closed by remote host", "Connection reset", "Broken pipe");
        there().startAgain(LIMITS);
        // Strict about the host key: it is the same.
        assertThat(there().client.exec("echo back").out()).isEqualTo("back\n");
    }
}
