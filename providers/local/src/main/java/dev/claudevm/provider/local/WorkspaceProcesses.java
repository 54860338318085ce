package dev.claudevm.provider.local;

import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.local.Processes.Found;
import dev.claudevm.provider.material.ExternalProgram;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The processes of one workspace. What is true is read from {@code /proc} each time; {@code run/process.json} only makes looking
 * cheap, so a control plane that was killed at any point finds again what it had started.
 */
record WorkspaceProcesses(WorkspaceFolder workspace, WorkspaceFolder.Card card) {

    private static final Duration GONE = Duration.ofSeconds(1);
    private static final Duration START_DEADLINE = Duration.ofSeconds(20);
    private static final Duration TERMINATE_GRACE = Duration.ofSeconds(1);
    private static final Duration KILL_DEADLINE = Duration.ofSeconds(20);

    /** @return the generation that runs; empty: none */
    Optional<Long> running() throws IOException {
        var run = workspace.lastRun();
        if (run == null || !run.boot().equals(Processes.boot())) {
            return Optional.empty();
        }
        if (run.init() != 0) {
            return Processes.read(run.init())
                    .filter(now -> now.start() == run.initStart())
                    .map(alive -> run.generation());
        }
        // We were killed between the start and its note.
        return init(members()).map(alive -> run.generation());
    }

    private List<Found> members() throws IOException {
        return Processes.of(
                card.mark(), card.uid(), ControlGroup.of(card.mark()).pids());
    }

    private Optional<Found> init(List<Found> members) {
        return members.stream()
                .filter(one -> {
                    List<String> words = Processes.commandLine(one.pid());
                    return words.size() == 4
                            && words.get(0).equals("bash")
                            && List.of(
                                            "/opt/claude-vm/init.sh",
                                            workspace.run().resolve("init.sh").toString())
                                    .contains(words.get(1));
                })
                // A forked part of the script looks like the script; the script is the older one.
                .min(java.util.Comparator.comparingLong(Found::start).thenComparingLong(Found::innerPid));
    }

    /**
     * @param command words for {@code launch.sh} after the control group's
     * @throws ProviderException it ended before the bridge could be started
     */
    void launch(long generation, LocalOptions.Limits limits, List<String> command)
            throws IOException, ProviderException {
        String boot = Processes.boot();
        workspace.write(new WorkspaceFolder.Run(generation, boot, 0, 0));
        var group = ControlGroup.of(card.mark());
        group.make(limits);
        Files.deleteIfExists(workspace.log());

        List<String> words = new ArrayList<>(List.of(
                "setsid",
                "--fork",
                "bash",
                workspace.run().resolve("launch.sh").toString(),
                workspace.run().toString()));
        group.doors().forEach(door -> words.add(door.toString()));
        words.add("--");
        words.addAll(command);
        var builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.directory(workspace.run().toFile());
        builder.redirectInput(new File("/dev/null"));
        builder.redirectOutput(workspace.run().resolve("launch.err").toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(ExternalProgram.cleanEnvironment());
        environment.put(Processes.MARK, card.mark());
        builder.start();

        long deadline = System.nanoTime() + START_DEADLINE.toNanos();
        // Between a fork and an exec there are moments in which nothing of it can be recognized.
        long seen = 0;
        while (System.nanoTime() < deadline) {
            List<Found> members = members();
            var init = init(members);
            if (init.isPresent()) {
                workspace.write(new WorkspaceFolder.Run(
                        generation, boot, init.get().pid(), init.get().start()));
                return;
            }
            if (!members.isEmpty()) {
                seen = System.nanoTime();
            } else if (seen != 0 && System.nanoTime() - seen > GONE.toNanos()) {
                break;
            }
            pause();
        }
        stop(Duration.ZERO);
        String said = workspace.endOfLog()
                + Files.readString(workspace.run().resolve("launch.err")).strip();
        throw new ProviderException(
                "The workspace's first process did not stay alive. It said: " + (said.isEmpty() ? "nothing" : said),
                "Look at " + workspace.log() + "; \"isolation: none\" in the configuration goes without the sandbox.");
    }

    /** Ends them all: asks the bridge first, then all that is left, then kills. Returns when the last one is gone. */
    void stop(Duration grace) throws IOException, ProviderException {
        List<Found> all = members();
        if (all.isEmpty()) {
            forget();
            return;
        }
        var asked = init(all);
        if (asked.isPresent() && !grace.isZero()) {
            asked.get().terminate();
            await(grace, () -> !asked.get().alive());
        }
        if (!grace.isZero()) {
            List<Found> left = members();
            left.forEach(Found::terminate);
            await(TERMINATE_GRACE, () -> left.stream().noneMatch(Found::alive));
        }
        boolean gone = await(KILL_DEADLINE, () -> {
            // The first process of a pid namespace takes all others with it; the rest is for those without a namespace.
            List<Found> left = members();
            left.stream()
                    .filter(one -> one.namespaces() > 1 && one.innerPid() == 1)
                    .forEach(Found::kill);
            left.forEach(Found::kill);
            return left.isEmpty();
        });
        if (!gone) {
            throw new ProviderException(
                    "Processes of the workspace do not end, not even when they are killed: "
                            + members().stream().map(Found::pid).toList() + ".",
                    "They wait for a disk or a network drive, as a rule; try again when that is back.");
        }
        forget();
    }

    private void forget() throws IOException {
        ControlGroup.of(card.mark()).remove();
        workspace.forgetRun();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static boolean await(Duration atMost, Condition condition) throws IOException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            pause();
        }
        return true;
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the workspace's processes");
        }
    }

    /** @return whether somebody who is not root can come as far as this folder */
    static boolean openToOthers(Path path) throws IOException {
        for (Path at = path.toRealPath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at)
                    && !Files.getPosixFilePermissions(at)
                            .contains(java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE)) {
                return false;
            }
        }
        return true;
    }
}
