package dev.claudevm.provider.docker;

import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.VolumeOptions;
import java.nio.file.Path;

/** What is seen where in a container. */
final class Mounts {

    static final String PROJECT = "/workspace";
    static final String HOME = "/home/agent";

    private Mounts() {}

    static Mount kit(Kit kit) {
        return readOnly(kit.folder(), Kit.INSIDE);
    }

    static Mount readOnly(Path outside, String inside) {
        return new Mount()
                .withType(MountType.BIND)
                .withSource(outside.toString())
                .withTarget(inside)
                .withReadOnly(true);
    }

    static Mount volume(String name, String inside) {
        return new Mount()
                .withType(MountType.VOLUME)
                .withSource(name)
                .withTarget(inside)
                // What the image has there does not get mixed into the person's files.
                .withVolumeOptions(new VolumeOptions().withNoCopy(true));
    }
}
