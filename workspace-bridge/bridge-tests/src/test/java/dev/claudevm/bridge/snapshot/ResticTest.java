package dev.claudevm.bridge.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program is told by its input, and how that ends: a script in restic's place writes down what it saw of it. */
class ResticTest {

    @TempDir
    Path folder;

    private Restic restic(String script) throws IOException {
        Path program = folder.resolve("restic");
        Files.writeString(program, "#!/bin/sh\ncd '" + folder + "'\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new Restic(Map.of("PATH", folder + ":/usr/bin:/bin"), Duration.ofMinutes(1));
    }

    private static final String READS = "while read -r line; do echo \"$line\" >>seen; done; echo end >>seen";

    @Test
    void itReadsAllOfItsInput() throws Exception {
        try (Restic restic = restic(READS)) {
            int code = restic.run(
                    List.of(),
                    json -> {},
                    Restic.Verdict.USUAL,
                    input -> input.write("a\nb\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(code).isZero();
        }
        assertThat(folder.resolve("seen")).hasContent("a\nb\nend");
    }

    /** Half a list of what to leave out would put keys into a snapshot. */
    @Test
    void itNeverTakesAPartOfItsInputForTheWhole() throws Exception {
        try (Restic restic = restic(READS)) {
            assertThatThrownBy(() -> restic.run(List.of(), json -> {}, Restic.Verdict.USUAL, input -> {
                        input.write("a\n".getBytes(StandardCharsets.UTF_8));
                        input.flush();
                        Awaitility.await("the first part was read").until(() -> Files.exists(folder.resolve("seen")));
                        throw new IOException("the tree cannot be read");
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the tree cannot be read");
        }
        assertThat(folder.resolve("seen")).hasContent("a");
    }

    @Test
    void whatItSaysCountsWhenItDoesNotWantItsInput() throws Exception {
        try (Restic restic = restic("echo 'Fatal: no such repository' >&2; exit 1")) {
            assertThatThrownBy(() -> restic.run(
                            List.of(), json -> {}, Restic.Verdict.USUAL, input -> input.write(new byte[1_000_000])))
                    .isInstanceOf(Restic.Failed.class)
                    .hasMessageContaining("no such repository");
        }
    }
}
