package dev.claudevm.bridge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.bridge.checkpoint.Checkpoints.Restored;
import dev.claudevm.bridge.tree.TreePath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What is restored is what was, to the byte and the bit, and nothing else is touched. */
class RestoreTest {

    private static final String MANY_KINDS = """
            mkdir -p src/deep/er empty/in/side locked; echo one >src/a; echo two >src/deep/er/b; printf 'a\\r\\nb\\0c' >binary
            head -c 3000000 /dev/urandom >large; : >nothing; ln -s src/a link; ln -s nowhere dangling; ln -s src folderlink
            ln -s 'src//deep/' slashes; echo '#!/bin/sh' >run; chmod 755 run; echo s >secret; chmod 600 secret
            echo r >readonly; chmod 444 readonly; echo x >odd; chmod 4711 odd; echo l >locked/in; chmod 555 locked; chmod 1777 empty
            """;

    @Test
    void bytesModesLinksDeletionsAndEmptyFoldersComeBackExactly() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh(MANY_KINDS);
            Checkpoint first = given.take();
            given.remember("first");
            given.sh("""
                    echo more >>src/a; rm -r src/deep empty; echo file >empty; rm link; mkdir link; echo in >link/in
                    chmod 700 readonly; chmod 644 run; rm large; ln -s run large; rm folderlink; echo plain >folderlink
                    mkdir -p new/folder; echo n >new/folder/n; mkdir new/void; chmod 700 locked; rm locked/in; ln -sfn elsewhere dangling
                    """);
            Checkpoint second = given.take();
            given.remember("second");
            Restored there = given.restore(first);
            assertThat(there.kept()).isEmpty();
            assertThat(there.stopped()).isNull();
            given.assertIs("first");
            // … and it can be taken back, and again.
            assertThat(there.before().id()).isEqualTo(second.id());
            assertThat(given.restore(there.before()).kept()).isEmpty();
            given.assertIs("second");
            given.restore(first);
            given.assertIs("first");
        }
    }

    @Test
    void namesThatAreNoTextWorkEverywhere() throws Exception {
        try (var given = new ProjectUnderTest()) {
            String odd = """
                    mkdir $'f\\nolder' $'\\xff\\xfe'; for n in 'a b' $'new\\nline' $'\\xff' $'caf\\xc3\\xa9' $'cafe\\xcc\\x81' 'Readme' 'README' '100%' '%41' \\
                      '"quoted"' 'back\\slash' '-rf' ' ' '.gitignore' '.GIT' '.gitmodules' 'git~1' '%.gitattributes' $'tab\\t' "$(printf 'x%.0s' {1..255})"; do
                      echo "$n" >"$n"; echo "$n" >$'f\\nolder'/"$n"; echo "$n" >$'\\xff\\xfe'/"$n"; done
                    ln -s $'to\\xff' $'link\\xfe'; ln -s 'a b' .gitlink; echo '* filter=none text eol=crlf -diff' >.gitattributes
                    """;
            given.sh(odd);
            Checkpoint first = given.take();
            given.remember("first");
            given.sh(
                    "for f in *; do [ -f \"$f\" ] && [ ! -L \"$f\" ] && echo more >>\"./$f\"; done; rm -r $'f\\nolder' .GIT");
            Checkpoint second = given.take();
            given.remember("second");
            Changes changes = given.changes(first, second);
            assertThat(changes.files())
                    .extracting(FileChange::path)
                    .contains("new\nline", "%FF", "100%", "%2541", "caf\u00e9", "cafe\u0301", ".GIT", "f\nolder/%FF");
            for (FileChange change : changes.files()) {
                TreePath path = TreePath.parse(change.path());
                FileDiff diff = given.checkpoints().diff(first.id(), second.id(), path, 3, 10_000);
                assertThat(diff.status()).as(change.path()).isEqualTo(change.status());
                assertThat(diff.unified()).as(change.path()).startsWith("@@");
            }
            given.restore(first);
            given.assertIs("first");
            given.restore(second);
            given.assertIs("second");
        }
    }

    @Test
    void oneFileOrFolderComesBackAlone() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh("mkdir -p a/b; echo 1 >a/b/c; echo 1 >a/d; echo 1 >e");
            Checkpoint first = given.take();
            given.sh("rm -r a; echo 2 >e; echo new >f");
            given.checkpoints()
                    .restore(first.id(), TreePath.parse("a/b/c"), _ -> {})
                    .join();
            assertThat(given.sh("find . -type f | sort; cat a/b/c e"))
                    .containsExactly("./a/b/c", "./e", "./f", "1", "2");
            given.checkpoints()
                    .restore(first.id(), TreePath.parse("a"), _ -> {})
                    .join();
            assertThat(given.sh("cat a/d e f")).containsExactly("1", "2", "new");
            given.checkpoints()
                    .restore(first.id(), TreePath.parse("f"), _ -> {})
                    .join();
            assertThat(given.project.resolve("f")).doesNotExist();
        }
    }

    @Test
    void noSymbolicLinkLeadsARestorationOutOfTheProject() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh(
                    "mkdir -p \"$OUTSIDE/victim\" d/e; echo precious >\"$OUTSIDE/victim/f\"; echo ours >d/f; echo ours >d/e/f");
            Checkpoint first = given.take();
            given.sh("rm -r d; ln -s \"$OUTSIDE/victim\" d");
            // A link that is known: it is replaced by the folder.
            Restored known = given.restore(first);
            assertThat(known.kept()).isEmpty();
            assertThat(given.sh("cat d/f \"$OUTSIDE/victim/f\"; ls \"$OUTSIDE/victim\""))
                    .containsExactly("ours", "precious", "f");
            // One that appears after the present state was kept: nothing goes through it.
            given.sh("echo changed >d/f; echo changed >d/e/f");
            Restored late = given.checkpoints()
                    .restore(first.id(), TreePath.ROOT, _ -> given.sh("mv d away; ln -s \"$OUTSIDE/victim\" d"))
                    .join();
            assertThat(late.kept()).extracting(k -> k.path().toString()).contains("d/f");
            assertThat(given.sh("cat \"$OUTSIDE/victim/f\"; ls \"$OUTSIDE/victim\""))
                    .containsExactly("precious", "f");
            assertThatThrownBy(() -> TreePath.parse("../victim/f")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> TreePath.parse("/etc/passwd")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> TreePath.parse("d/%2E%2E/x")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> TreePath.parse("a/.git/config")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whatNoCheckpointHasIsKeptAndNamed() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh("echo 1 >a; echo 1 >b");
            Checkpoint first = given.take();
            given.sh("echo 2 >a; rm b; echo 2 >c; mkdir d; echo 2 >d/e");
            Restored restored = given.checkpoints()
                    .restore(first.id(), TreePath.ROOT, _ -> given.sh("echo 3 >a; echo 3 >b; echo 3 >c; echo 3 >d/new"))
                    .join();
            assertThat(restored.kept())
                    .extracting(k -> k.path().toString())
                    .containsExactlyInAnyOrder("a", "b", "c", "d");
            assertThat(given.sh("cat a b c d/new")).containsExactly("3", "3", "3", "3");
        }
    }

    @Test
    void whatIsLeftOutIsNamedAndNeverDeleted() throws Exception {
        try (var given = new ProjectUnderTest()) {
            Files.createDirectories(given.store);
            Files.writeString(
                    given.store.resolve("settings.json"), "{\"maxFileBytes\": 1000000, \"leaveOut\": [\"data\"]}");
            given.sh("""
                    mkdir -p node_modules/x target lib/target .venv cache data py; echo x >node_modules/x/i.js; echo x >target/a.class; : >pom.xml
                    echo kept >lib/target/kept; echo x >.venv/pyvenv.cfg; echo x >data/d; head -c 2000000 /dev/zero >big
                    echo 'Signature: 8a477f597d28d172789f06886806bc55' >cache/CACHEDIR.TAG; echo x >cache/c; mkfifo fifo; echo 1 >a
                    """);
            Checkpoint first = given.take();
            assertThat(first.leftOut())
                    .extracting(l -> l.path() + " " + l.expected())
                    .containsExactlyInAnyOrder(
                            "node_modules true",
                            "target true",
                            ".venv true",
                            "cache true",
                            "data true",
                            "fifo true",
                            "big false");
            // Now they are in: the rules' evidence is gone, and the file is small.
            given.sh("rm pom.xml; echo small >big; echo 2 >a");
            Checkpoint second = given.take();
            assertThat(given.changes(first, second).files())
                    .extracting(f -> f.status() + f.path())
                    .containsExactly("Ma", "Abig", "Dpom.xml", "Atarget/a.class");
            Restored restored = given.restore(first);
            assertThat(restored.kept()).extracting(k -> k.path().toString()).contains("big", "target/a.class");
            assertThat(given.sh("cat a big target/a.class node_modules/x/i.js lib/target/kept"))
                    .containsExactly("1", "small", "x", "x", "kept");
            assertThat(given.project.resolve("fifo")).exists();
        }
    }

    @Test
    void anUnknownCheckpointTouchesNothing() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh("echo 1 >a");
            given.take();
            for (String id : new String[] {"0".repeat(40), "HEAD", "--help", "refs/checkpoints/newest"}) {
                assertThatThrownBy(() -> given.checkpoints()
                                .restore(id, TreePath.ROOT, _ -> {})
                                .join())
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(Checkpoints.UnknownCheckpoint.class);
            }
            assertThat(Files.readString(Path.of(given.project.toString(), "a"))).isEqualTo("1\n");
        }
    }
}
