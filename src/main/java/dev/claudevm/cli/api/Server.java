package dev.claudevm.cli.api;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Which server to talk to, and as whom.
 *
 * @param url without a slash at its end
 * @param token null: none is known; the server will refuse
 * @param local the server of this machine, which {@code claude-vm web} starts
 */
public record Server(URI url, @Nullable String token, boolean local) {

    @Override
    public String toString() {
        return "Server[url=" + url + ", local=" + local + "]";
    }
}
