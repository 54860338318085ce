package dev.claudevm.provider.docker;

import dev.claudevm.provider.contract.ChildControlPlane;
import dev.claudevm.testkit.DockerEngine;
import java.nio.file.Path;

/** The main class of a {@link ChildControlPlane} with Docker; its own word is the Engine's address. */
final class DockerChild {

    private DockerChild() {}

    public static void main(String[] words) throws Exception {
        var task = ChildControlPlane.Task.of(words);
        var options = DockerOptions.defaults()
                .withHost(task.own().getFirst())
                .withImage(DockerEngine.IMAGE)
                .withClassCache(false);
        Path java = Path.of(System.getProperty("java.home"));
        task.perform(new DockerProvider(
                task.temp().resolve("home/docker"), task.temp().resolve("kits"), java, options));
    }
}
