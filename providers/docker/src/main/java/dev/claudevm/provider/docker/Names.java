package dev.claudevm.provider.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * How things in the Engine are called and marked. Several installations may share one Engine: each has an id of its own, which is in names
 * and labels, and touches nothing else.
 *
 * @param installation a UUID
 */
record Names(String installation) {

    static final String INSTALLATION = "dev.claudevm.installation";
    static final String WORKSPACE = "dev.claudevm.workspace";
    /** Hash of everything a container was made with: another one means that it must be made anew. */
    static final String MADE_WITH = "dev.claudevm.made-with";

    private static final Pattern ID = Pattern.compile("[a-z0-9]+(-[a-z0-9]+){0,7}");
    private static final int MAX_ID_CHARS = 60;

    /** @return whether a workspace can be called so */
    static boolean isId(String workspace) {
        return workspace.length() <= MAX_ID_CHARS && ID.matcher(workspace).matches();
    }

    /** @param folder where the id is kept; made at the first call */
    static Names of(Path folder) throws IOException {
        Path file = folder.resolve("installation");
        if (!Files.exists(file)) {
            Files.createDirectories(folder);
            Path fresh = Files.createTempFile(folder, ".installation", ".new");
            Files.writeString(fresh, UUID.randomUUID().toString());
            try {
                // Who is second takes the first one's.
                Files.createLink(file, fresh);
            } catch (java.nio.file.FileAlreadyExistsException e) {
                return new Names(Files.readString(file).strip());
            } finally {
                Files.deleteIfExists(fresh);
            }
        }
        return new Names(Files.readString(file).strip());
    }

    private String prefix() {
        return "claude-vm-" + installation.substring(0, 8);
    }

    String container(String workspace) {
        return prefix() + "-" + workspace;
    }

    /** @return another one each time, for a container that does one thing and goes */
    String errand() {
        return container("errand-" + UUID.randomUUID().toString().substring(0, 13));
    }

    String project(String workspace) {
        return container(workspace) + "-project";
    }

    String home(String workspace) {
        return container(workspace) + "-home";
    }

    /** @return all that a workspace has */
    List<String> volumes(String workspace) {
        return List.of(project(workspace), home(workspace));
    }

    String network() {
        return prefix();
    }

    /** @return the network's interface on this machine; the kernel takes 15 characters */
    String bridge() {
        return "cvm-" + installation.substring(0, 8);
    }

    Map<String, String> labels() {
        return Map.of(INSTALLATION, installation);
    }

    Map<String, String> labels(String workspace) {
        return Map.of(INSTALLATION, installation, WORKSPACE, workspace);
    }
}
