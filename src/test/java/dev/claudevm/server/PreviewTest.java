package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.testkit.PreviewedProgram;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/**
 * A web server that the agent started in a real THERE.id(), seen through the real control plane, byte by byte: each request
 * is written by hand. {@code PreviewPhoneTest} does the same with a browser.
 */
class PreviewTest {

    private static String command = "";

    @RegisterExtension
    static final OneWorkspace THERE = new OneWorkspace(project -> command = PreviewedProgram.in(project, "::1", 0));

    private static String device;
    private static String pass;
    private static int port;

    private static ServerProcess server() {
        return THERE.server();
    }

    @BeforeAll
    static void start() throws Exception {
        device = loggedIn();
        port = Integer.parseInt(said(command).replaceFirst("(?s).*listening on (\\d+).*", "$1"));
        pass = pass(port);
    }

    /** What the demo agent's command prints. */
    private static String said(String command) throws Exception {
        String conversation = server().newConversation(THERE.id(), "demo");
        server().say(conversation, "m" + command.hashCode(), "bash " + command);
        String approval = await("the agent asks")
                .atMost(1, TimeUnit.MINUTES)
                .until(() -> server().get("approvals").findPath("id").asString(""), id -> id.startsWith(conversation));
        server().call("PUT", "approvals/" + approval + "/answer", "{\"id\": \"a1\", \"decision\": \"allow\"}");
        return await("the command has ended")
                .atMost(1, TimeUnit.MINUTES)
                .until(
                        () -> server().get("conversations/" + conversation + "/events?limit=1000")
                                .toString(),
                        events -> events.contains("turn.finished"));
    }

    private static String loggedIn() throws Exception {
        String body = "code=" + server().token();
        Reply reply = raw(
                "localhost",
                "POST /login HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: same-origin\r\n"
                        + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + body.length()
                        + "\r\nConnection: close\r\n\r\n" + body,
                new byte[0]);
        return cookie(reply, "claude_vm_device");
    }

    /** Goes the way of a browser from the product's page. */
    private static String pass(int port) throws Exception {
        Reply door =
                raw("localhost", get("/preview/" + THERE.id() + "/" + port + "/", "Cookie: " + device), new byte[0]);
        assertThat(door.status()).as(door.head()).isEqualTo(303);
        URI ticket = URI.create(door.header("Location"));
        assertThat(ticket.getHost()).isEqualTo(host(port));
        Reply entrance = raw(host(port), get(ticket.getRawPath() + "?" + ticket.getRawQuery()), new byte[0]);
        assertThat(entrance.status()).as(entrance.head()).isEqualTo(303);
        assertThat(entrance.header("Location")).isEqualTo("/");
        return cookie(entrance, "claude_vm_preview");
    }

    private static String host(int port) {
        return port + "--" + THERE.id() + ".localhost";
    }

    private static String get(String path, String... headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n"
                + String.join("\r\n", headers)
                + (headers.length == 0 ? "" : "\r\n")
                + "\r\n";
    }

    private static String cookie(Reply reply, String name) {
        Matcher found =
                Pattern.compile("(?im)^set-cookie: (" + name + "=[^;]+)").matcher(reply.head());
        assertThat(found.find()).as(reply.head()).isTrue();
        return found.group(1);
    }

    private record Reply(String head, byte[] body) {

        int status() {
            return Integer.parseInt(head.split(" ")[1]);
        }

        String header(String name) {
            Matcher found = Pattern.compile("(?im)^" + name + ": (.*)$").matcher(head);
            return found.find() ? found.group(1).strip() : "";
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private static Reply preview(String path, String... headers) throws IOException {
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = "Cookie: " + pass;
        return raw(host(port), get(path, all), new byte[0]);
    }

    /** @param request HOST in it becomes the host with the server's port */
    private static Reply raw(String host, String request, byte[] body) throws IOException {
        URI url = URI.create(server().url());
        try (Socket socket = new Socket("127.0.0.1", url.getPort())) {
            socket.setSoTimeout(60_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.replace("HOST", host + ":" + url.getPort()).getBytes(StandardCharsets.ISO_8859_1));
            out.write(body);
            out.flush();
            String head = head(socket.getInputStream());
            byte[] rest = socket.getInputStream().readAllBytes();
            return new Reply(
                    head,
                    head.toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked")
                            ? unchunked(rest)
                            : rest);
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("cut off after: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static byte[] unchunked(byte[] chunks) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int at = 0;
        while (at < chunks.length) {
            int end = at;
            while (chunks[end] != '\r') {
                end++;
            }
            int length = Integer.parseInt(new String(chunks, at, end - at, StandardCharsets.US_ASCII), 16);
            whole.write(chunks, end + 2, length);
            at = end + 2 + length + 2;
        }
        return whole.toByteArray();
    }

    @Test
    void aPortIsNoticedWithWhatListensThere() throws Exception {
        JsonNode ports = server().get("workspaces/" + THERE.id() + "/ports").path("ports");
        assertThat(ports).hasSize(1);
        assertThat(ports.get(0).path("port").asInt()).isEqualTo(port);
        assertThat(ports.get(0).path("program").asString("")).isEqualTo("java");
        assertThat(ports.get(0).path("command").asString("")).contains("Previewed.java");
        assertThat(ports.get(0).path("path").asString("")).isEqualTo("/preview/" + THERE.id() + "/" + port + "/");
    }

    @Test
    void aPageIsHandedOnAsItIs() throws Exception {
        Reply page = preview("/");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.text()).contains("<h1>Under development</h1>");
        // Nothing of the product's own rules: the page is another origin's.
        assertThat(page.head()).doesNotContainIgnoringCase("content-security-policy");
        Reply body = preview("/until-close");
        assertThat(body.text()).isEqualTo("all there is");
    }

    @Test
    void theProgramSeesItsOwnNameAndNoneOfTheLogins() throws Exception {
        String origin =
                "http://" + host(port) + ":" + URI.create(server().url()).getPort();
        Reply seen = preview(
                "/headers?a=%2F|b",
                "Origin: " + origin,
                "Referer: " + origin + "/x?y",
                "Cookie: taste=sweet; " + device,
                "X-Forwarded-For: 6.6.6.6",
                "X-Own: kept");
        assertThat(seen.status()).as(seen.head()).isEqualTo(200);
        assertThat(seen.text())
                .startsWith("GET /headers?a=%2F|b HTTP/1.1\r\n")
                .contains("Host: localhost:" + port + "\r\n")
                .contains("Origin: http://localhost:" + port + "\r\n")
                .contains("Referer: http://localhost:" + port + "/x?y\r\n")
                .contains("Cookie: taste=sweet\r\n")
                .contains("X-Forwarded-For: 127.0.0.1\r\n")
                .contains("X-Forwarded-Proto: http\r\n")
                .containsIgnoringCase("x-own: kept\r\n")
                .doesNotContain("claude_vm")
                .doesNotContain("6.6.6.6");
    }

    @Test
    void whatTheProgramSaysOfItselfIsTheBrowsersNameForIt() throws Exception {
        Reply elsewhere = preview("/elsewhere");
        assertThat(elsewhere.status()).isEqualTo(302);
        assertThat(elsewhere.header("Location"))
                .isEqualTo("http://" + host(port) + ":"
                        + URI.create(server().url()).getPort() + "/headers?x=1");
        Reply cookies = preview("/cookies");
        assertThat(cookies.text()).isEqualTo("baked");
        assertThat(cookies.head())
                .contains("taste=sweet; Path=/")
                .doesNotContainIgnoringCase("domain=")
                .doesNotContain("claude_vm_preview")
                .doesNotContainIgnoringCase("strict-transport-security")
                .doesNotContainIgnoringCase("clear-site-data");
    }

    @Test
    void bodiesGoBothWaysWhole() throws Exception {
        byte[] body = new byte[5_000_000];
        new Random(7).nextBytes(body);
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        String head = "POST /upload HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nCookie: " + pass + "\r\n";
        assertThat(raw(host(port), head + "Content-Length: " + body.length + "\r\n\r\n", body)
                        .text())
                .isEqualTo(body.length + " " + digest);
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        chunks.write((Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunks.write(body);
        chunks.write("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(raw(host(port), head + "Transfer-Encoding: chunked\r\n\r\n", chunks.toByteArray())
                        .text())
                .isEqualTo(body.length + " " + digest);
        Reply big = preview("/big");
        assertThat(big.body()).hasSize(32 << 20);
        for (int i = 0; i < 32; i++) {
            assertThat(big.body()[(i << 20) + 17]).isEqualTo((byte) i);
        }
    }

    @Test
    void whatComesBitByBitIsSeenAtOnce() throws Exception {
        URI url = URI.create(server().url());
        try (Socket socket = new Socket("127.0.0.1", url.getPort())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(get("/stream", "Cookie: " + pass)
                            .replace("HOST", host(port) + ":" + url.getPort())
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            head(in);
            StringBuilder got = new StringBuilder();
            while (got.indexOf("data: first\n\n") < 0) {
                got.append((char) in.read());
            }
            assertThat(got.toString()).doesNotContain("second");
            preview("/tick");
            assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).contains("data: second\n\n");
        }
    }

    @Test
    void anUpgradedConnectionIsATunnelAndLosesNoFirstByte() throws Exception {
        URI url = URI.create(server().url());
        try (Socket socket = new Socket("127.0.0.1", url.getPort())) {
            socket.setSoTimeout(60_000);
            String origin = "http://" + host(port) + ":" + url.getPort();
            socket.getOutputStream()
                    .write(("GET /ws HTTP/1.1\r\nHost: " + host(port) + ":" + url.getPort()
                                    + "\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: " + origin
                                    + "\r\nCookie: " + pass
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            Reply head = new Reply(head(in), new byte[0]);
            assertThat(head.status()).as(head.head()).isEqualTo(101);
            // RFC 6455, section 1.3
            assertThat(head.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(in.readNBytes(4)).containsExactly(0x81, 2, 'h', 'i');
            socket.getOutputStream().write(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'o', 'k'});
            assertThat(in.readNBytes(4)).containsExactly(0x81, 2, 'o', 'k');
            socket.getOutputStream().write(0x88);
            assertThat(in.read()).as("both ends are closed").isNegative();
        }
    }

    @Test
    void nobodyComesInWithoutAPassOfThisPreview() throws Exception {
        Reply link = raw(host(port), get("/deep?q=1", "Sec-Fetch-Mode: navigate"), new byte[0]);
        assertThat(link.status()).isEqualTo(303);
        assertThat(link.header("Location"))
                .isEqualTo(server().url().replaceFirst("//[^:/]+", "//localhost") + "/preview/" + THERE.id() + "/"
                        + port + "/deep?q=1");
        assertThat(raw(host(port), get("/headers"), new byte[0]).status()).isEqualTo(401);
        assertThat(raw(host(port), get("/headers", "Cookie: " + device), new byte[0])
                        .status())
                .isEqualTo(401);
        assertThat(raw(host(port), get("/headers", "Cookie: " + pass + "x"), new byte[0])
                        .status())
                .isEqualTo(401);
        int other = port == 1 ? 2 : port - 1;
        assertThat(raw(host(other), get("/headers", "Cookie: " + pass), new byte[0])
                        .status())
                .isEqualTo(401);
        Reply forged = raw(host(port), get("/.claude-vm/enter?ticket=" + pass.split("=", 2)[1] + "&to=/"), new byte[0]);
        assertThat(forged.status()).as("a pass is no ticket").isEqualTo(401);
        // The pass is good for nothing of the product, and the product has nothing under a preview's name.
        assertThat(raw("localhost", get("/api/v1/workspaces", "Cookie: " + pass), new byte[0])
                        .status())
                .isEqualTo(401);
        assertThat(raw(host(port), get("/api/v1/workspaces", "Cookie: " + pass), new byte[0])
                        .text())
                .contains("Under development");
    }

    @Test
    void aTicketLeadsNowhereElse() throws Exception {
        for (String to : new String[] {"//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nX: y"}) {
            Reply door = raw("localhost", get("/preview/" + THERE.id() + "/" + port, "Cookie: " + device), new byte[0]);
            String ticket = door.header("Location").replaceFirst(".*[?&]ticket=([^&]+).*", "$1");
            Reply entrance = raw(
                    host(port),
                    get("/.claude-vm/enter?ticket=" + ticket + "&to=" + URLEncoder.encode(to, StandardCharsets.UTF_8)),
                    new byte[0]);
            assertThat(entrance.header("Location")).as(to).isEqualTo("/");
        }
    }

    @Test
    void pagesOfOthersCannotActThere() throws Exception {
        for (String foreign :
                new String[] {"https://evil.example", "http://" + port + "--calm-sea-1.localhost", "null"}) {
            assertThat(preview("/headers", "Origin: " + foreign).status())
                    .as(foreign)
                    .isEqualTo(401);
        }
        assertThat(preview("/headers", "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors")
                        .status())
                .isEqualTo(401);
        // A link from anywhere, and another port of the same THERE.id(), may.
        assertThat(preview("/headers", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
                        .status())
                .isEqualTo(200);
        assertThat(preview("/headers", "Origin: http://1234--" + THERE.id() + ".localhost:1")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aDeviceThatIsLoggedOutIsOutHereToo() throws Exception {
        String mine = device;
        device = loggedIn();
        String other = pass(port);
        device = mine;
        assertThat(raw(host(port), get("/headers", "Cookie: " + other), new byte[0])
                        .status())
                .isEqualTo(200);
        JsonNode devices = server().get("devices").path("devices");
        String newest = devices.values().stream()
                .max(java.util.Comparator.comparing(d -> d.path("createdAt").asString("")))
                .orElseThrow()
                .path("id")
                .asString("");
        assertThat(server().call("DELETE", "devices/" + newest, "").status()).isLessThan(300);
        assertThat(raw(host(port), get("/headers", "Cookie: " + other), new byte[0])
                        .status())
                .isEqualTo(401);
    }

    @Test
    void whatGoesWrongIsSaid() throws Exception {
        assertThat(preview("/garbage").text()).contains("does not speak HTTP").contains(THERE.id());
        assertThat(preview("/garbage").status()).isEqualTo(502);
        byte[] much = new byte[3_000_000];
        Reply early = raw(
                host(port),
                "POST /refuse HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nCookie: " + pass + "\r\nContent-Length: "
                        + much.length + "\r\n\r\n",
                much);
        assertThat(early.status()).isEqualTo(413);
        int nobody = 9;
        String there = pass(nobody);
        Reply silent = raw(host(nobody), get("/", "Cookie: " + there), new byte[0]);
        assertThat(silent.status()).isEqualTo(502);
        assertThat(silent.text()).contains("Nothing listens on port 9");
        assertThat(raw("localhost", get("/preview/" + THERE.id() + "/70000", "Cookie: " + device), new byte[0])
                        .text())
                .contains("70000");
        assertThat(raw("localhost", get("/preview/calm-sea-1/80", "Cookie: " + device), new byte[0])
                        .status())
                .isEqualTo(404);
        assertThat(raw("127.0.0.1", get("/preview/" + THERE.id() + "/" + port, "Cookie: " + device), new byte[0])
                        .status())
                .isEqualTo(303);
    }
}
