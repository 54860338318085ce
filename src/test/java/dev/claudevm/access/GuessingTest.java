package dev.claudevm.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.server.RunningServer;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who tries doors, or comes under a false name. A server of its own, because it ends up slowed down. */
class GuessingTest {

    @TempDir
    Path home;

    @Test
    void wrongTokensAreSlowedDownAndAFalseNameIsNotAnswered() throws Exception {
        try (RunningServer server = new RunningServer(home)) {
            for (String name : List.of("evil.example", "evil.example:" + port(server), "127.0.0.1.evil.example")) {
                assertThat(statusLineFor(server, name)).as(name).contains(" 421");
            }
            for (String name : List.of("localhost", "127.0.0.1:1", "[::1]", "LOCALHOST.")) {
                assertThat(statusLineFor(server, name)).as(name).contains(" 200");
            }

            String cookie = server.newDevice();
            String bearer = "Bearer " + server.apiToken();
            for (int i = 0; i < 5; i++) {
                assertThat(server.get("/api/v1/devices", "Authorization", "Bearer cvm_wrong" + i)
                                .statusCode())
                        .isEqualTo(401);
                assertThat(server.postForm("/login/link", "token=wrong" + i).statusCode())
                        .isEqualTo(401);
            }
            HttpResponse<String> slowed = server.get("/api/v1/devices", "Authorization", "Bearer cvm_wrong");
            assertThat(slowed.statusCode()).isEqualTo(429);
            assertThat(Integer.parseInt(
                            slowed.headers().firstValue("retry-after").orElseThrow()))
                    .isBetween(1, 61);
            // Whether a guess was right is not told either.
            assertThat(server.get("/api/v1/devices", "Authorization", bearer).statusCode())
                    .isEqualTo(429);
            assertThat(server.postForm("/login", "code=anything").statusCode()).isEqualTo(429);
            // Browsers that are logged in go on.
            assertThat(server.get("/api/v1/devices", "Cookie", cookie).statusCode())
                    .isEqualTo(200);

            for (int i = 0; i < 10; i++) {
                assertThat(server.get("/api/v1/devices", "Cookie", "claude_vm_device=wrong" + i)
                                .statusCode())
                        .isEqualTo(401);
            }
            assertThat(server.get("/api/v1/devices", "Cookie", "claude_vm_device=wrong")
                            .statusCode())
                    .isEqualTo(429);
            assertThat(server.get("/api/v1/devices", "Cookie", cookie).statusCode())
                    .isEqualTo(200);
        }
    }

    private static int port(RunningServer server) {
        return URI.create(server.url()).getPort();
    }

    private static String statusLineFor(RunningServer server, String host) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", port(server))) {
            OutputStream out = socket.getOutputStream();
            out.write(("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
        }
    }
}
