package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What VS Code's Remote-SSH does with the {@code ssh} of a machine, step by step, with a small server in place of its own.
 * The steps are those that its log shows, as people put them into issues of microsoft/vscode-remote-release:
 *
 * <ul>
 *   <li>{@code ssh -T -D <port> <host> bash}, and the script over its input, which stays open (4681, 10864);
 *   <li>the script says {@code <uuid>: running}, takes a lock, looks for an installation and, by log and pid file, for a
 *       running server, starts one in the background with {@code --port=0} and its output in the log, reads the port out of
 *       the log and says a block from {@code <uuid>: start} to {@code <uuid>: end} (8946, 10864);
 *   <li>where the server cannot download, the script asks for the archive; {@code scp} brings it and then a file
 *       {@code .done} (10344, 10619);
 *   <li>a local port leads through the SOCKS port to that server; each window opens several connections (8946, 11854);
 *   <li>or the server listens on a unix socket ({@code remote.SSH.remoteServerListenOnSocket}; 11079).
 * </ul>
 *
 * The script here is our own; it is as long as theirs (tens of kilobytes), because a shell that reads its script from a
 * channel bit by bit is one of the things that servers get wrong.
 */
class SshEditorTest {

    private static final int SCRIPT_BYTES = 48 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String TOKEN = "a1111111-1111-41a1-8a1a-1a11aa1a1a11";

    @TempDir
    static Path base;

    private static @Nullable SshWorkspace running;

    private static SshWorkspace there() {
        return Objects.requireNonNull(running);
    }

    @BeforeAll
    static void workspace() throws Exception {
        running = SshWorkspace.start(base, Map.of());
    }

    @AfterAll
    static void nothingStays() throws Exception {
        if (running != null) {
            running.close();
        }
    }

    @Test
    void anEditorInstallsItsServerReachesItAndFindsItAgain() throws Exception {
        Path archive = archive();
        int pid;
        try (Window first = new Window("one", "0");
                Window atTheSameTime = new Window("two", "0")) {
            // Whichever has the lock asks; the other one waits and finds what is there then.
            await("one of them asks for the archive")
                    .atMost(PATIENCE)
                    .until(() -> first.asksForArchive() != atTheSameTime.asksForArchive());
            upload(archive, first.commit);
            first.awaitReady();
            atTheSameTime.awaitReady();
            assertThat(first.said("arch"))
                    .isEqualTo(System.getProperty("os.arch").replace("amd64", "x86_64"));
            assertThat(first.said("platform")).isEqualTo("linux");
            assertThat(first.said("SSH_AUTH_SOCK")).isEmpty();
            assertThat(atTheSameTime.said("listeningOn")).isEqualTo(first.said("listeningOn"));

            pid = talks(first);
            assertThat(talks(atTheSameTime)).as("it is one server").isEqualTo(pid);
            first.cut();
            assertThat(talks(atTheSameTime))
                    .as("a cut connection takes nothing of the other")
                    .isEqualTo(pid);
        }

        // Reload the window: nothing is installed or started again.
        try (Window again = new Window("three", "0")) {
            again.awaitReady();
            assertThat(again.log()).contains("Found running server").doesNotContain("trigger_server_download");
            assertThat(talks(again)).isEqualTo(pid);
            there().server().kill9();
            assertThat(again.process.waitFor()).isEqualTo(255);
        }
        there().startAgain(Map.of());
        there().server().awaitOnline(there().id);
        try (Window afterwards = new Window("four", "0")) {
            afterwards.awaitReady();
            assertThat(talks(afterwards)).as("it lived on without us").isEqualTo(pid);
        }
    }

    @Test
    void anEditorsServerOnAUnixSocketIsReached() throws Exception {
        String socket = "/tmp/code-" + UUID.randomUUID();
        try (Window window = new Window("socket", socket)) {
            Path archive = archive();
            await("it asks for the archive").atMost(PATIENCE).until(window::asksForArchive);
            upload(archive, window.commit);
            window.awaitReady();
            assertThat(window.said("listeningOn")).isEqualTo(socket);
            // Short: the name of a unix socket has 108 bytes at most.
            Path folder = Files.createTempDirectory("ed");
            Path here = folder.resolve("s");
            int port = freePort();
            Path said = base.resolve("streams.log");
            Process forward = there().client
                    .start(
                            said,
                            said,
                            "ssh",
                            "-N",
                            "-o",
                            "ExitOnForwardFailure=yes",
                            "-L",
                            here + ":" + socket,
                            "-L",
                            "127.0.0.1:" + port + ":" + socket,
                            "ws");
            try {
                await("the socket is there").atMost(PATIENCE).until(() -> Files.exists(here));
                int pid;
                try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                    channel.connect(UnixDomainSocketAddress.of(here));
                    pid = talk(
                            new DataInputStream(Channels.newInputStream(channel)),
                            new DataOutputStream(Channels.newOutputStream(channel)),
                            1_000_000);
                }
                try (Socket tcp = new Socket("127.0.0.1", port)) {
                    assertThat(talk(
                                    new DataInputStream(tcp.getInputStream()),
                                    new DataOutputStream(tcp.getOutputStream()),
                                    1_000_000))
                            .isEqualTo(pid);
                }
            } finally {
                forward.destroy();
                forward.waitFor();
                Files.deleteIfExists(here);
                Files.deleteIfExists(folder);
            }
        }
    }

    /** Opens as many connections as a busy window has, all of them at once. @return the process id of who answers */
    private static int talks(Window window) throws IOException {
        int port = Integer.parseInt(window.said("listeningOn").replaceFirst("^127\\.0\\.0\\.1:", ""));
        List<Socket> sockets = new ArrayList<>();
        try {
            int pid = 0;
            for (int i = 0; i < 24; i++) {
                Socket socket =
                        new Socket(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress("127.0.0.1", window.socks)));
                sockets.add(socket);
                socket.setSoTimeout((int) PATIENCE.toMillis());
                socket.connect(new InetSocketAddress("127.0.0.1", port));
                int said = talk(
                        new DataInputStream(socket.getInputStream()),
                        new DataOutputStream(socket.getOutputStream()),
                        i == 0 ? 5_000_000 : 20_000);
                assertThat(i == 0 ? said : pid).isEqualTo(said);
                pid = said;
            }
            return pid;
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private static int talk(DataInputStream in, DataOutputStream out, int bytes) throws IOException {
        out.writeUTF(TOKEN);
        out.flush();
        int pid = in.readInt();
        in.readInt();
        byte[] sent = new byte[bytes];
        new Random(bytes).nextBytes(sent);
        Thread writer = Thread.ofPlatform().start(() -> {
            try {
                out.writeInt(bytes);
                out.write(sent);
                out.flush();
            } catch (IOException e) {
                // The reader says so.
            }
        });
        byte[] back = new byte[in.readInt()];
        in.readFully(back);
        assertThat(back).isEqualTo(sent);
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return pid;
    }

    private static void upload(Path archive, String commit) throws IOException {
        Path done = Files.writeString(base.resolve("server.done"), "");
        for (Path file : List.of(archive, done)) {
            OpenSsh.Run run = there().client
                    .run(
                            null,
                            there().client
                                    .line(
                                            "scp",
                                            "-q",
                                            file.toString(),
                                            "ws:" + Window.FOLDER + "/" + commit
                                                    + (file.equals(done) ? ".done" : ".tar.gz")));
            assertThat(run.exit()).as(run.err()).isZero();
        }
    }

    private static Path archive() throws Exception {
        Path archive = base.resolve("server.tar.gz");
        Path classes = Path.of(EditorServer.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        OpenSsh.Run run = there().client
                .run(
                        null,
                        "tar",
                        "-C",
                        classes.toString(),
                        "-czf",
                        archive.toString(),
                        "dev/claudevm/ssh/EditorServer.class");
        assertThat(run.exit()).as(run.err()).isZero();
        return archive;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** One window of the editor: an {@code ssh} with the script, and the SOCKS port that it opened. */
    private static final class Window implements AutoCloseable {

        static final String FOLDER = "/tmp/editor-server";

        final String commit;
        final int socks;
        final Process process;
        private final String id = UUID.randomUUID().toString().substring(24);
        private final Path out;

        /** @param listen 0, or the path of a socket */
        Window(String name, String listen) throws IOException {
            commit = listen.equals("0") ? "8b617bd08fd9e3fc94d14adb8d358b56e3f72314" : "socket";
            socks = freePort();
            out = base.resolve(name + ".editor.out");
            process = there().client
                    .start(
                            out,
                            base.resolve(name + ".editor.err"),
                            "ssh",
                            "-T",
                            "-D",
                            "127.0.0.1:" + socks,
                            "ws",
                            "bash");
            OutputStream script = process.getOutputStream();
            script.write(script(listen).getBytes(StandardCharsets.UTF_8));
            script.flush(); // and stays open: its end would end the shell, and the tunnel with it
        }

        private String script(String listen) {
            StringBuilder text = new StringBuilder();
            int i = 0;
            while (text.length() < SCRIPT_BYTES) {
                text.append("step_%d() { local what=\"$1\"; case \"$what\" in a) echo one;; *) echo '%s';; esac; }\n"
                        .formatted(i++, "ünïcode and \"quotes\" in " + i));
            }
            return text + """
                    ID=%s; FOLDER=%s; COMMIT=%s; TOKEN=%s; LISTEN=%s
                    echo "$ID: running"
                    case $(uname -s) in Linux) PLATFORM=linux;; *) echo "exitCode==203=="; exit 0;; esac
                    ARCH=$(uname -m)
                    id -un > /dev/null || exit 0
                    mkdir -p "$FOLDER" || { echo "exitCode==202=="; exit 0; }
                    cd "$FOLDER" || { echo "exitCode==206=="; exit 0; }
                    echo "Acquiring lock on $FOLDER/lock.$COMMIT"
                    exec 200> "lock.$COMMIT"
                    flock 200
                    if [ ! -d "$COMMIT" ]; then
                      echo "$ID:trigger_server_download"
                      echo "destFolder==$FOLDER=="
                      echo "$ID:trigger_server_download_end"
                      while [ ! -f "$COMMIT.done" ]; do sleep 0.2; done
                      mkdir "$COMMIT.part" && tar -xzf "$COMMIT.tar.gz" -C "$COMMIT.part" && mv "$COMMIT.part" "$COMMIT" || { echo "exitCode==205=="; exit 0; }
                    else
                      echo "Found existing installation at $FOLDER/$COMMIT..."
                    fi
                    PID=$(cat "$COMMIT.pid" 2> /dev/null)
                    if [ -n "$PID" ] && kill -0 "$PID" 2> /dev/null; then
                      echo "Found running server $PID"
                    else
                      /opt/claude-vm/java/bin/java -Xmx64m -XX:+UseSerialGC -cp "$COMMIT" dev.claudevm.ssh.EditorServer "$TOKEN" "$LISTEN" &> "$COMMIT.log" < /dev/null 200>&- &
                      echo $! > "$COMMIT.pid"
                    fi
                    for i in $(seq 1 300); do
                      LISTENING=$(sed -n 's/^Extension host agent listening on //p' "$COMMIT.log")
                      [ -n "$LISTENING" ] && break
                      sleep 0.1
                    done
                    flock -u 200
                    case $LISTENING in /*) ;; *) LISTENING=127.0.0.1:$LISTENING;; esac
                    echo "$ID: start"
                    echo "SSH_AUTH_SOCK==$SSH_AUTH_SOCK=="
                    echo "listeningOn==$LISTENING=="
                    echo "arch==$ARCH=="
                    echo "platform==$PLATFORM=="
                    echo "$ID: end"
                    """.formatted(id, FOLDER, commit, TOKEN, listen);
        }

        String log() throws IOException {
            return Files.readString(out);
        }

        boolean asksForArchive() throws IOException {
            return log().contains(id + ":trigger_server_download_end");
        }

        void awaitReady() {
            await("the script's end").atMost(PATIENCE).until(() -> log().contains(id + ": end"));
            await("the proxy is there").atMost(PATIENCE).ignoreExceptions().until(() -> {
                new Socket("127.0.0.1", socks).close();
                return true;
            });
        }

        /** @return what stands in the block */
        String said(String name) throws IOException {
            return log().lines()
                    .filter(line -> line.startsWith(name + "=="))
                    .map(line -> line.substring(name.length() + 2).replaceFirst("==$", ""))
                    .findFirst()
                    .orElse("(nothing)");
        }

        void cut() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        @Override
        public void close() throws InterruptedException {
            cut();
        }
    }
}
