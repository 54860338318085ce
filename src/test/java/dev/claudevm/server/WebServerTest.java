package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebServerTest {

    @TempDir
    Path home;

    @Test
    void aLoginSurvivesARestartAndASecondServerOnTheHomeIsRefused() throws Exception {
        String cookie;
        String token;
        try (RunningServer first = new RunningServer(home)) {
            cookie = first.newDevice();
            token = first.apiToken();
            assertThat(home.resolve("url")).content().isEqualTo(first.url() + "\n");
            String refusal = failure(new WebOptions(home, 0, null, null, false, false), 1);
            assertThat(refusal)
                    .contains("already runs on " + home)
                    .contains("process " + ProcessHandle.current().pid())
                    .contains("CLAUDE_VM_HOME");
        }
        assertThat(home.resolve("url")).doesNotExist();
        try (RunningServer second = new RunningServer(home)) {
            assertThat(second.apiToken()).isEqualTo(token);
            assertThat(second.get("/api/v1/devices", "Cookie", cookie).statusCode())
                    .isEqualTo(200);
            assertThat(second.get("/api/v1/tokens", "Authorization", "Bearer " + token)
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aPortInUseIsSaidWithWhoHasIt() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String message = failure(new WebOptions(home, taken.getLocalPort(), null, null, false, false), 1);
            assertThat(message)
                    .contains("Port " + taken.getLocalPort() + " is in use by ")
                    .contains("(process " + ProcessHandle.current().pid() + ")")
                    .contains("--port");
        }
    }

    @Test
    void aWrongConfigurationEndsWithCode2() throws Exception {
        Path file = Files.writeString(home.resolve("config.yaml"), "server: {prot: 1}");
        assertThat(failure(new WebOptions(home, 0, null, null, false, false), 2))
                .contains(file + ":1: unknown key \"prot\"");
    }

    @Test
    void aPushKeyIsMadeWhenABrowserAsksAndABrokenOneIsSaidAtTheStart() throws Exception {
        Path key = home.resolve("push.key");
        try (RunningServer server = new RunningServer(home)) {
            assertThat(key).doesNotExist();
            String first = pushKey(server);
            assertThat(key).isNotEmptyFile();
            assertThat(pushKey(server)).isEqualTo(first);
        }
        Files.writeString(key, "half of it\n");
        assertThat(failure(new WebOptions(home, 0, null, null, false, false), 1))
                .contains("it has no two lines; delete it to make a new key");
    }

    private static String pushKey(RunningServer server) throws Exception {
        HttpResponse<String> said = server.get("/api/v1/push", "Cookie", server.newDevice());
        assertThat(said.statusCode()).isEqualTo(200);
        return Json.MAPPER.readTree(said.body()).path("publicKey").asString();
    }

    @Test
    void anAddressThatIsNotOursIsExplained() {
        assertThat(failure(new WebOptions(home, 0, "192.0.2.1", null, false, false), 1))
                .contains("this machine has no such address");
        assertThat(failure(new WebOptions(home, 0, "no.such.host.invalid", null, false, false), 1))
                .contains("there is no such address");
    }

    @Test
    void withTlsTheCookieIsSecureAndANewCertificateIsTakenUpWhileRunning() throws Exception {
        certificate("one");
        Files.writeString(home.resolve("config.yaml"), "server: {tls: {certificate: cert.pem, key: key.pem}}");
        try (RunningServer server = new RunningServer(new WebOptions(home, 0, null, null, false, false))) {
            assertThat(server.url()).startsWith("https://localhost:");
            int port = URI.create(server.url()).getPort();
            BigInteger before = served(port).getSerialNumber();
            certificate("two");
            await("the server takes up the new certificate")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> !served(port).getSerialNumber().equals(before));
        }
    }

    @Test
    void withoutTlsOnANetworkItSaysWhatAPhoneWillRefuse() {
        assertThat(listening("0.0.0.0").warning().orElseThrow())
                .contains("service worker", "push", "clipboard", "certificate");
        assertThat(listening("127.0.0.1").warning()).isEmpty();
        assertThat(listening("127.0.0.1").url(7)).isEqualTo("http://localhost:7");
        assertThat(listening("::1").url(7)).isEqualTo("http://localhost:7");
    }

    @Test
    void aBrowserIsOpenedOnlyWhereThereIsAScreen() {
        assertThat(Browser.command(Map.of(), "Linux")).isEmpty();
        assertThat(Browser.command(Map.of("DISPLAY", ":0"), "Linux")).isEqualTo(Optional.of("xdg-open"));
        assertThat(Browser.command(Map.of("DISPLAY", ":0", "SSH_CONNECTION", "x"), "Linux"))
                .isEmpty();
        assertThat(Browser.command(Map.of(), "Mac OS X")).isEqualTo(Optional.of("open"));
    }

    @Test
    void theQrCodeIsTheLink() throws Exception {
        String link = "http://192.168.1.20:7878/login/link?token=" + "x".repeat(43);
        assertThat(QrReader.read(QrCode.of(link))).isEqualTo(link);
    }

    private static Listening listening(String bind) {
        return Listening.of(
                new WebOptions(null, 0, bind, null, false, false), dev.claudevm.config.ServerConfig.DEFAULTS);
    }

    /** @return what was printed to stderr */
    private static String failure(WebOptions options, int exitCode) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        assertThat(WebServer.run(options, out, new PrintStream(err, true, StandardCharsets.UTF_8)))
                .isEqualTo(exitCode);
        return err.toString(StandardCharsets.UTF_8);
    }

    private void certificate(String name) throws Exception {
        Process openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=localhost",
                        "-keyout",
                        name + ".key",
                        "-out",
                        name + ".crt")
                .directory(home.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(openssl.waitFor()).as(said).isZero();
        Files.move(home.resolve(name + ".key"), home.resolve("key.pem"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(home.resolve(name + ".crt"), home.resolve("cert.pem"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static X509Certificate served(int port) throws Exception {
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {new TrustAll()}, null);
        try (SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket("localhost", port)) {
            socket.setSoTimeout(5_000);
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    /** Looks at certificates instead of trusting them. */
    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void aHomeThatCannotBeMadeIsExplained() throws Exception {
        Path file = Files.writeString(home.resolve("file"), "");
        assertThat(failure(new WebOptions(file, 0, null, null, false, false), 2))
                .contains("CLAUDE_VM_HOME");
    }
}
