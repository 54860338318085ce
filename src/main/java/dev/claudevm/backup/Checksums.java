package dev.claudevm.backup;

import java.util.List;

/** The last entry of a backup: what is in front of it, in this order, so that a file that was cut off or changed is seen. */
record Checksums(List<Entry> entries) {

    static final String NAME = "checksums.json";

    /** @param sha256 in hexadecimal digits */
    record Entry(String name, long bytes, String sha256) {}
}
