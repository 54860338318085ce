package dev.claudevm.ssh;

import dev.claudevm.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Predicate;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Reads a forge's page of an account's public keys. Over https only, from public addresses only, 64 kB at most, within
 * ten seconds, and without going where the page would send us: the address is a person's, and this server stands inside.
 */
@Component
class KeysByUrl {

    private static final int MAX_BYTES = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpClient http;
    private final Predicate<InetAddress> allowed;

    @Autowired
    KeysByUrl() {
        this(
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(PATIENCE)
                        .build(),
                KeysByUrl::isPublic);
    }

    KeysByUrl(HttpClient http, Predicate<InetAddress> allowed) {
        this.http = http;
        this.allowed = allowed;
    }

    /** @throws Problem when it is no https address */
    static URI parse(String text) {
        try {
            URI uri = URI.create(text.strip());
            if ("https".equals(uri.getScheme()) && uri.getHost() != null && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw Problem.invalid(
                "Keys are fetched over https only.", "Give an address like https://github.com/your-name.keys.");
    }

    /** @throws Problem when it does not answer with a short text */
    String fetch(URI uri) {
        try {
            InetAddress[] addresses = InetAddress.getAllByName(uri.getHost());
            if (!Arrays.stream(addresses).allMatch(allowed)) {
                throw Problem.invalid(
                        "\"" + uri.getHost() + "\" is no public address.", "Paste the key instead of its address.");
            }
            HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
            HttpResponse<InputStream> answer = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = answer.body()) {
                byte[] text = body.readNBytes(MAX_BYTES + 1);
                if (answer.statusCode() != 200 || text.length > MAX_BYTES) {
                    throw Problem.invalid(
                            uri.getHost() + " answered with status " + answer.statusCode()
                                    + (text.length > MAX_BYTES ? " and too much" : "") + ".",
                            "Open the address in a browser: it must show public keys and nothing else.");
                }
                return new String(text, StandardCharsets.UTF_8);
            }
        } catch (UnknownHostException e) {
            throw Problem.invalid("There is no \"" + uri.getHost() + "\".", "Check the address.");
        } catch (IOException e) {
            throw Problem.unavailable(
                    uri.getHost() + " does not answer: " + e.getMessage(), "Try again, or paste the key.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.unavailable("Interrupted.", "Try again.");
        }
    }

    private static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
        boolean shared = bytes.length == 4 && (bytes[0] & 0xff) == 100 && (bytes[1] & 0xc0) == 64;
        return !(address.isLoopbackAddress()
                || address.isAnyLocalAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()
                || uniqueLocal
                || shared);
    }
}
