package dev.claudevm.bridge.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A download of a folder is the folder. */
class ArchiveTest {

    @Test
    void whatIsUnpackedIsExactlyWhatIsThere() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.run("bash", "-c", """
                    mkdir -p d/sub/empty $'d/new\\nline' && printf 'a\\0b' > d/bin && echo x > $'d/new\\nline/-rf' && ln -s /etc/passwd d/out
                    ln -s ../nowhere d/sub/broken && echo y > $'d/\\xff\\xfe' && echo '#!/bin/sh' > d/run && chmod 751 d/run && chmod 700 d/sub
                    echo z > "d/$(head -c 255 /dev/zero | tr '\\0' n)" && echo e > 'd/😀 ü' && git init -q d/repo && echo t > d/.hidden""");
            unpacked(given, "/archive?path=d", "d");
            given.run(
                    "diff",
                    "-r",
                    "--no-dereference",
                    "d",
                    given.base.resolve("out/d").toString());
            assertThat(given.picture(given.base.resolve("out/d"))).isEqualTo(given.picture(given.project.resolve("d")));

            unpacked(given, "/archive", "project");
            assertThat(given.picture(given.base.resolve("out/project"))).isEqualTo(given.picture(given.project));
            assertThat(Files.readSymbolicLink(given.base.resolve("out/project/d/out")))
                    .isEqualTo(Path.of("/etc/passwd"));

            unpacked(given, "/archive?path=d&git=false", "d");
            assertThat(given.picture(given.base.resolve("out/d")))
                    .contains("./repo")
                    .doesNotContain(".git");
            unpacked(given, "/archive?path=d/%25FF%25FE", "d");
            assertThat(given.run("bash", "-c", "cat ../out/$'\\xff\\xfe'")).isEqualTo("y");
        }
    }

    private static void unpacked(FilesUnderTest given, String path, String name) throws Exception {
        HttpResponse<byte[]> archive = given.bytes(path);
        assertThat(archive.statusCode()).isEqualTo(200);
        assertThat(archive.headers().firstValue("content-disposition").orElse(""))
                .contains("attachment");
        Files.write(given.base.resolve("a.tgz"), archive.body());
        given.run(
                "bash",
                "-c",
                "rm -rf ../out && mkdir ../out && tar -xpzf ../a.tgz -C ../out && ls ../out >/dev/null && : " + name);
    }

    @Test
    void aBrokenOrTooLargeArchiveIsNotTakenForWhole() throws Exception {
        try (var given = new FilesUnderTest(Map.of("archiveBytes", 300_000))) {
            given.run("bash", "-c", "mkdir d && head -c 3000000 /dev/urandom > d/noise");
            assertThatThrownBy(() -> {
                        try (InputStream in = given.stream("/archive?path=d").body()) {
                            in.readAllBytes();
                        }
                    })
                    .isInstanceOf(IOException.class);
            given.get(404, "/archive?path=none");
        }
    }

    @Test
    void whoeverLeavesEndsTheWork() throws Exception {
        try (var given = new FilesUnderTest()) {
            given.run("bash", "-c", "mkdir d && head -c 60000000 /dev/urandom > d/noise");
            try (InputStream in = given.stream("/archive?path=d").body()) {
                assertThat(in.readNBytes(1000)).hasSize(1000);
                assertThat(working()).isTrue();
            }
            await("tar is gone").atMost(FilesUnderTest.PATIENCE).until(() -> !working());
        }
    }

    private static boolean working() {
        return ProcessHandle.current().descendants().anyMatch(p -> {
            try {
                String line =
                        Files.readString(Path.of("/proc/" + p.pid() + "/comm")).strip();
                return List.of("tar", "gzip").contains(line)
                        && !Files.readString(Path.of("/proc/" + p.pid() + "/stat"))
                                .contains(") Z ");
            } catch (IOException e) {
                return false;
            }
        });
    }
}
