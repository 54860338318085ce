package dev.claudevm.bridge.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a file is, its bytes, and its text in windows. */
class ReadingTest {

    private static final int BIG = 9_000_000;

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    @Test
    void rangesAreExactForSmallAndBigFiles() throws Exception {
        try (var given = new FilesUnderTest()) {
            for (int size : new int[] {0, 1, 1000, BIG}) {
                byte[] content = noise(size);
                Files.write(given.project.resolve("f"), content);
                HttpResponse<byte[]> all = given.bytes("/content?path=f");
                assertThat(all.body()).isEqualTo(content);
                String etag = all.headers().firstValue("etag").orElseThrow();
                assertThat(given.bytes("/content?path=f", "If-None-Match", etag).statusCode())
                        .isEqualTo(304);
                if (size < 1000) {
                    continue;
                }
                int[][] ranges = {{0, 0}, {0, 99}, {size - 1, size - 1}, {500, size + 5}, {999, 999}};
                for (int[] r : ranges) {
                    HttpResponse<byte[]> part = given.bytes("/content?path=f", "Range", "bytes=" + r[0] + "-" + r[1]);
                    assertThat(part.statusCode()).isEqualTo(206);
                    int last = Math.min(r[1], size - 1);
                    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(content, r[0], last + 1));
                    assertThat(part.headers().firstValue("content-range"))
                            .hasValue("bytes " + r[0] + "-" + last + "/" + size);
                }
                assertThat(given.bytes("/content?path=f", "Range", "bytes=-10").body())
                        .isEqualTo(Arrays.copyOfRange(content, size - 10, size));
                assertThat(given.bytes("/content?path=f", "Range", "bytes=" + size + "-")
                                .statusCode())
                        .isEqualTo(416);
                assertThat(given.bytes("/content?path=f", "Range", "bytes=0-1,5-6")
                                .statusCode())
                        .isEqualTo(200);
                assertThat(given.bytes("/content?path=f", "Range", "bytes=0-1", "If-Range", "\"old\"")
                                .statusCode())
                        .isEqualTo(200);
                assertThat(given.bytes("/content?path=f", "Range", "bytes=0-1", "If-Range", etag)
                                .statusCode())
                        .isEqualTo(206);
            }
        }
    }

    @Test
    void aFileThatIsReplacedWhileItIsReadIsReadToItsEnd() throws Exception {
        try (var given = new FilesUnderTest()) {
            byte[] old = noise(60_000_000);
            Path file = given.project.resolve("f");
            Files.write(file, old);
            HttpResponse<InputStream> slow = given.stream("/content?path=f");
            byte[] got = new byte[old.length];
            try (InputStream in = slow.body()) {
                int n = in.readNBytes(got, 0, 100_000);
                Files.write(given.base.resolve("fresh"), new byte[100]);
                Files.move(given.base.resolve("fresh"), file, StandardCopyOption.REPLACE_EXISTING);
                n += in.readNBytes(got, n, got.length - n);
                assertThat(n).isEqualTo(old.length);
                assertThat(in.read()).isEqualTo(-1);
            }
            assertThat(got).isEqualTo(old);
            assertThat(slow.headers().firstValue("etag").orElseThrow()).isNotEqualTo(given.etag("f"));
        }
    }

    @Test
    void aFileThatBecomesShorterWhileItIsReadIsNotTakenForWhole() throws Exception {
        try (var given = new FilesUnderTest()) {
            Path file = given.project.resolve("f");
            Files.write(file, noise(60_000_000));
            HttpResponse<InputStream> slow = given.stream("/content?path=f");
            try (InputStream in = slow.body()) {
                in.readNBytes(100_000);
                Files.write(file, new byte[10]);
                org.assertj.core.api.Assertions.assertThatThrownBy(in::readAllBytes)
                        .isInstanceOf(java.io.IOException.class);
            }
        }
    }

    @Test
    void whatAFileIsIsToldByItsBytes() throws Exception {
        try (var given = new FilesUnderTest()) {
            byte[] png = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0};
            kind(given, "a.png", png, "image", "image/png", null);
            kind(given, "a.txt", png, "image", "image/png", null);
            kind(given, "b.png", "no picture".getBytes(StandardCharsets.UTF_8), "text", "text/plain", "utf-8");
            kind(given, "a.jpg", new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0}, "image", "image/jpeg", null);
            kind(given, "doc", "%PDF-1.7 …".getBytes(StandardCharsets.UTF_8), "pdf", "application/pdf", null);
            kind(given, "t.csv", "a,b\n1,2\n".getBytes(StandardCharsets.UTF_8), "csv", "text/csv", "utf-8");
            kind(given, "r.md", "# Hi".getBytes(StandardCharsets.UTF_8), "markdown", "text/markdown", "utf-8");
            kind(given, "p.svg", "<svg/>".getBytes(StandardCharsets.UTF_8), "image", "image/svg+xml", "utf-8");
            kind(given, "x.html", "<b>".getBytes(StandardCharsets.UTF_8), "text", "text/html", "utf-8");
            kind(given, "empty", new byte[0], "text", "text/plain", "utf-8");
            kind(given, "bin", new byte[] {1, 2, 0, 3}, "binary", "application/octet-stream", null);
            kind(given, "noise", noise(5_000), "binary", "application/octet-stream", null);
            kind(given, "west", "Käse".getBytes(Charset.forName("windows-1252")), "text", "text/plain", "windows-1252");
            kind(given, "u16", "\uFEFFhä".getBytes(StandardCharsets.UTF_16LE), "text", "text/plain", "utf-16le");
            kind(given, "u16b", "\uFEFFhä".getBytes(StandardCharsets.UTF_16BE), "text", "text/plain", "utf-16be");
            // The first 64 KiB end in the middle of a letter.
            kind(
                    given,
                    "long",
                    ("x" + "ü".repeat(60_000)).getBytes(StandardCharsets.UTF_8),
                    "text",
                    "text/plain",
                    "utf-8");
            assertThat(given.get(200, "/text?path=west").path("lines").get(0).asString())
                    .isEqualTo("Käse");
            assertThat(given.get(200, "/text?path=u16").path("lines").get(0).asString())
                    .isEqualTo("hä");
            assertThat(given.get(200, "/text?path=u16b").path("lines").get(0).asString())
                    .isEqualTo("hä");
            given.get(409, "/text?path=bin");
        }
    }

    private static void kind(
            FilesUnderTest given, String name, byte[] content, String kind, String mime, String encoding)
            throws Exception {
        Files.write(given.project.resolve(name), content);
        JsonNode info = given.get(200, "/info?path=" + name);
        assertThat(info.path("kind").asString()).as(name).isEqualTo(kind);
        assertThat(info.path("mime").asString()).as(name).isEqualTo(mime);
        assertThat(info.path("encoding").isNull() ? null : info.path("encoding").asString())
                .as(name)
                .isEqualTo(encoding);
    }

    @Test
    void windowsPutTogetherAreTheTextWhateverItsLineEnds() throws Exception {
        try (var given = new FilesUnderTest(java.util.Map.of("windowBytes", 5_000))) {
            for (String text : List.of(
                    "",
                    "one",
                    "one\n",
                    "one\ntwo",
                    "\n\n\n",
                    "a\r\nb\r\n",
                    "ü\n".repeat(10_000),
                    "x".repeat(30_000) + "\ny",
                    "ü".repeat(9_999) + "\n€" + "😀".repeat(5_000),
                    "\uFEFFwith a mark\nand more\n")) {
                given.write("t", text);
                StringBuilder joined = new StringBuilder();
                long at = 0;
                int windows = 0;
                JsonNode window;
                do {
                    window = given.get(200, "/text?path=t&exact=true&lines=700&at=" + at);
                    List<String> lines = new ArrayList<>();
                    window.path("lines").forEach(l -> lines.add(l.asString()));
                    joined.append(String.join("\n", lines));
                    at = window.path("next").asLong();
                    boolean more = at < Files.size(given.project.resolve("t"));
                    joined.append(more && !window.path("cut").asBoolean() ? "\n" : "");
                    assertThat(window.path("lossy").asBoolean()).isFalse();
                } while (at < Files.size(given.project.resolve("t")) && ++windows < 1_000);
                String wanted = text.replace("\r\n", "\n").replace("\uFEFF", "");
                String got = joined.toString();
                // A window that ends with the last line's end has said all lines before it.
                assertThat(got.equals(wanted) ? wanted : got + "\n").isEqualTo(wanted);
            }
        }
    }

    @Test
    void aLineIsFoundByItsNumberInALargeFile() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.run("bash", "-c", "seq -f 'this is line %08.0f of a large file' 1 500000 > large");
            for (long line : new long[] {1, 2, 1000, 1001, 123_456, 499_999, 500_000}) {
                JsonNode window = given.get(200, "/text?path=large&lines=2&line=" + line);
                assertThat(window.path("line").asLong()).isEqualTo(line);
                assertThat(window.path("lines").get(0).asString()).contains("line " + String.format("%08d", line));
            }
            assertThat(given.get(200, "/text?path=large&line=9999999")
                            .path("lines")
                            .get(0)
                            .asString())
                    .isEmpty();
            assertThat(given.get(200, "/text?path=large&line=5&lines=1")
                            .path("totalLines")
                            .asLong())
                    .isEqualTo(500_001);
            // By byte: the line that has it.
            JsonNode middle = given.get(200, "/text?path=large&lines=1&at=5000000");
            assertThat(middle.path("lines").get(0).asString()).startsWith("this is line ");
            assertThat(middle.path("at").asLong()).isLessThanOrEqualTo(5_000_000);
            assertThat(middle.path("line").isNull()).isTrue();
            // Another version is another file.
            given.run("bash", "-c", "sed -i 1d large");
            assertThat(given.get(200, "/text?path=large&lines=1&line=123456")
                            .path("lines")
                            .get(0)
                            .asString())
                    .contains("00123457");
        }
    }

    @Test
    void bytesThatAreNoTextAreSaid() throws Exception {
        try (var given = new FilesUnderTest()) {
            byte[] content = ("ok\n".repeat(40_000) + "bad ? here").getBytes(StandardCharsets.UTF_8);
            content[content.length - 6] = (byte) 0xff;
            Files.write(given.project.resolve("t"), content);
            JsonNode end = given.get(200, "/text?path=t&line=40001");
            assertThat(end.path("lossy").asBoolean()).isTrue();
            given.write("u", "a real \uFFFD is none");
            assertThat(given.get(200, "/text?path=u").path("lossy").asBoolean(true))
                    .isFalse();
        }
    }
}
