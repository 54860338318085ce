package dev.claudevm.provider.contract;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Runs bash lines of a test with a clean environment. */
public final class Shell {

    private Shell() {}

    /** @return what it printed, stripped; fails when the line does */
    public static String run(Path folder, String line) throws IOException, InterruptedException {
        var builder = new ProcessBuilder("bash", "-ec", line)
                .directory(folder.toFile())
                .redirectErrorStream(true);
        builder.redirectInput(new java.io.File("/dev/null"));
        var environment = builder.environment();
        String path = environment.get("PATH");
        environment.clear();
        environment.put("PATH", path == null ? "/usr/bin:/bin" : path);
        environment.put("HOME", "/nonexistent");
        environment.put("LC_ALL", "C.UTF-8");
        // Tests look at repositories that belong to a workspace's user.
        environment.put("GIT_CONFIG_COUNT", "4");
        config(environment, 0, "safe.directory", "*");
        config(environment, 1, "user.name", "T");
        config(environment, 2, "user.email", "t@example.org");
        config(environment, 3, "protocol.file.allow", "always");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        if (exit != 0) {
            throw new AssertionError(line + " ended with " + exit + ": " + output);
        }
        return output.strip();
    }

    private static void config(Map<String, String> environment, int n, String key, String value) {
        environment.put("GIT_CONFIG_KEY_" + n, key);
        environment.put("GIT_CONFIG_VALUE_" + n, value);
    }
}
