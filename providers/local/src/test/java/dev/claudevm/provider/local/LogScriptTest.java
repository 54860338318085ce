package dev.claudevm.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that keeps what a workspace prints. */
class LogScriptTest {

    private static final int MEBIBYTE = 1024 * 1024;

    @TempDir
    Path folder;

    private Path log;
    private Process script;

    @BeforeEach
    void start() throws IOException {
        Path file = folder.resolve("log.sh");
        try (InputStream resource = LogScriptTest.class.getResourceAsStream("log.sh")) {
            assertThat(resource).isNotNull();
            Files.copy(resource, file);
        }
        log = Files.createDirectories(folder.resolve("run")).resolve("log");
        script = new ProcessBuilder("bash", file.toString(), log.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @AfterEach
    void end() {
        script.descendants().forEach(ProcessHandle::destroyForcibly);
        script.destroyForcibly();
    }

    private void ends() throws InterruptedException {
        assertThat(script.waitFor(30, TimeUnit.SECONDS))
                .as("it ends with its input")
                .isTrue();
        assertThat(script.exitValue()).isZero();
    }

    @Test
    void theNewestMebibytesStay() throws Exception {
        try (OutputStream printed = script.getOutputStream()) {
            printed.write(new byte[3 * MEBIBYTE]);
            printed.write("the end".getBytes(StandardCharsets.UTF_8));
        }
        ends();
        assertThat(log).hasContent("the end");
        assertThat(log.resolveSibling("log.1")).hasSize(MEBIBYTE);
    }

    @Test
    void whenItsFolderIsGoneWhoeverPrintsGoesOnAndItEndsWithThem() throws Exception {
        try (OutputStream printed = script.getOutputStream()) {
            printed.write("begun".getBytes(StandardCharsets.UTF_8));
            printed.flush();
            await("it has begun").until(() -> Files.exists(log) && Files.size(log) > 0);
            Files.delete(log);
            Files.delete(log.getParent());
            printed.write(new byte[4 * MEBIBYTE]);
        }
        ends();
        assertThat(log.getParent()).doesNotExist();
    }
}
