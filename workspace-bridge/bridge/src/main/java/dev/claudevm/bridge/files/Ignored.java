package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Asks the project's git what it ignores. */
final class Ignored {

    private static final Duration LONGEST = Duration.ofSeconds(3);
    private static final int MAX_ANSWER_BYTES = 4 * 1024 * 1024;

    private static final byte[] HERE = {'.', '/'};

    private final Map<String, String> environment;

    Ignored(Map<String, String> environment) {
        this.environment = environment;
    }

    /** @return those of {@code names} that git ignores; null when there is no git, or it does not say */
    @Nullable
    Set<TreePath> of(Pinned folder, List<byte[]> names) {
        if (names.isEmpty() || !Program.installed("git", environment)) {
            return null;
        }
        ByteArrayOutputStream asked = new ByteArrayOutputStream();
        for (byte[] name : names) {
            asked.writeBytes(HERE); // or git takes a colon at the beginning for magic
            asked.writeBytes(name);
            asked.write(0);
        }
        List<String> command = List.of("git", "-c", "core.fsmonitor=false", "check-ignore", "-z", "--stdin");
        try (Program git = Program.start(command, folder.shared(), environment, asked.toByteArray(), LONGEST)) {
            byte[] answer = git.all(MAX_ANSWER_BYTES);
            int code = git.exitCode();
            return code == 0 || code == 1 ? split(answer) : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static Set<TreePath> split(byte[] answer) {
        Set<TreePath> ignored = new HashSet<>();
        int from = 0;
        for (int i = 0; i < answer.length; i++) {
            if (answer[i] == 0) {
                ignored.add(TreePath.of(java.util.Arrays.copyOfRange(answer, from + HERE.length, i)));
                from = i + 1;
            }
        }
        return ignored;
    }
}
