package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Text;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Windows of texts of any size, by line or by byte. Lines of a large file are counted once: where each thousandth begins is
 * kept for the next window of the same version.
 */
final class TextWindows {

    private static final int EVERY = 1_000;
    private static final int BLOCK_BYTES = 256 * 1024;
    private static final int KEPT_FILES = 8;
    private static final int BACK_BYTES = 64 * 1024;

    private final Content content;
    private final FileBounds bounds;
    private final Map<String, Lines> kept = new LinkedHashMap<>(16, 0.75f, true);

    TextWindows(Content content, FileBounds bounds) {
        this.content = content;
        this.bounds = bounds;
    }

    /** Where a window begins: at a line's number, from 1, or at a byte; that byte's line begins it, unless it is exact. */
    record Start(@Nullable Long line, long at, boolean exact) {}

    /** @throws FileProblem also when it is no text */
    Text window(TreePath path, Start start, int maxLines) {
        try (Content.Opened opened = content.open(path);
                FileChannel channel = opened.channel()) {
            Charset charset = opened.media().encoding();
            if (charset == null) {
                throw FileProblem.of(
                        FileProblem.CONFLICT,
                        "\"" + path + "\" is no text.",
                        "Get its bytes; a range of them for a look at the beginning.");
            }
            int lines = Math.min(maxLines, bounds.windowLines());
            if (charset != StandardCharsets.UTF_8 && opened.media().bomBytes() == 2) {
                return wide(path, opened, channel, charset, start, lines);
            }
            return narrow(path, opened, channel, charset, start, lines);
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    private Text narrow(
            TreePath path, Content.Opened opened, FileChannel channel, Charset charset, Start start, int maxLines)
            throws IOException {
        Long line = start.line;
        long at = line == null ? Math.min(start.at, opened.size()) : offset(opened, channel, line);
        if (line == null && !start.exact) {
            at = lineStart(opened, channel, at);
        }
        if (line == null && at == 0) {
            line = 1L;
        }
        byte[] window = Content.read(opened, channel, at, bounds.windowBytes());
        boolean toTheEnd = at + window.length >= opened.size();
        List<String> lines = new ArrayList<>();
        int bom = at == 0 ? opened.media().bomBytes() : 0;
        int from = bom;
        boolean lossy = false;
        boolean cut = false;
        String lineEnd = "lf";
        while (lines.size() < maxLines && (from < window.length || (from == window.length && toTheEnd))) {
            int end = from;
            while (end < window.length && window[end] != '\n') {
                end++;
            }
            if (end == window.length && !toTheEnd) {
                if (!lines.isEmpty()) {
                    break;
                }
                cut = true;
                end = whole(window, charset);
            }
            boolean crlf = end < window.length && window[end] == '\n' && end > from && window[end - 1] == '\r';
            if (lines.isEmpty() && crlf) {
                lineEnd = "crlf";
            }
            int until = crlf ? end - 1 : end;
            String text = new String(window, from, until - from, charset);
            lossy |= text.indexOf('\uFFFD') >= 0 && !decodes(window, from, until, charset);
            lines.add(text);
            if (end >= window.length && !cut) {
                from = window.length + 1; // the last line has no end
                break;
            }
            from = cut ? end : end + 1;
            if (cut) {
                break;
            }
        }
        long next = Math.min(at + from, opened.size());
        boolean all = at == 0 && from > window.length;
        Long total = all ? Long.valueOf(lines.size()) : counted(opened);
        return new Text(
                content.info(path, opened),
                at,
                next,
                line,
                total,
                lines,
                cut,
                lineEnd,
                opened.media().bomBytes() > 0,
                lossy);
    }

    /** @return how much of it has no half of a letter at its end */
    private static int whole(byte[] window, Charset charset) {
        int end = window.length;
        if (charset == StandardCharsets.UTF_8) {
            int back = 0;
            while (back < 3 && end > 1 && (window[end - 1] & 0xc0) == 0x80) {
                end--;
                back++;
            }
            if ((window[end - 1] & 0xc0) == 0xc0) {
                return end - 1 > 0 ? end - 1 : window.length;
            }
            return window.length;
        }
        return end;
    }

    private static boolean decodes(byte[] window, int from, int to, Charset charset) {
        try {
            charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(window, from, to - from));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Two bytes a letter: only files that fit into the memory, whole. */
    private Text wide(
            TreePath path, Content.Opened opened, FileChannel channel, Charset charset, Start start, int maxLines)
            throws IOException {
        if (opened.size() > bounds.hashedBytes()) {
            throw FileProblem.of(
                    FileProblem.TOO_LARGE,
                    "\"" + path + "\" is in UTF-16 and larger than " + bounds.hashedBytes() + " bytes.",
                    "Convert it with iconv, or get its bytes.");
        }
        byte[] bytes = Content.read(opened, channel, 0, (int) opened.size());
        CharBuffer decoded = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE)
                .decode(ByteBuffer.wrap(bytes, 2, bytes.length - 2));
        String text = decoded.toString();
        List<String> all = List.of(text.split("\n", -1));
        String lineEnd = text.contains("\r\n") ? "crlf" : "lf";
        int first = (int) Math.min(start.line == null ? 0 : start.line - 1, all.size());
        List<String> lines = all.subList(first, Math.min(all.size(), first + maxLines)).stream()
                .map(l -> l.endsWith("\r") ? l.substring(0, l.length() - 1) : l)
                .toList();
        long next = first + lines.size() == all.size() ? opened.size() : 0;
        return new Text(
                content.info(path, opened),
                0,
                next,
                first + 1L,
                (long) all.size(),
                lines,
                false,
                lineEnd,
                true,
                text.indexOf('\uFFFD') >= 0);
    }

    private static long lineStart(Content.Opened opened, FileChannel channel, long at) throws IOException {
        long from = Math.max(0, at - BACK_BYTES);
        byte[] before = Content.read(opened, channel, from, (int) (at - from));
        for (int i = before.length - 1; i >= 0; i--) {
            if (before[i] == '\n') {
                return from + i + 1;
            }
        }
        return from == 0 ? 0 : at;
    }

    /** Where lines 1, 1001, 2001 … begin, as far as somebody has looked. */
    private static final class Lines {
        private final List<Long> starts = new ArrayList<>(List.of(0L));
        private long scanned;
        private long ends;
        private boolean complete;
    }

    private Lines lines(Content.Opened opened) {
        synchronized (kept) {
            String key = opened.place().path() + " " + opened.etag();
            Lines lines = kept.computeIfAbsent(key, _ -> new Lines());
            if (kept.size() > KEPT_FILES) {
                kept.remove(kept.keySet().iterator().next());
            }
            return lines;
        }
    }

    private @Nullable Long counted(Content.Opened opened) {
        Lines lines = lines(opened);
        synchronized (lines) {
            return lines.complete ? Long.valueOf(lines.ends + 1) : null;
        }
    }

    /** @return where this line begins; the file's size when it has fewer */
    private long offset(Content.Opened opened, FileChannel channel, long line) throws IOException {
        Lines lines = lines(opened);
        int step = (int) Math.min(Integer.MAX_VALUE, (line - 1) / EVERY);
        long at;
        synchronized (lines) {
            while (lines.starts.size() <= step && !lines.complete) {
                scan(lines, opened, channel);
            }
            if (lines.starts.size() <= step) {
                return opened.size();
            }
            at = lines.starts.get(step);
        }
        long left = (line - 1) % EVERY;
        while (left > 0) {
            byte[] block = Content.read(opened, channel, at, BLOCK_BYTES);
            if (block.length == 0) {
                return opened.size();
            }
            int i = 0;
            while (i < block.length && left > 0) {
                left -= block[i++] == '\n' ? 1 : 0;
            }
            at += i;
        }
        return at;
    }

    private void scan(Lines lines, Content.Opened opened, FileChannel channel) throws IOException {
        if (lines.scanned >= bounds.scanBytes()) {
            throw FileProblem.of(
                    FileProblem.TOO_LARGE,
                    "Line numbers are only counted in the first " + bounds.scanBytes() + " bytes.",
                    "Ask for a window by its byte (at) instead.");
        }
        byte[] block = Content.read(opened, channel, lines.scanned, BLOCK_BYTES);
        for (int i = 0; i < block.length; i++) {
            if (block[i] == '\n' && ++lines.ends % EVERY == 0) {
                lines.starts.add(lines.scanned + i + 1);
            }
        }
        lines.scanned += block.length;
        lines.complete = block.length == 0 || lines.scanned >= opened.size();
    }
}
