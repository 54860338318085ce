package dev.claudevm.provider.docker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where the kit of programs is in a container, and how its bash is started, which needs nothing of the image. */
record Kit(Path folder) {

    static final String INSIDE = "/opt/claude-vm/kit";

    /** @return the words that run a script by the kit's bash */
    static List<String> bash(String... words) {
        List<String> all = new ArrayList<>(List.of(
                INSIDE + "/ld.so", "--inhibit-cache", "--library-path", INSIDE + "/lib", INSIDE + "/exec/bash"));
        all.addAll(List.of(words));
        return all;
    }
}
