package dev.claudevm.bridge.files;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A range of bytes, both ends included. */
record Range(long first, long last) {

    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /**
     * @param header {@code Range} of a request
     * @return null when it is none that is understood (RFC 9110: then all is sent)
     * @throws FileProblem 416 when the file has no such bytes
     */
    static @Nullable Range of(String header, long size) {
        Matcher matcher = ONE.matcher(header.strip());
        if (!matcher.matches()
                || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
            return null;
        }
        long first;
        long last = size - 1;
        if (matcher.group(1).isEmpty()) {
            first = Math.max(0, size - Long.parseLong(matcher.group(2)));
        } else {
            first = Long.parseLong(matcher.group(1));
            if (!matcher.group(2).isEmpty()) {
                long until = Long.parseLong(matcher.group(2));
                if (until < first) {
                    return null;
                }
                last = Math.min(last, until);
            }
        }
        if (first > last) {
            throw FileProblem.of(
                    FileProblem.UNSATISFIABLE,
                    "The file has " + size + " bytes; these are not among them.",
                    "Ask for its information again; it may have become shorter.",
                    java.util.Map.of("size", size));
        }
        return new Range(first, last);
    }
}
