package dev.claudevm.preview;

import dev.claudevm.access.Devices;
import dev.claudevm.config.KeyFile;
import dev.claudevm.config.ServerHome;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.util.function.SingletonSupplier;

/**
 * What lets a browser into one preview: a <em>ticket</em> in a link, for the way from the product's origin to the preview's,
 * and a <em>pass</em> in a cookie there. Both are signed and name the device and the preview; a pass of one preview opens no
 * other, no call of the product, and nothing once its device is logged out. They survive a restart of the server.
 */
final class Passes {

    private static final String ALGORITHM = "HmacSHA256";
    private static final String TICKET = "ticket";
    private static final String PASS = "pass";

    private final Devices devices;
    private final PreviewSettings settings;
    private final Clock clock;
    private final Supplier<SecretKeySpec> key;

    Passes(Devices devices, PreviewSettings settings, Clock clock, ServerHome home) {
        this.devices = devices;
        this.settings = settings;
        this.clock = clock;
        KeyFile file = new KeyFile(home.previewKeyFile());
        this.key = SingletonSupplier.of(() -> new SecretKeySpec(file.readOrMake(), ALGORITHM));
    }

    String ticket(String device, PreviewName preview) {
        return signed(TICKET, device, preview, settings.ticketLifetime());
    }

    /** @return a pass for the ticket; empty when it is not one, is too old, or its device is logged out */
    Optional<String> pass(String ticket, PreviewName preview) {
        return holder(TICKET, ticket, preview).map(device -> signed(PASS, device, preview, settings.passLifetime()));
    }

    boolean isGood(String pass, PreviewName preview) {
        return holder(PASS, pass, preview).isPresent();
    }

    private String signed(String kind, String device, PreviewName preview, Duration lifetime) {
        long until = clock.instant().plus(lifetime).getEpochSecond();
        return device + "." + until + "." + signature(kind, device, until, preview);
    }

    /** @return the device that holds it */
    private Optional<String> holder(String kind, String text, PreviewName preview) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 3 || !parts[1].matches("\\d{1,15}")) {
            return Optional.empty();
        }
        long until = Long.parseLong(parts[1]);
        byte[] right = signature(kind, parts[0], until, preview).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(right, parts[2].getBytes(StandardCharsets.UTF_8))
                || !clock.instant().isBefore(Instant.ofEpochSecond(until))
                || !devices.isLoggedIn(parts[0])) {
            return Optional.empty();
        }
        return Optional.of(parts[0]);
    }

    private String signature(String kind, String device, long until, PreviewName preview) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key.get());
            String what = String.join("\n", kind, device, String.valueOf(until), preview.label());
            byte[] signature = mac.doFinal(what.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
