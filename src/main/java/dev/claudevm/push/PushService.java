package dev.claudevm.push;

import com.interaso.webpush.WebPush;
import dev.claudevm.push.PushService.Answer.Expired;
import dev.claudevm.push.PushService.Answer.Later;
import dev.claudevm.push.PushService.Answer.Refused;
import dev.claudevm.push.PushService.Answer.Taken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The way to a browser: its vendor's push service (RFC 8030). */
@Component
class PushService {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration KEPT = Duration.ofHours(24);
    private static final int TOPIC_CHARS = 32;

    private final Supplier<WebPush> webPush;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    PushService(Supplier<WebPush> webPush) {
        this.webPush = webPush;
    }

    /** What a push service says. */
    sealed interface Answer {
        /** It brings it to the browser, sooner or later. */
        record Taken() implements Answer {}

        /** The browser has unsubscribed. */
        record Expired() implements Answer {}

        /** @param after what the push service asks for; null: nothing */
        record Later(String why, @Nullable Duration after) implements Answer {}

        /** It will never take this. */
        record Refused(String why) implements Answer {}
    }

    /**
     * Sends, once.
     *
     * @param topic of two messages with one topic that wait for a browser, the newer one replaces the older
     */
    Answer send(Subscription to, byte[] payload, String topic) throws InterruptedException {
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(URI.create(to.endpoint())).timeout(PATIENCE);
            WebPush push = webPush.get();
            push.getHeaders(to.endpoint(), (int) KEPT.toSeconds(), topic(topic), WebPush.Urgency.High)
                    .forEach(request::header);
            byte[] body = push.getBody(payload, bytes(to.p256dh()), bytes(to.auth()));
            request.POST(HttpRequest.BodyPublishers.ofByteArray(body));
        } catch (RuntimeException e) {
            return new Refused("The browser's subscription cannot be used; turn notifications off and on there.");
        }
        try {
            HttpResponse<Void> answer = http.send(request.build(), HttpResponse.BodyHandlers.discarding());
            return on(answer);
        } catch (IOException e) {
            return new Later("The push service could not be reached.", null);
        }
    }

    private static Answer on(HttpResponse<Void> answer) {
        int status = answer.statusCode();
        if (status >= 200 && status < 300) {
            return new Taken();
        }
        return switch (status) {
            case 404, 410 -> new Expired();
            case 429, 500, 502, 503, 504 -> new Later("The push service answered " + status + ".", retryAfter(answer));
            default -> new Refused("The push service refused it (" + status + ").");
        };
    }

    private static @Nullable Duration retryAfter(HttpResponse<Void> answer) {
        return answer.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("\\d{1,6}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                .orElse(null);
    }

    static byte[] bytes(String base64url) {
        return Base64.getUrlDecoder().decode(base64url);
    }

    /** At most 32 characters of base64url. */
    private static String topic(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash).substring(0, TOPIC_CHARS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
