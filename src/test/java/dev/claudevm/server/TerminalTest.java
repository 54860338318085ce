package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Terminals, with everything real: server, THERE.id(), bridge, tmux and shell. */
class TerminalTest {

    @RegisterExtension
    static final OneWorkspace THERE =
            new OneWorkspace(project -> Files.writeString(project.resolve("README"), "a project"));

    private static ServerProcess server() {
        return THERE.server();
    }

    private static TerminalPage page(String terminal) throws IOException {
        return new TerminalPage(
                "workspaces/" + THERE.id() + "/terminals/" + terminal + "/socket",
                "Authorization",
                "Bearer " + server().token());
    }

    @Test
    void whatIsTypedIsDoneAndTheSizeFollows() throws Exception {
        try (TerminalPage page = page("echo")) {
            page.open(server().url(), false);
            page.type("echo A$((1+1))B\r");
            page.awaitScreen("A2B");
            page.type("printf 'is %s\\n' \"$(stty size)\"\r");
            page.awaitScreen("is 30 100");
            page.size(61, 17);
            page.type("printf 'then %s\\n' \"$(stty size)\"\r");
            page.awaitScreen("then 17 61");
            page.type("printf '\\033[38;2;1;2;3mcoloured\\033[0m\\n'\r");
            page.awaitScreen("38;2;1;2;3mcoloured");
            await("everything typed is in the workspace").until(() -> page.unsettled() == 0);
        }
    }

    @Test
    void afterAReloadTheScreenAndItsPastAreThere() throws Exception {
        try (TerminalPage page = page("reload")) {
            page.open(server().url(), false);
            page.type("for i in $(seq 1 200); do echo \"past-$i-end\"; done; echo all-there\r");
            page.awaitScreen("past-200-end");
            page.type("half a comm");
            page.awaitScreen("half a comm");
            page.cut();

            JsonNode ready = page.open(server().url(), true);
            assertThat(ready.path("resumed").asBoolean(true)).isFalse();
            assertThat(ready.path("before").path("taken").asLong(0))
                    .isEqualTo(ready.path("before").path("written").asLong(-1));
            page.awaitScreen("half a comm");
            assertThat(page.screen()).contains("past-1-end", "past-100-end", "past-200-end");
            page.type("\025echo still-$((40+2))\r");
            page.awaitScreen("still-42");
        }
    }

    @Test
    void aPageThatShowsNothingGetsAWindowfulAndCtrlCComesThrough() throws Exception {
        try (TerminalPage page = page("flood")) {
            page.open(server().url(), false);
            page.shows(false);
            page.type("yes flood-$((100+11))\r");
            await("the window is full").until(() -> page.received() > TerminalPage.WINDOW_BYTES / 2);
            page.type("\003");
            await("Ctrl-C is in the workspace").until(() -> page.unsettled() == 0);
            page.shows(true);
            page.type("echo after-$((5*5))\r");
            page.awaitScreen("after-25");
            assertThat(page.mostOutstanding()).isLessThanOrEqualTo(TerminalPage.WINDOW_BYTES);
        }
    }

    @Test
    void ahundredMegabytesEndAndLittleIsUnderWay() throws Exception {
        try (TerminalPage page = page("bulk")) {
            page.open(server().url(), false);
            page.type("head -c 100000000 /dev/zero | tr '\\0' x | fold -w 90; echo bulk-$((6*7))\r");
            page.awaitScreen("bulk-42");
            assertThat(page.mostOutstanding()).isLessThanOrEqualTo(TerminalPage.WINDOW_BYTES);
        }
    }

    @Test
    void binaryNoiseDoesNotBreakIt() throws Exception {
        try (TerminalPage page = page("noise")) {
            page.open(server().url(), false);
            // An end of the string that the noise may have begun: whatever follows would be part of it.
            page.type("head -c 3000000 /dev/urandom; printf '\\033\\\\\\033c'; stty sane; echo noise-$((8*8))\r");
            page.awaitScreen("noise-64");
            page.type("\025\recho sane-$((9*9))\r");
            page.awaitScreen("sane-81");
        }
    }

    @Test
    void twoPagesOfDifferentSizeSeeTheSameTerminal() throws Exception {
        try (TerminalPage one = page("both");
                TerminalPage two = page("both")) {
            one.open(server().url(), false);
            two.open(server().url(), false);
            two.size(50, 12);
            one.type("echo from-$((1+2))-one\r");
            two.awaitScreen("from-3-one");
            two.type("echo from-$((2+2))-two\r");
            one.awaitScreen("from-4-two");
        }
    }

    @Test
    void aKilledServerComesBackWithTheScreenAndTheShellAsTheyWere() throws Exception {
        try (TerminalPage page = page("killed")) {
            page.open(server().url(), false);
            page.type("kept=in-this-shell; echo before-$((1+1))-kill\r");
            page.awaitScreen("before-2-kill");
            await("all is taken").until(() -> page.unsettled() == 0);
            server().kill9();
            page.cut();
            server().close();
            THERE.start();
            server().awaitOnline(THERE.id());

            JsonNode ready = page.open(server().url(), false);
            assertThat(ready.path("resumed").asBoolean(true)).isFalse();
            // It cannot know what the one before took, and says nothing of it.
            assertThat(ready.has("before")).isFalse();
            page.awaitScreen("before-2-kill");
            page.type("echo $kept-$((3+4))\r");
            page.awaitScreen("in-this-shell-7");
        }
    }

    @Test
    void aRevokedDeviceLosesItsTerminalAtOnce() throws Exception {
        String cookie = newDevice();
        try (TerminalPage page = new TerminalPage(
                "workspaces/" + THERE.id() + "/terminals/default/socket", "Cookie", cookie, "Origin", server().url())) {
            page.open(server().url(), false);
            String id = device(cookie);
            assertThat(server().call("DELETE", "devices/" + id, "").status()).isEqualTo(204);
            page.awaitClosed(4004);
            assertThatThrownBy(() -> page.connect(server().url(), false))
                    .hasCauseInstanceOf(WebSocketHandshakeException.class)
                    .rootCause()
                    .hasMessageContaining("401");
        }
    }

    @Test
    void aPageOfAnotherSiteAndAStrangerGetNoSocket() throws Exception {
        String path = "workspaces/" + THERE.id() + "/terminals/default/socket";
        try (TerminalPage foreign =
                        new TerminalPage(path, "Cookie", newDevice(), "Origin", "https://elsewhere.example");
                TerminalPage noOrigin = new TerminalPage(path, "Cookie", newDevice());
                TerminalPage stranger = new TerminalPage(path)) {
            for (TerminalPage page : new TerminalPage[] {foreign, noOrigin}) {
                assertThatThrownBy(() -> page.connect(server().url(), false))
                        .hasCauseInstanceOf(WebSocketHandshakeException.class)
                        .rootCause()
                        .hasMessageContaining("403");
            }
            assertThatThrownBy(() -> stranger.connect(server().url(), false))
                    .rootCause()
                    .hasMessageContaining("401");
        }
    }

    @Test
    void terminalsAreOpenedRenamedAndClosed() throws Exception {
        String all = "workspaces/" + THERE.id() + "/terminals";
        assertThat(server().call("PUT", all + "/build%20server", "").status()).isEqualTo(200);
        assertThat(names()).contains("build server");
        try (TerminalPage page = page("build%20server")) {
            page.open(server().url(), false);
            page.type("echo named-$((7+7))\r");
            page.awaitScreen("named-14");
            assertThat(server().call("PATCH", all + "/build%20server", "{\"name\": \"Überbau\"}")
                            .status())
                    .isEqualTo(200);
            assertThat(names()).contains("Überbau").doesNotContain("build server");
            page.type("echo goes-on-$((8+8))\r");
            page.awaitScreen("goes-on-16");
            assertThat(server().call("DELETE", all + "/%C3%9Cberbau", "").status())
                    .isEqualTo(204);
            page.awaitClosed(4002);
        }
        assertThat(names()).doesNotContain("Überbau");
        assertThat(server().call("PUT", all + "/a%24(b)", "").status()).isEqualTo(422);
        assertThat(server().call("PUT", all + "/-t", "").status()).isEqualTo(422);
        assertThat(server().call("PATCH", all + "/none", "{\"name\": \"other\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aFrameThatIsWrongClosesTheSocketAndNothingElse() throws Exception {
        try (TerminalPage page = page("frames")) {
            page.open(server().url(), false);
            page.type("echo frames-$((3*3))\r");
            page.awaitScreen("frames-9");
            page.leaveOutOne();
            page.type("x");
            page.awaitClosed(1002);
        }
        try (TerminalPage page = page("frames")) {
            page.open(server().url(), false);
            page.control("no JSON");
            page.awaitClosed(1002);
            page.open(server().url(), true);
            page.control("{\"t\": \"shown\", \"to\": 1000000000}");
            page.awaitClosed(1002);
            page.open(server().url(), true);
            page.control("x".repeat(5000));
            page.awaitClosed(1009);
            JsonNode ready = page.open(server().url(), true);
            assertThat(ready.path("relay").asString("")).isNotEmpty();
            page.type("echo frames-again-$((4*4))\r");
            page.awaitScreen("frames-again-16");
        }
    }

    @Test
    void theTerminalOfAStoppedWorkspaceSaysSoAndOpensWhenItRuns() throws Exception {
        Path project = Files.createDirectories(THERE.base().resolve("stopped"));
        Files.writeString(project.resolve("README"), "another project");
        String other = server().runningWorkspace(project);
        try (TerminalPage page = new TerminalPage(
                "workspaces/" + other + "/terminals/default/socket", "Authorization", "Bearer " + server().token())) {
            page.open(server().url(), false);
            page.type("echo up-$((1+1))\r");
            page.awaitScreen("up-2");
            assertThat(server().call("POST", "workspaces/" + other + "/down", "")
                            .status())
                    .isEqualTo(202);
            await("it has stopped")
                    .atMost(1, TimeUnit.MINUTES)
                    .until(() -> server().get("workspaces/" + other)
                            .path("state")
                            .asString("")
                            .equals("stopped"));
            page.cut();
            page.connect(server().url(), false);
            page.awaitClosed(4003);
            assertThat(page.heard().getLast().path("kind").asString("")).isEqualTo("stopped");
            assertThat(server().call("GET", "workspaces/" + other + "/terminals", "")
                            .status())
                    .isEqualTo(409);

            assertThat(server().call("POST", "workspaces/" + other + "/up", "").status())
                    .isEqualTo(202);
            server().awaitOnline(other);
            page.open(server().url(), false);
            page.type("echo again-$((2+2))\r");
            page.awaitScreen("again-4");
        } finally {
            server().deleteWorkspace(other);
        }
    }

    @Test
    void theAgentsPaneIsShownAndTakesNoKeys() throws Exception {
        String conversation = server().newConversation(THERE.id(), "demo");
        assertThat(server().say(conversation, "m-pane", "say Seen in the pane").status())
                .isEqualTo(202);
        try (TerminalPage page = new TerminalPage(
                "conversations/" + conversation + "/pane/socket", "Authorization", "Bearer " + server().token())) {
            await("the agent has a pane").atMost(1, TimeUnit.MINUTES).until(() -> {
                page.open(server().url(), true);
                await().until(() -> page.screen().contains("Seen in the pane") || page.closeCode() != 0);
                return page.screen().contains("Seen in the pane");
            });
            page.type("typed into the pane\r");
            page.awaitClosed(1002);
        }
    }

    @Test
    void thereIsAMostOfTerminals() throws Exception {
        String all = "workspaces/" + THERE.id() + "/terminals";
        int made = 0;
        ServerProcess.Answer answer = server().call("PUT", all + "/many-0", "");
        while (answer.status() == 200 && made < 25) {
            made++;
            answer = server().call("PUT", all + "/many-" + made, "");
        }
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().path("detail").asString("")).contains("20 terminals");
        try (TerminalPage page = page("one-more")) {
            page.open(server().url(), false);
            page.awaitClosed(4002);
            assertThat(page.screen()).contains("which is the most");
        }
        for (int i = 0; i < made; i++) {
            server().call("DELETE", all + "/many-" + i, "");
        }
    }

    private static String names() throws Exception {
        return server().get("workspaces/" + THERE.id() + "/terminals").toString();
    }

    private static String newDevice() throws Exception {
        String code = server().call("POST", "login-links", "")
                .json()
                .path("url")
                .asString("")
                .replaceAll(".*token=", "");
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(server().url() + "/login/link"))
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString("token=" + code))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return RunningServer.cookie(answer);
        }
    }

    private static String device(String cookie) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String list = http.send(
                            HttpRequest.newBuilder(URI.create(server().url() + "/api/v1/devices"))
                                    .header("Cookie", cookie)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            for (JsonNode device : Json.MAPPER.readTree(list).path("devices").values()) {
                if (device.path("current").asBoolean(false)) {
                    return device.path("id").asString("");
                }
            }
            throw new AssertionError("No device is the current one: " + list);
        }
    }
}
