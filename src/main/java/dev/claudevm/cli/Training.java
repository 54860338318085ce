package dev.claudevm.cli;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * Runs the common commands once against a server with one canned answer, so that the JVM can remember what they load
 * (build/app.sh starts it with {@code -XX:AOTCacheOutput}).
 */
public final class Training {

    private static final byte[] WORKSPACES = """
            {"workspaces": [{"id": "bold-fire-1234", "project": {"name": "shop"}, "provider": "local", "online": true,
              "state": "running", "steps": [{"step": "Project", "done": true, "ms": 12}], "warnings": ["none"]}]}""".getBytes(StandardCharsets.UTF_8);

    private Training() {}

    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, WORKSPACES.length);
            exchange.getResponseBody().write(WORKSPACES);
            exchange.close();
        });
        server.start();
        Surroundings there = new Surroundings(
                Map.of(
                        "CLAUDE_VM_URL",
                        "http://localhost:" + server.getAddress().getPort(),
                        "CLAUDE_VM_TOKEN",
                        "none"),
                Path.of("").toAbsolutePath(),
                InputStream.nullInputStream(),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                false,
                false);
        Main.run(there, "workspace", "list");
        Main.run(there, "workspace", "list", "-l", "--json");
        Main.run(there, "workspace", "list", "--no-such-option");
        Main.run(there, "--help");
        Main.run(there, "version");
        server.stop(0);
    }
}
