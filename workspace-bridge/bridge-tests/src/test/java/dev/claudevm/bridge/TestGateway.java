package dev.claudevm.bridge;

import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;
import org.jspecify.annotations.Nullable;

/** The gateway's side of enrolment and hello, as much as a bridge needs. */
final class TestGateway implements AutoCloseable {

    /** A bridge that has said hello. */
    record Arrival(Bridge.Hello hello, String token) {}

    final SshServer server = SshServer.setUpDefaultServer();
    final KeyPair hostKey;

    /** The key that bridges let into their SSH servers. */
    final KeyPair clientKey;

    final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    final List<String> passwordsTried = new CopyOnWriteArrayList<>();
    volatile @Nullable String oneTimeToken;
    volatile @Nullable String enrolledKey;
    volatile long generation = 1;

    TestGateway(Path folder) throws IOException {
        Files.createDirectories(folder);
        hostKey = Keys.loadOrMake(folder.resolve("gateway_host_key"));
        clientKey = Keys.loadOrMake(folder.resolve("client_key"));
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
        server.setPasswordAuthenticator((_, password, _) -> {
            passwordsTried.add(password);
            return password.equals(oneTimeToken);
        });
        server.setPublickeyAuthenticator((_, key, _) -> Keys.text(key).equals(enrolledKey));
        server.setCommandFactory((_, command) -> new Answer(command));
        server.start();
    }

    int port() {
        return server.getPort();
    }

    /** @return the bridge that says hello next; null: none did within a tenth of a second */
    @Nullable
    Arrival nextArrival() {
        try {
            return arrivals.poll(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private Object answer(String command, String question) {
        if (command.equals("enroll")) {
            Bridge.Enroll enroll = Json.MAPPER.readValue(question, Bridge.Enroll.class);
            if (enroll.generation() != generation) {
                return new Bridge.Refusal("The workspace has been started anew.", "Stop this one.");
            }
            oneTimeToken = null;
            enrolledKey = enroll.publicKey();
            return java.util.Map.of();
        }
        Bridge.Hello hello = Json.MAPPER.readValue(question, Bridge.Hello.class);
        if (hello.generation() != generation) {
            return new Bridge.Refusal("The workspace has been started anew.", "Stop this one.");
        }
        String token = UUID.randomUUID().toString();
        arrivals.add(new Arrival(hello, token));
        return new Bridge.Welcome(token, Keys.text(clientKey.getPublic()));
    }

    private final class Answer implements Command {
        private final String command;
        private InputStream in = InputStream.nullInputStream();
        private OutputStream out = OutputStream.nullOutputStream();
        private @Nullable ExitCallback exit;

        Answer(String command) {
            this.command = command;
        }

        @Override
        public void setInputStream(InputStream stream) {
            in = stream;
        }

        @Override
        public void setOutputStream(OutputStream stream) {
            out = stream;
        }

        @Override
        public void setErrorStream(OutputStream stream) {}

        @Override
        public void setExitCallback(ExitCallback callback) {
            exit = callback;
        }

        @Override
        public void start(ChannelSession channel, Environment env) {
            Thread.ofVirtual().start(() -> {
                int code = 2;
                try {
                    String line = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
                    Object answer = answer(command, line);
                    out.write(Json.MAPPER.writeValueAsBytes(answer));
                    out.flush();
                    code = answer instanceof Bridge.Refusal ? 1 : 0;
                } catch (IOException e) {
                    // The bridge has gone.
                }
                if (exit != null) {
                    exit.onExit(code);
                }
            });
        }

        @Override
        public void destroy(ChannelSession channel) {}
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }
}
