package dev.claudevm.fake;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Where a bridge has its HTTP API: says one thing to everybody. */
public final class OneAnswer implements AutoCloseable {

    private final HttpServer http;
    private final AtomicInteger given = new AtomicInteger();
    private volatile int status;

    public OneAnswer(int status) throws IOException {
        this.status = status;
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/", exchange -> {
            try (exchange) {
                given.incrementAndGet();
                exchange.sendResponseHeaders(this.status, -1);
            }
        });
        http.start();
    }

    public int port() {
        return http.getAddress().getPort();
    }

    /** @return how often it has answered */
    public int given() {
        return given.get();
    }

    public void status(int next) {
        status = next;
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
