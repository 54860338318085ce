package dev.claudevm.provider.ssh;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.provider.material.BranchCheckout;
import dev.claudevm.provider.material.ExternalProgram;
import dev.claudevm.provider.material.LinuxKit;
import dev.claudevm.provider.material.ProjectSource;
import dev.claudevm.provider.material.Trees;
import dev.claudevm.provider.ssh.Connection.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a workspace on the machine: whole or not at all.
 *
 * @param making where the project's files are brought first, on this machine
 */
record Creation(
        ProviderSetup setup,
        SshOptions options,
        Machine machine,
        Parts parts,
        Ways ways,
        LinuxKit kit,
        Findings findings,
        Path making) {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration ERRAND = Duration.ofMinutes(10);

    void create(CreateSpec spec, Progress progress) throws ProviderException {
        String id = spec.workspaceId();
        boolean done = false;
        try {
            if (machine.ask("begin", id).equals("made")) {
                progress.step("Project", true, "is there already");
                done = true;
                return;
            }
            ProjectSource source = ProjectSource.of(spec.source(), setup.home());
            ProjectSource.checkBranch(spec.branch());
            ways.tryOne(id);
            String programs = parts.kit(kit.ready(setup.javaHome(), progress), progress);
            findings.found(machine.ask("sandbox", programs));
            bringProject(spec, source, programs, progress);
            machine.ask("finish", id);
            done = true;
        } catch (IOException e) {
            throw ProjectSource.failed(Path.of(id), e);
        } finally {
            cleanUp(id, done);
        }
    }

    private void bringProject(CreateSpec spec, ProjectSource source, String programs, Progress progress)
            throws ProviderException, IOException {
        String id = spec.workspaceId();
        Trees.delete(making);
        Path project = Files.createDirectories(making.resolve("project"));
        boolean checkOut = source.bring(spec.branch(), project, progress);
        Files.setPosixFilePermissions(project, PosixFilePermissions.fromString("rwx------"));
        String step = "Files to " + machine.name();
        progress.step(step, false, null);
        var files = new TarStream.Source(making, List.of("project"));
        machine.must("copy files", machine.run(files, PATIENCE, files.watch(step, progress), "take", id));
        progress.step(step, true, null);
        String branch = spec.branch();
        if (checkOut && branch != null) {
            new BranchCheckout(program -> errand(id, programs, program, progress)).checkOut(branch, progress);
        }
    }

    private ExternalProgram.Result errand(String id, String programs, List<String> program, Progress progress)
            throws ProviderException {
        List<String> words = new ArrayList<>(
                List.of("errand", id, programs, options.isolation().word()));
        words.addAll(program);
        Answer said = machine.run(Machine.Feed.NOTHING, ERRAND, Machine.wanted(progress), words.toArray(String[]::new));
        return new ExternalProgram.Result(said.exit(), said.out());
    }

    /** Also when the thread was interrupted; what went wrong before matters more than what goes wrong here. */
    private void cleanUp(String id, boolean done) {
        boolean interrupted = Thread.interrupted();
        try {
            Trees.delete(making);
            if (!done) {
                machine.run(Machine.Feed.NOTHING, PATIENCE, () -> {}, "delete", id, Ways.shortName(id));
            }
        } catch (IOException | ProviderException e) {
            System.getLogger(SshProvider.class.getName())
                    .log(System.Logger.Level.WARNING, "Remains of " + id + ": " + e.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
