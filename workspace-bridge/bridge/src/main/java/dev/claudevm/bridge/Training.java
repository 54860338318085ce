package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import dev.claudevm.protocol.Bridge.AgentSpec;
import dev.claudevm.protocol.Bridge.ConversationSpec;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;

/** Uses every server once, so that a class cache made of this run has what a real start needs. Starts no agent. */
final class Training {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Training() {}

    static void run(List<Adapter> adapters) throws IOException {
        Path folder = Files.createTempDirectory("claude-vm-train");
        try {
            Map<String, String> env = Map.of("PATH", "/usr/bin:/bin", "HOME", folder.toString());
            BridgeConfig config = new BridgeConfig(
                    "train", 1, null, null, folder, folder, folder, folder, env, Duration.ofSeconds(20));
            Conversations conversations = new Conversations(config, adapters, Clock.systemUTC());
            BridgeServer http = new BridgeServer(config, conversations, () -> {});
            BridgeSsh ssh = new BridgeSsh(config);
            int httpPort = http.start();
            int sshPort = ssh.start();
            http.token("train");
            overHttp(httpPort, adapters);
            overSsh(sshPort, ssh, Keys.loadOrMake(folder.resolve("key")));
            conversations.stop(null).join();
            conversations.checkpoints().close();
            http.close();
            ssh.close();
        } finally {
            try (Stream<Path> all = Files.walk(folder)) {
                all.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            }
        }
    }

    private static void overHttp(int port, List<Adapter> adapters) throws IOException {
        request(port, "GET", "/v1/health", null, 1);
        if (adapters.isEmpty()) {
            return;
        }
        var agent = new AgentSpec("train", "Train", adapters.getFirst().protocol(), List.of("true"), Map.of());
        request(port, "PUT", "/v1/agents", List.of(agent), 1);
        request(port, "PUT", "/v1/conversations/c", new ConversationSpec("c", "train", null, null), 1);
        // Paused, so that the message starts no agent.
        request(port, "POST", "/v1/conversations/c/commands", new Command.Pause("p", "train"), 1);
        request(port, "POST", "/v1/conversations/c/commands", new Command.Enqueue("m", "hi", false, List.of(), "t"), 1);
        request(port, "GET", "/v1/conversations/c/events?after=0", null, 8);
    }

    private static void request(
            int port, String method, String path, @org.jspecify.annotations.Nullable Object body, int lines)
            throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String json = body == null ? "" : Json.MAPPER.writeValueAsString(body);
            OutputStream out = socket.getOutputStream();
            out.write((method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer train\r\n"
                            + "Content-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n" + json)
                    .getBytes(StandardCharsets.UTF_8));
            out.flush();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (int i = 0; i < lines; i++) {
                if (in.readLine() == null) {
                    throw new IOException("No answer to " + method + " " + path);
                }
            }
        }
    }

    private static void overSsh(int port, BridgeSsh ssh, KeyPair key) throws IOException {
        ssh.clientKey(Keys.text(key.getPublic()));
        SshClient client = Home.client(Keys.parse(ssh.hostKey()));
        try (ClientSession session =
                client.connect("train", "127.0.0.1", port).verify(PATIENCE).getSession()) {
            session.addPublicKeyIdentity(key);
            session.auth().verify(PATIENCE);
            try (ChannelExec channel = session.createExecChannel("true")) {
                channel.open().verify(PATIENCE);
                channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE);
            }
        } finally {
            client.stop();
        }
    }
}
