package dev.claudevm.bridge.files;

import dev.claudevm.protocol.FileTree.Kind;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a file is, told by its first bytes and then by its name: pictures and PDF by their bytes alone, so that a name does not
 * make anything of what it is not.
 *
 * @param encoding null when it is no text
 * @param bomBytes length of the byte order mark
 */
record Media(Kind kind, String mime, @Nullable Charset encoding, int bomBytes) {

    /** How many of the first bytes are looked at. */
    static final int HEAD_BYTES = 64 * 1024;

    private static final Charset WESTERN = Charset.forName("windows-1252");
    private static final Map<String, String> BINARY = Map.ofEntries(
            Map.entry("mp3", "audio/mpeg"),
            Map.entry("wav", "audio/wav"),
            Map.entry("ogg", "audio/ogg"),
            Map.entry("flac", "audio/flac"),
            Map.entry("m4a", "audio/mp4"),
            Map.entry("mp4", "video/mp4"),
            Map.entry("webm", "video/webm"),
            Map.entry("mov", "video/quicktime"),
            Map.entry("avif", "image/avif"),
            Map.entry("heic", "image/heic"),
            Map.entry("zip", "application/zip"),
            Map.entry("jar", "application/java-archive"),
            Map.entry("gz", "application/gzip"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("wasm", "application/wasm"));
    private static final Map<String, String> TEXT = Map.ofEntries(
            Map.entry("md", "text/markdown"),
            Map.entry("markdown", "text/markdown"),
            Map.entry("csv", "text/csv"),
            Map.entry("tsv", "text/tab-separated-values"),
            Map.entry("html", "text/html"),
            Map.entry("htm", "text/html"),
            Map.entry("css", "text/css"),
            Map.entry("js", "text/javascript"),
            Map.entry("mjs", "text/javascript"),
            Map.entry("json", "application/json"),
            Map.entry("xml", "application/xml"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("yaml", "application/yaml"),
            Map.entry("yml", "application/yaml"));

    /**
     * @param head the file's first {@link #HEAD_BYTES}
     * @param whole that is the whole file
     */
    static Media of(String name, byte[] head, boolean whole) {
        String image = image(head);
        if (image != null) {
            return new Media(Kind.IMAGE, image, null, 0);
        }
        if (starts(head, 0, '%', 'P', 'D', 'F', '-')) {
            return new Media(Kind.PDF, "application/pdf", null, 0);
        }
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        if (starts(head, 0, 0xff, 0xfe)) {
            return text(ending, StandardCharsets.UTF_16LE, 2);
        }
        if (starts(head, 0, 0xfe, 0xff)) {
            return text(ending, StandardCharsets.UTF_16BE, 2);
        }
        int bom = starts(head, 0, 0xef, 0xbb, 0xbf) ? 3 : 0;
        for (byte b : head) {
            if (b == 0) {
                return binary(ending);
            }
        }
        if (isUtf8(head, whole)) {
            return BINARY.containsKey(ending) && head.length > 0 && controls(head)
                    ? binary(ending)
                    : text(ending, StandardCharsets.UTF_8, bom);
        }
        return controls(head) ? binary(ending) : text(ending, WESTERN, 0);
    }

    private static Media text(String ending, Charset charset, int bom) {
        String mime = TEXT.getOrDefault(ending, "text/plain");
        Kind kind = switch (mime) {
            case "text/markdown" -> Kind.MARKDOWN;
            case "text/csv", "text/tab-separated-values" -> Kind.CSV;
            case "image/svg+xml" -> Kind.IMAGE;
            default -> Kind.TEXT;
        };
        return new Media(kind, mime, charset, bom);
    }

    private static Media binary(String ending) {
        String mime = BINARY.getOrDefault(ending, "application/octet-stream");
        Kind kind = mime.startsWith("audio/")
                ? Kind.AUDIO
                : mime.startsWith("video/") ? Kind.VIDEO : mime.startsWith("image/") ? Kind.IMAGE : Kind.BINARY;
        return new Media(kind, mime, null, 0);
    }

    private static @Nullable String image(byte[] head) {
        if (starts(head, 0, 0x89, 'P', 'N', 'G', '\r', '\n')) {
            return "image/png";
        }
        if (starts(head, 0, 0xff, 0xd8, 0xff)) {
            return "image/jpeg";
        }
        if (starts(head, 0, 'G', 'I', 'F', '8')) {
            return "image/gif";
        }
        if (starts(head, 0, 'R', 'I', 'F', 'F') && starts(head, 8, 'W', 'E', 'B', 'P')) {
            return "image/webp";
        }
        if (starts(head, 0, 'B', 'M') && head.length > 26 && head[6] == 0 && head[7] == 0 && head[8] == 0) {
            return "image/bmp";
        }
        return starts(head, 0, 0, 0, 1, 0) && head.length > 22 ? "image/x-icon" : null;
    }

    private static boolean starts(byte[] head, int at, int... with) {
        for (int i = 0; i < with.length; i++) {
            if (at + i >= head.length || (head[at + i] & 0xff) != with[i]) {
                return false;
            }
        }
        return true;
    }

    /** More than a few control characters are no text in any of the old encodings. */
    private static boolean controls(byte[] head) {
        int odd = 0;
        for (byte b : head) {
            odd += b >= 0 && b < 32 && b != '\n' && b != '\r' && b != '\t' && b != '\f' && b != 27 ? 1 : 0;
        }
        return odd * 100 > head.length;
    }

    private static boolean isUtf8(byte[] head, boolean whole) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CoderResult result = decoder.decode(ByteBuffer.wrap(head), CharBuffer.allocate(head.length + 1), whole);
        return !result.isError();
    }
}
