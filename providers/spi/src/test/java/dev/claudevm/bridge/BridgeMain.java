package dev.claudevm.bridge;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * Stands in the bridge's place in the contract's tests: dials the gateway of the test, says which workspace and generation it is, and runs
 * the commands that it is sent. One class without dependencies, so that a kit is this class in a jar.
 *
 * <p>A lost connection is made again. Lines: {@code workspace generation token-in-base64 pid} once; then {@code command-in-base64} is answered by {@code exit output-in-base64}, and {@code exit N} ends.
 */
public final class BridgeMain {

    /** How long it looks for a way home when the connection was lost. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private BridgeMain() {}

    public static void main(String[] words) throws Exception {
        Path token = Path.of(System.getenv("CLAUDE_VM_BRIDGE_HOME"), "token");
        long lost = System.nanoTime();
        while (System.nanoTime() - lost < PATIENCE_NANOS) {
            try (var socket = connect(System.getenv("CLAUDE_VM_GATEWAY"));
                    var in = new BufferedReader(Channels.newReader(socket, StandardCharsets.US_ASCII))) {
                String secret = Files.exists(token) ? Files.readString(token) : "";
                say(
                        socket,
                        System.getenv("CLAUDE_VM_WORKSPACE") + " " + System.getenv("CLAUDE_VM_GENERATION") + " "
                                + base64(secret) + " " + ProcessHandle.current().pid());
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (line.startsWith("exit ")) {
                        System.exit(Integer.parseInt(line.substring(5)));
                    }
                    say(socket, run(new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8)));
                    lost = System.nanoTime();
                }
            } catch (IOException e) {
                System.out.println("no way home: " + e.getMessage());
            }
            Thread.sleep(100);
        }
    }

    private static SocketChannel connect(String gateway) throws IOException {
        if (gateway.startsWith("/")) {
            return SocketChannel.open(UnixDomainSocketAddress.of(gateway));
        }
        String[] parts = gateway.split(":");
        return SocketChannel.open(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])));
    }

    private static String run(String command) throws IOException, InterruptedException {
        // A file, not a pipe: a daemon that the command leaves behind would hold a pipe open.
        Path output = Files.createTempFile("probe", ".out");
        Process shell = new ProcessBuilder("bash", "-c", command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(output.toFile())
                .start();
        int exit = shell.waitFor();
        String said = Files.readString(output, StandardCharsets.ISO_8859_1);
        Files.delete(output);
        // For the log of whoever started us.
        System.out.println(said);
        return exit + " " + Base64.getEncoder().encodeToString(said.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void say(SocketChannel socket, String line) throws IOException {
        Channels.newOutputStream(socket).write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }
}
