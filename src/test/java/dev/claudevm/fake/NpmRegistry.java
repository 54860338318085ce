package dev.claudevm.fake;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** A registry on loopback with the few packages that a test gives it, for the real npm. */
public final class NpmRegistry implements AutoCloseable {

    private final int port;
    private final Map<String, Path> files = new ConcurrentHashMap<>();
    private @Nullable HttpServer server;

    private NpmRegistry(int port) {
        this.port = port;
    }

    /** @return one that does not answer until it is opened */
    public static NpmRegistry closed() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new NpmRegistry(free.getLocalPort());
        }
    }

    public String url() {
        return "http://localhost:" + port;
    }

    public void open() throws IOException {
        HttpServer opened = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        opened.createContext("/", this::answer);
        opened.start();
        server = opened;
    }

    /** @param parent of the folder {@code package}, which has a {@code package.json} */
    public void serve(Path parent, String version) throws IOException, InterruptedException {
        String manifest = Files.readString(parent.resolve("package/package.json"));
        String name = manifest.replaceAll("(?s).*?\"name\": \"([^\"]+)\".*", "$1");
        Path archive = parent.resolve("p.tgz");
        Process tar = new ProcessBuilder("tar", "-cf", "-", "package")
                .directory(parent.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream in = tar.getInputStream();
                OutputStream out = new Uncompressed(Files.newOutputStream(archive))) {
            in.transferTo(out);
        }
        if (tar.waitFor() != 0) {
            throw new IOException("tar failed in " + parent);
        }
        String tarball = "/" + parent.getFileName() + ".tgz";
        String withDist = manifest.substring(0, manifest.lastIndexOf('}')) + ", \"dist\": {\"tarball\": \"" + url()
                + tarball + "\"}}";
        Path document = Files.writeString(
                parent.resolve("document.json"),
                "{\"name\": \"" + name + "\", \"dist-tags\": {\"latest\": \"" + version + "\"}, \"versions\": {\""
                        + version + "\": " + withDist + "}}",
                StandardCharsets.UTF_8);
        files.put(tarball, archive);
        files.put("/" + name, document);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Path file = files.get(exchange.getRequestURI().getPath());
            if (file == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            exchange.sendResponseHeaders(200, Files.size(file));
            Files.copy(file, exchange.getResponseBody());
        }
    }

    /** In the format that npm wants; a program of 200 MB is not worth being made smaller for loopback. */
    private static final class Uncompressed extends GZIPOutputStream {
        Uncompressed(OutputStream out) throws IOException {
            super(out, 64 * 1024);
            def.setLevel(Deflater.NO_COMPRESSION);
        }
    }

    @Override
    public void close() {
        HttpServer opened = server;
        if (opened != null) {
            opened.stop(0);
        }
    }
}
