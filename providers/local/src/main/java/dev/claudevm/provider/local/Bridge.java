package dev.claudevm.provider.local;

import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.local.Sandbox.Mount;
import dev.claudevm.provider.material.ExternalProgram;
import dev.claudevm.provider.material.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the bridge of one start is given: its environment, its token, and the command that keeps it alive. */
record Bridge(WorkspaceFolder workspace, WorkspaceFolder.Card card, StartSpec spec, LocalOptions options) {

    /** @return words for {@code launch.sh} after the control group's */
    List<String> sandboxed(Isolation isolation) throws IOException {
        var sandbox = new Sandbox(workspace, card, options, isolation);
        sandbox.writeEtc();
        List<Mount> further = List.of(
                new Mount(spec.bridgeKit(), "/opt/claude-vm/bridge", "bridge", false),
                new Mount(spec.javaHome().toRealPath(), "/opt/claude-vm/java", "java", false),
                new Mount(spec.agents(), "/opt/claude-vm/agents", "agents", false),
                new Mount(workspace.run().resolve("init.sh"), "/opt/claude-vm/init.sh", "init.sh", false));
        return sandbox.staged(
                further,
                true,
                environment("/home/agent", "/workspace", "/home/agent/.claude-vm", "/opt/claude-vm/agents"),
                List.of("bash", "/opt/claude-vm/init.sh", "/opt/claude-vm/java", "/opt/claude-vm/bridge"));
    }

    /** @return the same without a sandbox */
    List<String> plain(@Nullable Integer uid) throws IOException {
        List<String> words = new ArrayList<>(List.of("--"));
        words.addAll(Sandbox.limited(options.limits(), uid));
        if (uid == null) {
            words.addAll(List.of("setpriv", "--no-new-privs", "--"));
        }
        words.addAll(List.of("env", "-i", "-C", workspace.project().toString()));
        environment(
                        workspace.home().toString(),
                        workspace.project().toString(),
                        workspace.bridge().toString(),
                        spec.agents().toString())
                .forEach((name, value) -> words.add(name + "=" + value));
        words.addAll(List.of(
                "bash",
                workspace.run().resolve("init.sh").toString(),
                spec.javaHome().toRealPath().toString(),
                spec.bridgeKit().toString()));
        return words;
    }

    private Map<String, String> environment(String home, String project, String state, String agents) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("PATH", home + "/.local/bin:" + ExternalProgram.PATH);
        all.put("HOME", home);
        all.put("USER", "agent");
        all.put("LOGNAME", "agent");
        all.put("SHELL", "/bin/bash");
        all.put("LANG", "C.UTF-8");
        all.put("TERM", "xterm-256color");
        all.put(Processes.MARK, card.mark());
        all.put("CLAUDE_VM_WORKSPACE", spec.workspaceId());
        all.put("CLAUDE_VM_GENERATION", Long.toString(spec.generation()));
        all.put("CLAUDE_VM_GATEWAY", spec.gateway());
        all.put("CLAUDE_VM_GATEWAY_KEY", spec.gatewayHostKey());
        all.put("CLAUDE_VM_PROJECT", project);
        all.put("CLAUDE_VM_BRIDGE_HOME", state);
        all.put("CLAUDE_VM_AGENTS", agents);
        return all;
    }

    /**
     * Puts the one-time token where the bridge looks for it. The folder belongs to the agent's user, so it may hold any trap: the file is
     * made anew, given away and renamed, and no link in its place is followed.
     */
    void writeToken(@Nullable Integer owner) throws IOException {
        Path fresh = workspace.run().resolve("token.new");
        Files.deleteIfExists(fresh);
        try {
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(
                    fresh,
                    spec.token().getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);
            own(fresh, owner);
            WorkspaceFolder.sync(fresh);
            Path token = workspace.bridge().resolve("token");
            if (Files.isDirectory(token, LinkOption.NOFOLLOW_LINKS)) {
                Trees.delete(token);
            }
            Files.move(fresh, token, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the folders of a workspace must lie on one file system", e);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** The place in the agent's home where its state is bound: a folder, whatever the agent has made of it. */
    void prepareMountPoint(@Nullable Integer owner) throws IOException {
        Path point = workspace.home().resolve(".claude-vm");
        if (!Files.isDirectory(point, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(point);
            Files.createDirectory(point);
            own(point, owner);
        }
    }

    private static void own(Path path, @Nullable Integer owner) throws IOException {
        if (owner != null) {
            Files.setAttribute(path, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", owner, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
