package dev.claudevm.push;

import com.interaso.webpush.WebPush;
import dev.claudevm.access.Caller;
import dev.claudevm.problem.Problem;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Notifications of the browser that asks. */
@RestController
@RequestMapping("/api/v1/push")
class PushApi {

    private static final int MAX_ENDPOINT_CHARS = 2000;
    /** An uncompressed point of P-256, and the shared secret (RFC 8291, section 3.1). */
    private static final int KEY_BYTES = 65;

    private static final int AUTH_BYTES = 16;

    private final Subscriptions subscriptions;
    private final Pusher pusher;
    private final PushService service;
    private final PushSettings settings;
    private final Supplier<WebPush> webPush;

    PushApi(
            Subscriptions subscriptions,
            Pusher pusher,
            PushService service,
            PushSettings settings,
            Supplier<WebPush> webPush) {
        this.subscriptions = subscriptions;
        this.pusher = pusher;
        this.service = service;
        this.settings = settings;
        this.webPush = webPush;
    }

    record Keys(@Nullable String p256dh, @Nullable String auth) {}

    record Quiet(
            @Nullable String from,
            @Nullable String to,
            @Nullable String zone) {}

    /** @param kinds null: all */
    record Wanted(
            @Nullable String endpoint,
            @Nullable Keys keys,
            @Nullable List<String> kinds,
            @Nullable Boolean details,
            @Nullable Quiet quiet) {}

    record Kept(
            List<String> kinds,
            boolean details,
            @Nullable Quiet quiet,
            @Nullable String problem) {}

    /**
     * @param publicKey what a browser subscribes for
     * @param subscription of the browser that asks; null: it has none
     */
    record Standing(String publicKey, @Nullable Kept subscription) {}

    /** @param problem null: the push service has taken it */
    record Tested(@Nullable String problem) {}

    @GetMapping
    Standing standing(@AuthenticationPrincipal Caller caller) {
        return new Standing(
                publicKey(),
                subscriptions.of(caller.credentialId()).map(PushApi::kept).orElse(null));
    }

    @PutMapping("/subscription")
    Standing subscribe(@RequestBody Wanted wanted, @AuthenticationPrincipal Caller caller) {
        Keys keys = wanted.keys() == null ? new Keys(null, null) : wanted.keys();
        Subscription subscription = new Subscription(
                caller.credentialId(),
                endpoint(wanted.endpoint()),
                key("keys.p256dh", keys.p256dh(), KEY_BYTES),
                key("keys.auth", keys.auth(), AUTH_BYTES),
                kinds(wanted.kinds()),
                Boolean.TRUE.equals(wanted.details()),
                quiet(wanted.quiet()),
                null);
        if (caller.kind() != Caller.Kind.DEVICE) {
            throw Problem.invalid(
                    "Notifications go to browsers, and an API token is none.", "Turn them on in a browser's Settings.");
        }
        pusher.subscribe(subscription);
        return standing(caller);
    }

    @DeleteMapping("/subscription")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void unsubscribe(@AuthenticationPrincipal Caller caller) {
        subscriptions.remove(caller.credentialId());
    }

    @PostMapping("/test")
    Tested test(@AuthenticationPrincipal Caller caller) throws InterruptedException {
        Subscription to = subscriptions
                .of(caller.credentialId())
                .orElseThrow(() -> Problem.conflict(
                        "This browser has no notifications yet.", "Turn them on in its Settings first."));
        return switch (service.send(to, Payload.test(), "test")) {
            case PushService.Answer.Taken _ -> {
                subscriptions.problem(to, null);
                yield new Tested(null);
            }
            case PushService.Answer.Expired _ -> {
                subscriptions.expired(to);
                yield new Tested("The browser has unsubscribed. Turn notifications on again.");
            }
            case PushService.Answer.Later later -> new Tested(later.why());
            case PushService.Answer.Refused refused -> new Tested(refused.why());
        };
    }

    private String endpoint(@Nullable String text) {
        try {
            URI uri = new URI(text == null ? "" : text);
            boolean scheme = "https".equals(uri.getScheme()) || settings.allowHttp() && "http".equals(uri.getScheme());
            if (text != null && text.length() <= MAX_ENDPOINT_CHARS && scheme && uri.getHost() != null) {
                return text;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw Problem.invalid(
                "\"endpoint\" is no https address of a push service.", "Send what PushSubscription.toJSON() gives.");
    }

    private String publicKey() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(webPush.get().getVapidKeys().getApplicationServerKey());
    }

    private static String key(String name, @Nullable String text, int bytes) {
        try {
            if (text != null && PushService.bytes(text).length == bytes) {
                return text;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw Problem.invalid(
                "\"" + name + "\" must be " + bytes + " bytes in base64url.",
                "Send what PushSubscription.toJSON() gives.");
    }

    private static Set<Kind> kinds(@Nullable List<String> words) {
        if (words == null) {
            return EnumSet.allOf(Kind.class);
        }
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        for (String word : words) {
            kinds.add(Kind.of(word)
                    .orElseThrow(() -> Problem.invalid(
                            "There are no notifications of the kind \"" + word + "\".",
                            "Known are: approval, question, finished, failed.")));
        }
        return kinds;
    }

    private static @Nullable QuietHours quiet(@Nullable Quiet quiet) {
        if (quiet == null) {
            return null;
        }
        try {
            return QuietHours.of(
                    String.valueOf(quiet.from()), String.valueOf(quiet.to()), String.valueOf(quiet.zone()));
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(
                    String.valueOf(e.getMessage()),
                    "Send {\"from\": \"22:00\", \"to\": \"07:00\", \"zone\": \"Europe/Berlin\"}.");
        }
    }

    private static Kept kept(Subscription subscription) {
        QuietHours quiet = subscription.quiet();
        return new Kept(
                subscription.kinds().stream().map(Kind::word).sorted().toList(),
                subscription.details(),
                quiet == null
                        ? null
                        : new Quiet(
                                quiet.from().toString(),
                                quiet.to().toString(),
                                quiet.zone().getId()),
                subscription.problem());
    }
}
