import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;

/**
 * What a person develops in a workspace: a small web server with its peculiarities, by hand, so that each byte is known.
 * Runs from its source: {@code java Previewed.java <address> <port>}; port 0: any, and it prints which.
 */
public class Previewed {

    private static final String PAGE = """
            <!doctype html><title>Previewed</title><h1>Under development</h1><p id=ws>no answer yet</p>
            <script>
            const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws');
            socket.onopen = () => socket.send('a word');
            socket.onmessage = (event) => document.getElementById('ws').textContent = 'heard: ' + event.data;
            </script>
            """;

    private static final Semaphore ticks = new Semaphore(0);
    private static int port;

    public static void main(String[] args) throws IOException {
        ServerSocket server = new ServerSocket(Integer.parseInt(args[1]), 50, InetAddress.getByName(args[0]));
        port = server.getLocalPort();
        System.out.println("listening on " + port);
        while (true) {
            Socket socket = server.accept();
            Thread.ofPlatform().daemon().start(() -> {
                try (socket) {
                    serve(new DataInputStream(socket.getInputStream()), socket.getOutputStream());
                } catch (Exception e) {
                    System.out.println(e);
                }
            });
        }
    }

    private static void serve(DataInputStream in, OutputStream out) throws Exception {
        String head = head(in);
        if (head.isEmpty()) {
            return;
        }
        String path = head.split(" ")[1].replaceFirst("\\?.*", "");
        switch (path) {
            case "/headers" -> answer(out, "Content-Type: text/plain", head);
            case "/elsewhere" ->
                write(out, "HTTP/1.1 302 Found\r\nLocation: http://localhost:" + port + "/headers?x=1\r\nContent-Length: 0\r\n\r\n");
            case "/cookies" ->
                answer(
                        out,
                        "Set-Cookie: taste=sweet; Domain=localhost; Path=/\r\nSet-Cookie: claude_vm_preview=bad\r\n"
                                + "Strict-Transport-Security: max-age=9\r\nClear-Site-Data: \"cookies\"",
                        "baked");
            case "/upload" -> {
                byte[] body = body(head, in);
                answer(out, "Content-Type: text/plain", body.length + " " + sha256(body));
            }
            case "/big" -> {
                byte[] block = new byte[1 << 20];
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + 32 * block.length + "\r\n\r\n");
                for (int i = 0; i < 32; i++) {
                    java.util.Arrays.fill(block, (byte) i);
                    out.write(block);
                }
            }
            case "/until-close" -> write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall there is");
            case "/stream" -> {
                write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
                chunk(out, "data: first\n\n");
                ticks.acquire();
                chunk(out, "data: second\n\n");
                chunk(out, "");
            }
            case "/tick" -> {
                ticks.release();
                answer(out, "Content-Type: text/plain", "ticked");
            }
            case "/garbage" -> write(out, "SSH-2.0-OpenSSH_9\r\n");
            case "/refuse" -> write(out, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo much");
            case "/ws" -> echo(head, in, out);
            default -> answer(out, "Content-Type: text/html", PAGE);
        }
    }

    private static void answer(OutputStream out, String headers, String body) throws IOException {
        write(out, "HTTP/1.1 200 OK\r\n" + headers + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static void chunk(OutputStream out, String text) throws IOException {
        write(out, Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    private static String head(DataInputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static String header(String head, String name) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase().startsWith(name.toLowerCase() + ":")) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "";
    }

    private static byte[] body(String head, DataInputStream in) throws IOException {
        if (!header(head, "Transfer-Encoding").equals("chunked")) {
            return in.readNBytes(Integer.parseInt(header(head, "Content-Length")));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int length = Integer.parseInt(line(in), 16);
            body.write(in.readNBytes(length));
            line(in);
            if (length == 0) {
                return body.toByteArray();
            }
        }
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n' && c >= 0; c = in.read()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    /** RFC 6455: one unfragmented text frame after the other, short ones. */
    private static void echo(String head, DataInputStream in, OutputStream out) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-1")
                .digest((header(head, "Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes());
        // The first frame goes out in the same write as the head: it must not be lost.
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        first.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                        + Base64.getEncoder().encodeToString(hash) + "\r\n\r\n")
                .getBytes());
        first.write(new byte[] {(byte) 0x81, 2, 'h', 'i'});
        out.write(first.toByteArray());
        out.flush();
        while (in.read() == 0x81) {
            int length = in.readUnsignedByte() & 0x7f;
            byte[] mask = in.readNBytes(4);
            byte[] text = in.readNBytes(length);
            for (int i = 0; i < text.length; i++) {
                text[i] ^= mask[i % 4];
            }
            out.write(0x81);
            out.write(length);
            out.write(text);
            out.flush();
        }
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
