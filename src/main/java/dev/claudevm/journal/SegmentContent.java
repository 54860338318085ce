package dev.claudevm.journal;

import dev.claudevm.protocol.Json;
import dev.claudevm.secret.Seal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What is in a segment: lines of JSON, compressed with gzip, sealed under the object's key. The first line says whose
 * events follow.
 *
 * @param events each as its journal has it
 */
record SegmentContent(Head head, List<String> events) {

    private static final int MAX_BYTES = 256 * 1024 * 1024;

    /** The conversation, in case that the database does not know it. */
    record Head(String agent, @Nullable String mode, String title) {}

    byte[] sealed(SecretKey key, Segment segment) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(Json.MAPPER.writeValueAsBytes(head));
            for (String event : events) {
                zip.write('\n');
                zip.write(event.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Seal.seal(key, segment.key(), bytes.toByteArray());
    }

    /** @throws IOException when it is not what was sealed for that segment */
    static SegmentContent open(SecretKey key, Segment segment, byte[] sealed) throws IOException {
        try (GZIPInputStream zip =
                new GZIPInputStream(new ByteArrayInputStream(Seal.open(key, segment.key(), sealed)))) {
            byte[] text = zip.readNBytes(MAX_BYTES);
            List<String> lines =
                    new String(text, StandardCharsets.UTF_8).lines().toList();
            return new SegmentContent(
                    Json.MAPPER.readValue(lines.getFirst(), Head.class), lines.subList(1, lines.size()));
        } catch (GeneralSecurityException | JacksonException e) {
            throw new IOException(segment.key() + " is not what was stored under that name", e);
        }
    }
}
