package dev.claudevm.bridge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;

/** A project in a folder of its own, with a store of checkpoints beside it. */
final class ProjectUnderTest implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    final Path folder;
    final Path project;
    final Path store;
    final Map<String, String> environment = new HashMap<>();
    private Checkpoints checkpoints;

    ProjectUnderTest() throws IOException {
        folder = Files.createTempDirectory("ck");
        project = Files.createDirectory(folder.resolve("project"));
        store = folder.resolve("store");
        environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        checkpoints = open();
    }

    private Checkpoints open() {
        return new Checkpoints(project, store, environment, Clock.systemUTC());
    }

    /** Like a bridge that was killed and started again. */
    void reopen() {
        checkpoints = open();
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    Checkpoint take() throws IOException {
        try {
            return checkpoints.take().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    Checkpoints.Restored restore(Checkpoint to) {
        return checkpoints.restore(to.id(), TreePath.ROOT, _ -> {}).join();
    }

    Changes changes(Checkpoint from, Checkpoint to) throws IOException {
        return checkpoints.changes(from.id(), to.id(), null, 1000);
    }

    /** Runs a script of bash in the project, with a home that has no configuration of git. @return what it printed */
    List<String> sh(String script) {
        try (CleanProcess process = CleanProcess.of("bash", "-euc", "export LC_ALL=C; " + script)
                .env("GIT_AUTHOR_NAME", "anna")
                .env("GIT_AUTHOR_EMAIL", "anna@localhost")
                .env("GIT_COMMITTER_NAME", "anna")
                .env("GIT_COMMITTER_EMAIL", "anna@localhost")
                .env("OUTSIDE", folder.toString())
                .in(project)
                .start()) {
            assertThat(process.awaitExit(PATIENCE)).as(process.log()).isZero();
            return process.out();
        }
    }

    /** Keeps a faithful copy of the project under a name. */
    void remember(String name) {
        sh("cp -a . \"$OUTSIDE/" + name + "\"");
    }

    /** Holds when the project is what it was: content, links, modes, folders; nothing more, nothing less. */
    void assertIs(String name) {
        sh("diff -r --no-dereference \"$OUTSIDE/" + name + "\" . >&2");
        assertThat(listing(".")).isEqualTo(listing("\"$OUTSIDE/" + name + "\""));
    }

    private List<String> listing(String where) {
        return sh("cd " + where + "; find . -mindepth 1 -name .git -prune -o -mindepth 1 -printf '%P %y %m %l\\0'"
                + " | sort -z | tr '\\0\\n' '\\n?'");
    }

    /** @return names, modes, times and content hashes of everything that any git of the project keeps */
    List<String> ownGit() {
        return sh("find . -name .git -prune -print0 | sort -z | xargs -0 -I{} find {}"
                + " -printf '%p %y %m %T@ %s\\n' -type f -exec sha256sum {} ';'");
    }

    @Override
    public void close() {
        try (CleanProcess remove =
                CleanProcess.of("rm", "-rf", folder.toString()).start()) {
            remove.awaitExit(PATIENCE);
        }
    }
}
