package dev.claudevm.provider.material;

import java.io.IOException;

/** {@code init.sh JAVA KIT [CACHE]}: the first process of a workspace, for bash; keeps the bridge alive. */
public final class InitScript {

    private InitScript() {}

    public static byte[] content() throws IOException {
        try (var in = InitScript.class.getResourceAsStream("init.sh")) {
            if (in == null) {
                throw new IOException("the script init.sh is missing in the program");
            }
            return in.readAllBytes();
        }
    }
}
