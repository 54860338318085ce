package dev.claudevm.provider.local;

import dev.claudevm.provider.local.LocalOptions.Limits;
import dev.claudevm.provider.material.ExternalProgram;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts together the command that runs a program in a workspace's bubblewrap sandbox.
 *
 * @param card its user is whom the sandbox belongs to outside; none: ourselves
 */
record Sandbox(WorkspaceFolder workspace, WorkspaceFolder.Card card, LocalOptions options, Isolation isolation) {

    static final String STAGE = "/run/claude-vm";

    /** Of {@code /etc}, what programs need and what holds no secret; {@code passwd}, {@code group} and {@code hosts} are ours. */
    private static final List<String> ETC = List.of(
            "alternatives",
            "bash.bashrc",
            "ca-certificates",
            "ca-certificates.conf",
            "crypto-policies",
            "debian_version",
            "fonts",
            "gai.conf",
            "host.conf",
            "inputrc",
            "ld.so.cache",
            "ld.so.conf",
            "ld.so.conf.d",
            "localtime",
            "magic",
            "mime.types",
            "nsswitch.conf",
            "os-release",
            "pki",
            "profile",
            "profile.d",
            "protocols",
            "python3",
            "resolv.conf",
            "services",
            "ssl/certs",
            "ssl/openssl.cnf",
            "terminfo",
            "timezone");

    /**
     * @param inside path in the sandbox
     * @param name a file name, unique in the sandbox, for the stage
     */
    record Mount(Path outside, String inside, String name, boolean writable) {}

    /** What {@code /etc/passwd}, {@code /etc/group} and {@code /etc/hosts} say in the sandbox. */
    void writeEtc() throws IOException {
        Path etc = workspace.run().resolve("etc");
        Files.createDirectories(etc);
        write(etc, "passwd", """
                root:x:0:0:root:/root:/usr/sbin/nologin
                agent:x:1000:1000:agent:/home/agent:/bin/bash
                nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
                """);
        write(etc, "group", """
                root:x:0:
                agent:x:1000:
                nogroup:x:65534:
                """);
        String name = workspace.folder().getFileName().toString();
        write(etc, "hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 " + name + "\n" + hosts());
    }

    private static String hosts() throws IOException {
        Path hosts = Path.of("/etc/hosts");
        return Files.isReadable(hosts) ? Files.readString(hosts) : "";
    }

    private static void write(Path etc, String name, String text) throws IOException {
        WorkspaceFolder.writeAtomically(
                etc.resolve(name), text.getBytes(java.nio.charset.StandardCharsets.UTF_8), "rw-r--r--");
    }

    /**
     * @param further folders and files that only this program gets
     * @param network false: none at all
     * @param environment the whole of it
     * @return words for {@code launch.sh} or, without its first {@code --}, for {@code stage.sh}: what must be staged,
     *     {@code --}, the command
     */
    List<String> staged(List<Mount> further, boolean network, Map<String, String> environment, List<String> program)
            throws IOException {
        List<Mount> mounts = new ArrayList<>();
        mounts.add(new Mount(workspace.home(), "/home/agent", "home", true));
        mounts.add(new Mount(workspace.bridge(), "/home/agent/.claude-vm", "state", true));
        mounts.add(new Mount(workspace.project(), "/workspace", "project", true));
        for (String file : List.of("passwd", "group", "hosts")) {
            mounts.add(new Mount(workspace.run().resolve("etc").resolve(file), "/etc/" + file, "etc-" + file, false));
        }
        Integer uid = card.uid();
        int number = 0;
        for (Path folder : options.readOnly()) {
            mounts.add(new Mount(folder, folder.toString(), "more-" + ++number, false));
        }
        mounts.addAll(further);

        List<String> words = new ArrayList<>();
        if (uid != null) {
            words.addAll(List.of(workspace.folder().toString(), "workspace"));
        }
        Map<Mount, String> sources = new LinkedHashMap<>();
        for (Mount mount : mounts) {
            sources.put(mount, uid == null ? mount.outside.toString() : stage(mount, words));
        }
        words.add("--");
        words.addAll(limited(options.limits(), uid));
        words.addAll(bwrap(sources, network, environment));
        words.add("--");
        words.addAll(program);
        return words;
    }

    /** Adds what must be staged for a mount to {@code words}. Each costs some milliseconds, so only what must be. */
    private String stage(Mount mount, List<String> words) {
        if (mount.outside.startsWith(workspace.folder())) {
            return STAGE + "/workspace/" + workspace.folder().relativize(mount.outside);
        }
        if (mount.outside.startsWith("/usr")) {
            return mount.outside.toString();
        }
        words.addAll(List.of(mount.outside.toString(), mount.name));
        return STAGE + "/" + mount.name;
    }

    /** @return the words that lower the limits of what follows and give up root */
    static List<String> limited(Limits limits, @Nullable Integer uid) {
        List<String> words = new ArrayList<>(List.of(
                "prlimit",
                "--nproc=" + Rlimits.atMost("Max processes", limits.processes()),
                "--nofile=" + Rlimits.atMost("Max open files", limits.openFiles()),
                "--core=0"));
        if (uid != null) {
            words.addAll(
                    List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--no-new-privs", "--"));
        }
        return words;
    }

    private List<String> bwrap(Map<Mount, String> sources, boolean network, Map<String, String> environment)
            throws IOException {
        List<String> words = new ArrayList<>(List.of("env", "-i", "-C", "/"));
        // Bubblewrap itself can be seen in the sandbox, as its first process, with this environment.
        words.addAll(List.of("PATH=" + ExternalProgram.PATH, Processes.MARK + "=" + card.mark()));
        words.add(isolation.bwrap());
        words.addAll(List.of("--unshare-all", "--unshare-user", "--new-session"));
        if (network) {
            words.add("--share-net");
        }
        if (isolation.canDisableUserns()) {
            words.add("--disable-userns");
        }
        words.addAll(List.of("--uid", "1000", "--gid", "1000", "--hostname"));
        words.add(workspace.folder().getFileName().toString().replace('.', '-'));
        words.addAll(system());
        words.addAll(List.of(
                "--perms", "1777", "--size", Long.toString(options.limits().tmpBytes())));
        words.addAll(List.of("--tmpfs", "/tmp", "--symlink", "/tmp", "/var/tmp", "--perms", "0755", "--tmpfs", "/run"));
        sources.forEach((mount, source) ->
                words.addAll(List.of(mount.writable ? "--bind" : "--ro-bind", source, mount.inside)));
        words.addAll(List.of("--remount-ro", "/", "--chdir", "/workspace", "--clearenv"));
        environment.forEach((name, value) -> words.addAll(List.of("--setenv", name, value)));
        return words;
    }

    private static List<String> system() throws IOException {
        List<String> words = new ArrayList<>(List.of("--ro-bind", "/usr", "/usr"));
        for (String name : List.of("bin", "sbin", "lib", "lib32", "lib64", "libx32")) {
            Path path = Path.of("/", name);
            if (Files.isSymbolicLink(path)) {
                words.addAll(List.of("--symlink", "usr/" + name, path.toString()));
            } else if (Files.isDirectory(path)) {
                words.addAll(List.of("--ro-bind", path.toString(), path.toString()));
            }
        }
        words.addAll(List.of("--ro-bind-try", "/nix/store", "/nix/store", "--proc", "/proc", "--dev", "/dev"));
        List<Path> etc = new ArrayList<>();
        ETC.forEach(name -> etc.add(Path.of("/etc", name)));
        // Debian's Java has links from its home to there.
        try (DirectoryStream<Path> java = Files.newDirectoryStream(Path.of("/etc"), "java*")) {
            java.forEach(etc::add);
        }
        for (Path file : etc) {
            if (Files.isReadable(file)) {
                // The link's target may be a place that the sandbox does not have, as /run for resolv.conf.
                words.addAll(List.of("--ro-bind-try", file.toString(), file.toString()));
            }
        }
        return words;
    }
}
