package dev.claudevm.push;

import com.interaso.webpush.VapidKeys;
import dev.claudevm.config.ServerHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The key by which push services know this server (VAPID, RFC 8292). Browsers subscribe for it: with another key they have to
 * subscribe anew.
 */
final class ServerKey {

    private ServerKey() {}

    /** @return the key in {@code file}: two lines, the public one first; made when it is not there yet */
    static VapidKeys of(Path file) {
        try {
            if (Files.exists(file)) {
                List<String> lines = Files.readAllLines(file);
                if (lines.size() < 2) {
                    throw new IOException("it has no two lines; delete it to make a new key");
                }
                return VapidKeys.create(lines.get(0).strip(), lines.get(1).strip());
            }
            VapidKeys fresh = VapidKeys.generate();
            ServerHome.writeOwnerOnly(
                    file,
                    (fresh.getX509PublicKey() + "\n" + fresh.getPkcs8PrivateKey() + "\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return fresh;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot use " + file + ": " + e.getMessage(), e);
        }
    }
}
