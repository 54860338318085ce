package dev.claudevm.store;

import java.util.regex.Pattern;

/** jclouds writes {@code <key>-<UUID>} first and then renames it; a crash leaves such a file. No key of ours looks like that. */
final class Halves {

    private static final Pattern HALF =
            Pattern.compile(".*-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", Pattern.DOTALL);

    private Halves() {}

    static boolean is(String key) {
        return HALF.matcher(key).matches();
    }
}
