package dev.claudevm.bridge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RebuildableTest {

    @TempDir
    Path project;

    /** A folder's number of links says how many folders are in it, so that not every file is looked at. */
    @Test
    void eachIsFoundAmongFilesLinksAndGitsOwn() throws Exception {
        for (String folder :
                new String[] {".git/x", "node_modules/x", "a/.git", "a/b/c/__pycache__", "a/b/target", "z"}) {
            Files.createDirectories(project.resolve(folder));
        }
        for (Path folder : new Path[] {project, project.resolve("a"), project.resolve("a/b")}) {
            for (int file = 0; file < 50; file++) {
                Files.writeString(folder.resolve("file-" + file), "x");
            }
            Files.createSymbolicLink(folder.resolve("link"), project.resolve("z"));
        }
        Files.writeString(project.resolve("a/b/pom.xml"), "<project/>");

        assertThat(Rebuildable.in(project, project.resolve("no settings")))
                .extracting(found -> found.path().toString())
                .containsExactlyInAnyOrder("node_modules", "a/b/c/__pycache__", "a/b/target");

        Files.delete(project.resolve("link"));
        Files.createDirectories(project.resolve("z/one/.venv"));
        Files.writeString(project.resolve("z/one/.venv/pyvenv.cfg"), "");
        assertThat(Rebuildable.in(project, project.resolve("no settings")))
                .extracting(found -> found.path().toString())
                .contains("z/one/.venv");
    }
}
