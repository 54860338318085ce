package dev.claudevm.provider.material;

import java.nio.file.Path;

/** A process that makes a kit in the folder that it is told, and prints where it is. */
final class MakeKit {

    private MakeKit() {}

    public static void main(String[] words) throws Exception {
        Path java = Path.of(System.getProperty("java.home"));
        System.out.print(new LinuxKit(Path.of(words[0])).ready(java, (step, done, detail) -> {}));
    }
}
