package dev.claudevm.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerHomeTest {

    @TempDir
    Path folder;

    @Test
    void nobodyElseLooksIntoTheHomeEvenIfItWasThereBefore() throws Exception {
        Path root = Files.createDirectory(folder.resolve("home"));
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
        ServerHome home = new ServerHome(root).open();
        assertThat(mode(root)).isEqualTo("rwx------");
        assertThat(mode(home.database())).isEqualTo("rwx------");
        assertThat(mode(home.logs())).isEqualTo("rwx------");
        // Bound into sandboxes, whose user is another one.
        assertThat(mode(home.agents())).isEqualTo("rwxr-xr-x");
    }

    @Test
    void secretFilesAreTheOwnersAndReplacedWhole() throws Exception {
        Path file = folder.resolve("token");
        ServerHome.writeOwnerOnly(file, "one".getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        ServerHome.writeOwnerOnly(file, "two".getBytes(StandardCharsets.UTF_8));
        assertThat(file).hasContent("two");
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(folder).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aHomeThatIsAFileIsExplained() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> new ServerHome(file).open())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("CLAUDE_VM_HOME");
    }

    @Test
    void theEnvironmentNamesTheHome() {
        assertThat(ServerHome.of(Map.of("CLAUDE_VM_HOME", "/x/y")).root()).isEqualTo(Path.of("/x/y"));
        assertThat(ServerHome.of(Map.of()).root()).isEqualTo(Path.of(System.getProperty("user.home"), ".claude-vm"));
    }

    private static String mode(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
