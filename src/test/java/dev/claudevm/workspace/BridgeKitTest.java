package dev.claudevm.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BridgeKitTest {

    @TempDir
    Path kits;

    /** Both find nothing there, and the second to be ready finds that the first has been quicker. */
    @Test
    void twoServersThatUnpackItIntoOneFolderBothHaveIt() throws Exception {
        Duration any = Duration.ofMinutes(1);
        WorkspaceSettings settings =
                new WorkspaceSettings(kits, kits.resolve("agents"), any, any, any, 0, any, any, false);
        BridgeKit one = new BridgeKit(settings);
        BridgeKit other = new BridgeKit(settings);
        one.prepare();
        other.prepare();
        Path folder = one.folderFor(new WorkspaceId("calm-fox-1"));
        assertThat(other.folderFor(new WorkspaceId("old-owl-2"))).isEqualTo(folder);
        assertThat(folder.resolve("lib")).isNotEmptyDirectory();
        one.close();
        other.close();
        try (Stream<Path> all = Files.list(kits)) {
            assertThat(all).as("nothing half-made stays").containsExactlyInAnyOrder(folder, kits.resolve(".users"));
        }
    }
}
