package dev.claudevm.provider.material;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** Removes and gives away whole folders, which may hold whatever an agent made; the programs used never follow links. */
public final class Trees {

    private Trees() {}

    /** Removes it, also when folders in it are read-only or deeper than a path may be long. None is no error. */
    public static void delete(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<String> remove = List.of("rm", "-rf", "--one-file-system", "--", tree.toString());
        var removed = ExternalProgram.run(remove);
        if (!removed.ok()) {
            ExternalProgram.run(List.of("chmod", "-R", "u+rwX", "--", tree.toString()));
            removed = ExternalProgram.run(remove);
        }
        if (!removed.ok() || Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(tree + " cannot be removed: " + removed.lastLines());
        }
    }

    public static void giveTo(int uid, List<Path> trees) throws IOException {
        for (Path tree : trees) {
            var given = ExternalProgram.run(List.of("chown", "-R", "-h", "-P", uid + ":" + uid, "--", tree.toString()));
            if (!given.ok()) {
                throw new IOException(tree + " cannot be given to the workspace's user: " + given.lastLines());
            }
        }
    }
}
