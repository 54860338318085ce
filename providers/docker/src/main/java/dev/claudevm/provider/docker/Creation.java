package dev.claudevm.provider.docker;

import com.github.dockerjava.api.model.Mount;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.material.BranchCheckout;
import dev.claudevm.provider.material.ProjectSource;
import dev.claudevm.provider.material.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Makes a workspace's volumes and brings its project into them: put together on this machine, then unpacked in the Engine. */
final class Creation {

    private final Engine engine;
    private final Names names;
    private final Belongings belongings;
    private final Errands errands;
    private final Images images;
    /** The product's own folder, of which no project is made. */
    private final Path home;

    Creation(Engine engine, Names names, Belongings belongings, Errands errands, Images images, Path home) {
        this.engine = engine;
        this.names = names;
        this.belongings = belongings;
        this.errands = errands;
        this.images = images;
        this.home = home;
    }

    /** Makes the kit of programs, or takes the one that is there. */
    @FunctionalInterface
    interface Kits {
        Kit ready() throws ProviderException, IOException;
    }

    /**
     * Nothing is tidied up when it fails.
     *
     * @param image its name
     * @param making a folder for what is put together; the caller removes it
     */
    void make(CreateSpec spec, String image, Path making, Kits kits, Progress progress)
            throws ProviderException, IOException {
        String id = spec.workspaceId();
        engine.ping();
        belongings.remove(id);
        ProjectSource source = ProjectSource.of(spec.source(), home);
        ProjectSource.checkBranch(spec.branch());
        Images.check(image);
        Kit kit = kits.ready();
        // What cannot work in it is said before anything is made.
        Images.Image known = images.ready(image, kit, progress);
        Trees.delete(making);
        Path project = Files.createDirectories(making).resolve("workspace");
        Files.createDirectory(project);
        Files.createDirectories(making.resolve("home/agent/.claude-vm"));
        boolean checkOut = source.bring(spec.branch(), project, progress);
        Files.setPosixFilePermissions(project, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(making.resolve("home/agent"), PosixFilePermissions.fromString("rwx------"));
        belongings.makeVolumes(id);
        List<Mount> mounts = List.of(
                Mounts.kit(kit),
                Mounts.volume(names.project(id), Mounts.PROJECT),
                Mounts.volume(names.home(id), Mounts.HOME));
        ProjectUpload.send(making, progress, tar -> errands.unpack(known.id(), names.labels(id), mounts, tar));
        String branch = spec.branch();
        if (checkOut && branch != null) {
            checkOut(id, branch, known, mounts, progress);
        }
    }

    private void checkOut(String id, String branch, Images.Image image, List<Mount> mounts, Progress progress)
            throws ProviderException, IOException {
        String user = ProjectUpload.AGENT + ":" + ProjectUpload.AGENT;
        List<String> environment =
                List.of("PATH=" + image.path() + ":" + Kit.INSIDE + "/bin", "HOME=" + Mounts.HOME, "LC_ALL=C.UTF-8");
        new BranchCheckout(program ->
                        errands.run(image.id(), names.labels(id), mounts, user, Mounts.PROJECT, environment, program))
                .checkOut(branch, progress);
    }
}
