package dev.claudevm.provider.material;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Descriptions of the terminals that tmux and those before it are; images without ncurses have none. */
final class Terminals {

    private static final List<Path> PLACES =
            List.of(Path.of("/etc/terminfo"), Path.of("/lib/terminfo"), Path.of("/usr/share/terminfo"));
    private static final List<String> NAMES = List.of(
            "tmux-256color", "tmux", "screen-256color", "screen", "xterm-256color", "xterm", "vt100", "linux", "dumb");

    /** For what runs in tmux too, which has it from there. */
    static final String SETTING = """
            export TERMINFO_DIRS="/etc/terminfo:/lib/terminfo:/usr/share/terminfo:$k/share/terminfo"
            """;

    private Terminals() {}

    static void copy(Path into) throws IOException {
        for (String name : NAMES) {
            String entry = name.charAt(0) + "/" + name;
            for (Path place : PLACES) {
                if (Files.isRegularFile(place.resolve(entry))) {
                    Files.createDirectories(into.resolve(entry).getParent());
                    Files.copy(
                            place.resolve(entry).toRealPath(),
                            into.resolve(entry),
                            StandardCopyOption.REPLACE_EXISTING);
                    break;
                }
            }
        }
    }
}
