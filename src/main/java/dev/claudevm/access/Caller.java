package dev.claudevm.access;

import java.security.Principal;

/**
 * Who makes a request; the principal of Spring Security's authentication.
 *
 * @param userId row of the table {@code app_user}
 * @param name that user's name; {@code by} in events
 * @param credentialId the device or token that spoke, for {@link AccessRevoked}
 * @param kind of that credential
 */
public record Caller(String userId, String name, String credentialId, Kind kind) implements Principal {

    /** How somebody showed who they are. */
    public enum Kind {
        /** A browser with the device cookie: writes are checked for their origin. */
        DEVICE,
        /** A program with an API token. */
        TOKEN
    }

    @Override
    public String getName() {
        return name;
    }
}
