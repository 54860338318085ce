package dev.claudevm.bridge.snapshot;

import dev.claudevm.bridge.checkpoint.Rebuildable;
import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.Snapshots.LeftOut;
import dev.claudevm.protocol.Snapshots.Roots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which files are in a snapshot: the project, without folders that can be made again; the home, without caches and keys;
 * of the bridge's own what conversations and checkpoints are.
 *
 * @param state the bridge's own folder
 */
public record Places(Path project, Path home, Path state) {

    /** Of the home: made again by whoever made it. */
    private static final List<String> CACHES = List.of(
            ".cache",
            ".npm",
            ".yarn",
            ".pnpm-store",
            ".local/share/pnpm/store",
            ".m2/repository",
            ".gradle/caches",
            ".gradle/wrapper",
            ".cargo/registry",
            ".cargo/git",
            ".rustup/toolchains",
            "go/pkg",
            ".nuget/packages",
            ".claude/shell-snapshots",
            ".claude/statsig",
            ".claude/debug");

    /** Of the home: they are given again, or were the person's to bring. */
    private static final List<String> KEYS = List.of(
            ".ssh",
            ".gnupg",
            ".aws",
            ".azure",
            ".kube",
            ".config/gcloud",
            ".config/gh",
            ".docker/config.json",
            ".netrc",
            ".git-credentials",
            ".pypirc",
            ".claude/.credentials.json",
            ".codex/auth.json",
            ".gemini/oauth_creds.json",
            ".qwen/oauth_creds.json");

    /** Of the bridge's own. */
    static final List<String> STATE = List.of("conversations", "checkpoints", "files.json");

    /** What a restoration has not put in its place yet. */
    static final String RESTORING = ".claude-vm-restoring";

    Roots roots() {
        return new Roots(project.toString(), home.toString(), state.toString());
    }

    /** @return absolute paths of what is saved, those that are there */
    List<String> saved() {
        List<String> paths = new ArrayList<>();
        paths.add(project.toString());
        paths.add(home.toString());
        STATE.stream()
                .map(state::resolve)
                .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
                .forEach(path -> paths.add(path.toString()));
        return paths;
    }

    /**
     * What a snapshot lacks.
     *
     * @param patterns for restic's {@code --exclude-file}
     */
    record Excluded(byte[] patterns, List<LeftOut> named) {}

    Excluded excluded() throws IOException {
        ByteArrayOutputStream patterns = new ByteArrayOutputStream();
        List<LeftOut> named = new ArrayList<>();
        for (Rebuildable.Folder folder :
                Rebuildable.in(project, state.resolve("checkpoints").resolve("settings.json"))) {
            add(patterns, folder.disk());
            named.add(new LeftOut(folder.path().toString(), folder.why()));
        }
        for (String name : CACHES) {
            note(patterns, named, name, "a cache of the home");
        }
        for (String name : KEYS) {
            note(patterns, named, name, "a key of the home");
        }
        add(patterns, project.resolve(RESTORING));
        add(patterns, home.resolve(RESTORING));
        // Where the home is the parent of the others, each is saved once and by its own rules.
        if (state.startsWith(home)) {
            try (Stream<Path> own = Files.list(state)) {
                own.filter(path -> !STATE.contains(path.getFileName().toString()))
                        .forEach(path -> add(patterns, path));
            }
        }
        return new Excluded(patterns.toByteArray(), named);
    }

    private void note(ByteArrayOutputStream patterns, List<LeftOut> named, String name, String why) {
        Path path = home.resolve(name);
        add(patterns, path);
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            named.add(new LeftOut("~/" + name, why));
        }
    }

    private static void add(ByteArrayOutputStream patterns, Path path) {
        patterns.writeBytes(escaped(TreePath.bytesOf(path)));
        patterns.write('\n');
    }

    /** restic's patterns know {@code * ? [ \}, and its files of patterns know variables. */
    static byte[] escaped(byte[] path) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(path.length + 8);
        for (byte b : path) {
            if (b == '*' || b == '?' || b == '[' || b == '\\') {
                out.write('\\');
            }
            if (b == '$') {
                out.write('$');
            }
            out.write(b);
        }
        return out.toByteArray();
    }

    static String escaped(String path) {
        return new String(escaped(path.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8).replace("$$", "$");
    }
}
