package dev.claudevm.server;

import dev.claudevm.protocol.Json;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A page with a terminal, as docs/terminal.md says it must behave; may be cut off and come back, like the real one. */
public final class TerminalPage implements AutoCloseable {

    static final int WINDOW_BYTES = 128 * 1024;

    private final HttpClient http = HttpClient.newHttpClient();
    private final String path;
    private final String[] headers;
    private final String client = UUID.randomUUID().toString();

    // Guarded by this.
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final Map<Long, byte[]> pending = new TreeMap<>();
    private final List<JsonNode> heard = new ArrayList<>();
    private long next = 1;
    private long received;
    private long shown;
    private long mostOutstanding;
    private boolean shows = true;
    private @Nullable String relay;
    private @Nullable JsonNode ready;
    private int closeCode;
    private @Nullable Connection connection;

    /** @param path below {@code /api/v1/}, with {@code /socket} */
    public TerminalPage(String path, String... headers) {
        this.path = path;
        this.headers = headers;
    }

    /**
     * Connects and waits until the server is ready; tries again, as pages do, while the workspace's bridge is not home.
     *
     * @param anew the screen is wanted anew, as after a reload
     */
    public JsonNode open(String serverUrl, boolean anew) {
        connect(serverUrl, anew);
        return Awaitility.await("the terminal is ready")
                .atMost(30, TimeUnit.SECONDS)
                .until(
                        () -> {
                            synchronized (this) {
                                if (ready != null || closeCode == 0) {
                                    return ready;
                                }
                                if (!heard.getLast().path("kind").asString("").equals("later")) {
                                    throw new AssertionError("closed with " + closeCode + ": " + heard);
                                }
                            }
                            connect(serverUrl, anew);
                            return null;
                        },
                        java.util.Objects::nonNull);
    }

    /** Only connects. */
    void connect(String serverUrl, boolean anew) {
        Connection fresh = new Connection(anew);
        synchronized (this) {
            connection = fresh;
            ready = null;
            closeCode = 0;
        }
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10));
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        builder.buildAsync(
                        URI.create(serverUrl.replaceFirst("^http", "ws") + "/api/v1/" + path + "?client=" + client),
                        fresh)
                .join();
    }

    /** Cuts the connection in the middle of whatever is under way. */
    void cut() {
        Connection now;
        synchronized (this) {
            now = connection;
            connection = null;
            ready = null;
        }
        if (now != null) {
            now.abort();
        }
    }

    /** From now on nothing is acknowledged, or everything. */
    synchronized void shows(boolean everything) {
        shows = everything;
        if (everything) {
            acknowledge();
        }
    }

    public synchronized void type(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long number = next++;
        pending.put(number, bytes);
        if (ready != null) {
            send(number, bytes);
        }
    }

    synchronized void size(int columns, int rows) {
        control(Json.MAPPER
                .createObjectNode()
                .put("t", "size")
                .put("columns", columns)
                .put("rows", rows));
    }

    synchronized String screen() {
        return screen.toString(StandardCharsets.UTF_8);
    }

    synchronized void forgetScreen() {
        screen.reset();
    }

    /** Most bytes that were ever sent to this page before it had acknowledged them. */
    synchronized long mostOutstanding() {
        return mostOutstanding;
    }

    synchronized long received() {
        return received;
    }

    synchronized boolean isOpen() {
        return ready != null;
    }

    synchronized int closeCode() {
        return closeCode;
    }

    synchronized List<JsonNode> heard() {
        return List.copyOf(heard);
    }

    /** @return how many pieces of what was typed are not known to be in the workspace */
    synchronized int unsettled() {
        return pending.size();
    }

    public void awaitScreen(String text) {
        try {
            Awaitility.await("the screen shows " + text)
                    .atMost(1, TimeUnit.MINUTES)
                    .until(() -> screen().contains(text));
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            String all = screen();
            throw new AssertionError(
                    "Not on the screen: " + text + "\n" + all.substring(Math.max(0, all.length() - 3000)) + "\n"
                            + heard(),
                    e);
        }
    }

    private void send(long number, byte[] bytes) {
        Connection now = connection;
        if (now != null) {
            now.send(ByteBuffer.allocate(8 + bytes.length)
                    .putLong(number)
                    .put(bytes)
                    .flip());
        }
    }

    private void control(ObjectNode json) {
        Connection now = connection;
        if (now != null) {
            now.send(json.toString());
        }
    }

    /** Says what a page does not say. */
    synchronized void control(String text) {
        Connection now = connection;
        if (now != null) {
            now.send(text);
        }
    }

    /** The next piece gets a number too high. */
    synchronized void leaveOutOne() {
        next++;
    }

    private void acknowledge() {
        shown = received;
        control(Json.MAPPER.createObjectNode().put("t", "shown").put("to", shown));
    }

    private synchronized void heard(Connection from, JsonNode message) {
        if (from != connection) {
            return;
        }
        String type = message.path("t").asString("");
        if (!type.equals("beat")) {
            heard.add(message);
        }
        if (type.equals("ready")) {
            ready(message);
        } else if (type.equals("taken")) {
            pending.keySet().removeIf(number -> number <= message.path("to").asLong(0));
        }
    }

    private void ready(JsonNode message) {
        ready = message;
        long from;
        if (message.path("resumed").asBoolean(false)) {
            pending.keySet().removeIf(number -> number <= message.path("taken").asLong(0));
            from = message.path("received").asLong(0);
        } else {
            received = 0;
            shown = 0;
            screen.reset();
            long taken = message.path("before").path("taken").asLong(0);
            pending.keySet().removeIf(number -> number <= taken);
            List<byte[]> rest = List.copyOf(pending.values());
            pending.clear();
            next = 1;
            rest.forEach(bytes -> pending.put(next++, bytes));
            from = 0;
        }
        relay = message.path("relay").asString("");
        pending.forEach((number, bytes) -> {
            if (number > from) {
                send(number, bytes);
            }
        });
    }

    private synchronized void output(Connection from, ByteBuffer frame) {
        if (from != connection) {
            return;
        }
        long at = frame.getLong();
        if (at != received) {
            throw new AssertionError("Output from " + at + " came when " + received + " bytes were there.");
        }
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        if (screen.size() > 2_000_000) {
            screen.reset();
        }
        screen.writeBytes(bytes);
        received += bytes.length;
        mostOutstanding = Math.max(mostOutstanding, received - shown);
        if (shows) {
            acknowledge();
        }
    }

    @Override
    public void close() {
        cut();
        http.shutdownNow();
    }

    /** One web socket; sends in order, by one that follows the other. */
    private final class Connection implements WebSocket.Listener {

        private final boolean anew;
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
        private final StringBuilder text = new StringBuilder();
        private CompletableFuture<?> sending = CompletableFuture.completedFuture(null);
        private volatile @Nullable WebSocket socket;

        Connection(boolean anew) {
            this.anew = anew;
        }

        @Override
        public void onOpen(WebSocket opened) {
            socket = opened;
            synchronized (TerminalPage.this) {
                ObjectNode hello = Json.MAPPER
                        .createObjectNode()
                        .put("t", "hello")
                        .put("columns", 100)
                        .put("rows", 30);
                if (relay != null) {
                    hello.put("relay", relay);
                    if (!anew) {
                        hello.put("at", received);
                    }
                }
                send(hello.toString());
            }
            opened.request(1);
        }

        void send(Object frame) {
            synchronized (this) {
                sending = sending.handle((_, _) -> null).thenCompose(_ -> {
                    WebSocket now = socket;
                    if (now == null) {
                        return CompletableFuture.completedFuture(null);
                    }
                    return frame instanceof ByteBuffer bytes
                            ? now.sendBinary(bytes, true)
                            : now.sendText((String) frame, true);
                });
            }
        }

        void abort() {
            WebSocket now = socket;
            if (now != null) {
                now.abort();
            }
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                JsonNode message = Json.MAPPER.readTree(text.toString());
                text.setLength(0);
                heard(this, message);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            binary.writeBytes(part);
            if (last) {
                ByteBuffer frame = ByteBuffer.wrap(binary.toByteArray());
                binary.reset();
                output(this, frame);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed(code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed(1006);
        }

        private void closed(int code) {
            synchronized (TerminalPage.this) {
                if (connection == this) {
                    closeCode = code;
                }
            }
        }
    }

    /** @throws TimeoutException never; the await says why */
    void awaitClosed(int code) throws TimeoutException {
        Awaitility.await("the socket is closed with " + code)
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> closeCode() == code);
    }
}
