package dev.claudevm.cli.chat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Names of files in git's diffs: as they are, or in quotes when a byte would be misunderstood. */
final class GitPath {

    private GitPath() {}

    /**
     * @param path as the server writes it: a byte that is no part of UTF-8 is {@code %XX}, and so is a percent sign before
     *     two hexadecimal digits
     */
    static String quoted(String prefix, String path) {
        byte[] bytes = bytes(prefix + path);
        boolean utf8 = isUtf8(bytes);
        StringBuilder quoted = new StringBuilder("\"");
        boolean needed = false;
        for (byte b : bytes) {
            int c = b & 0xff;
            if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
                needed = true;
            } else if (c == '\n' || c == '\t' || c == '\r') {
                quoted.append(c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
                needed = true;
            } else if (c < 0x20 || c == 0x7f || (c > 0x7f && !utf8)) {
                quoted.append(String.format(Locale.ROOT, "\\%03o", c));
                needed = true;
            } else if (c > 0x7f) {
                quoted.append(String.format(Locale.ROOT, "\\%03o", c));
            } else {
                quoted.append((char) c);
            }
        }
        return needed ? quoted.append('"').toString() : prefix + new String(bytes(path), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String path) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] text = path.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < text.length; i++) {
            if (text[i] == '%' && i + 2 < text.length && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
                bytes.write(hex(text[i + 1]) * 16 + hex(text[i + 2]));
                i += 2;
            } else {
                bytes.write(text[i]);
            }
        }
        return bytes.toByteArray();
    }

    private static int hex(byte c) {
        return Character.digit(c, 16);
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
