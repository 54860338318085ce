package dev.claudevm.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What {@code claude-vm web} was told; it goes before {@code config.yaml}.
 *
 * @param home null: {@code CLAUDE_VM_HOME}, or {@code ~/.claude-vm}
 * @param port null: as configured, or 7878; 0: any free one
 * @param bind address to listen on; null: as configured, or loopback
 * @param configFile null: {@code config.yaml} in the home
 * @param open whether a browser on this machine is opened, if there is a display
 * @param qr whether the link is also printed as QR code; null: when stdout is a terminal
 */
public record WebOptions(
        @Nullable Path home,
        @Nullable Integer port,
        @Nullable String bind,
        @Nullable Path configFile,
        boolean open,
        @Nullable Boolean qr) {

    /** Nothing was told. */
    public static final WebOptions DEFAULTS = new WebOptions(null, null, null, null, true, null);
}
