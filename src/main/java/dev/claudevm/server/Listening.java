package dev.claudevm.server;

import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerConfig.Tls;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the server listens, and what follows from it.
 *
 * @param port 0: any free one
 * @param publicUrl as configured
 */
record Listening(
        InetAddress address,
        int port,
        boolean portWasNamed,
        @Nullable Tls tls,
        @Nullable String publicUrl) {

    /** @throws StartFailure when there is no such address */
    static Listening of(WebOptions options, ServerConfig config) {
        String bind = options.bind() == null ? config.server().bind() : options.bind();
        Integer named = options.port() == null ? config.server().port() : options.port();
        try {
            return new Listening(
                    InetAddress.getByName(bind),
                    named == null ? ServerConfig.DEFAULT_PORT : named,
                    named != null,
                    config.server().tls(),
                    config.server().publicUrl());
        } catch (UnknownHostException e) {
            throw new StartFailure("Cannot listen on \"" + bind
                    + "\": there is no such address. Use an address of this machine, or 0.0.0.0 for all of them.");
        }
    }

    /** Tries the port, so that "in use" is said before anything else is started. */
    void check() {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address, port));
        } catch (IOException e) {
            throw refused(e);
        }
    }

    StartFailure refused(Exception e) {
        if (port > 0 && port < 1024 && String.valueOf(e.getMessage()).contains("ermission")) {
            return new StartFailure("Port " + port + " needs root. Use --port with a number above 1023.");
        }
        if (String.valueOf(e.getMessage()).contains("annot assign")) {
            return new StartFailure("Cannot listen on " + address.getHostAddress()
                    + ": this machine has no such address. Use one of its own, or 0.0.0.0 for all of them.");
        }
        String holder = PortHolder.of(port).map(program -> " by " + program).orElse("");
        return new StartFailure("Port " + port + " is in use" + holder + ". Stop that, or use "
                + (portWasNamed ? "another --port." : "--port with another number (0: any free one)."));
    }

    /** @param actualPort that the server got */
    String url(int actualPort) {
        if (publicUrl != null) {
            return publicUrl;
        }
        return (tls == null ? "http://" : "https://") + host() + ":" + actualPort;
    }

    private String host() {
        if (address.isLoopbackAddress()) {
            return "localhost";
        }
        InetAddress shown =
                address.isAnyLocalAddress() ? firstOfThisMachine().orElse(InetAddress.getLoopbackAddress()) : address;
        return shown instanceof Inet4Address ? shown.getHostAddress() : "[" + shown.getHostAddress() + "]";
    }

    private static Optional<InetAddress> firstOfThisMachine() {
        try {
            return NetworkInterface.networkInterfaces()
                    .filter(Listening::isUsable)
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(Inet4Address.class::isInstance)
                    .filter(candidate -> !candidate.isLoopbackAddress() && !candidate.isLinkLocalAddress())
                    .findFirst();
        } catch (SocketException e) {
            return Optional.empty();
        }
    }

    private static boolean isUsable(NetworkInterface card) {
        try {
            // Docker's bridges are no way in for a phone.
            return card.isUp()
                    && !card.getName().startsWith("docker")
                    && !card.getName().startsWith("br-");
        } catch (SocketException e) {
            return false;
        }
    }

    /** @return what a person should know about this address; empty when there is nothing */
    Optional<String> warning() {
        if (address.isLoopbackAddress() || tls != null || (publicUrl != null && publicUrl.startsWith("https:"))) {
            return Optional.empty();
        }
        return Optional.of("""
                Without TLS everybody on the way can read along, and a phone's browser refuses: installing the app, its
                service worker (offline use), push notifications, and the clipboard. To have them, give a certificate in
                config.yaml (server: {tls: {certificate: …, key: …}}), or let a proxy with TLS (for example
                `tailscale serve`) reach this server on loopback and set server.publicUrl.""");
    }
}
