package dev.claudevm.provider.ssh;

import java.io.IOException;

/** The connection ended before the machine had answered; what was asked may be done or not. */
final class LostException extends IOException {
    private static final long serialVersionUID = 1L;

    LostException(String message) {
        super(message);
    }
}
