package dev.claudevm.provider.material;

import java.nio.charset.StandardCharsets;

/** Starts a program, as the bridge does. */
final class Spawn {

    private Spawn() {}

    public static void main(String[] words) throws Exception {
        Process shell = new ProcessBuilder(words).start();
        System.out.print(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        System.exit(shell.waitFor());
    }
}
