package dev.claudevm.bridge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints are right whatever the project is and whatever is killed, and the project's own git never notices. */
class CheckpointTest {

    /** Everything of git that could bite: hooks and filters that leave a trace, conversions, a staged and a stashed change. */
    private static final String A_HARD_PROJECT = """
            git init -q -b main .; git config filter.bite.clean 'touch "$OUTSIDE/bitten"; tr a-z A-Z'
            git config filter.bite.smudge 'touch "$OUTSIDE/bitten"; tr A-Z a-z'; git config filter.bite.required true
            git config diff.bite.textconv 'touch "$OUTSIDE/bitten"; cat'; git config diff.bite.command 'touch "$OUTSIDE/bitten"'
            git config core.autocrlf true; git config core.fsmonitor 'touch "$OUTSIDE/bitten"'
            printf 'one\\r\\ntwo\\n' >mixed; echo text >file; git -c core.fsmonitor=false add file mixed; git -c core.fsmonitor=false commit -qm first
            echo stashed >>file; git -c core.fsmonitor=false stash -q; echo staged >staged; git -c core.fsmonitor=false add staged; echo not >untracked
            echo ignored >ignored; echo ignored >.gitignore
            printf '* filter=bite diff=bite text eol=crlf ident\\n*.bin filter=lfs diff=lfs merge=lfs -text\\n' >.gitattributes
            printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%064d\\nsize 12345\\n' 7 >pointer.bin
            printf '$Id$ ab\\r\\n' >converted
            git init -q nested; echo n >nested/file; git -C nested add file; git -C nested commit -qm n; git init -q "$OUTSIDE/other"
            echo o >"$OUTSIDE/other/o"; git -C "$OUTSIDE/other" add o; git -C "$OUTSIDE/other" commit -qm o
            git -c core.fsmonitor=false -c protocol.file.allow=always submodule --quiet add "$OUTSIDE/other" sub; git -c core.fsmonitor=false worktree add -q tree -b side 2>/dev/null
            for hook in pre-commit post-commit post-checkout post-index-change reference-transaction pre-auto-gc; do
              for g in .git nested/.git; do printf '#!/bin/sh\\ntouch "%s/bitten"\\n' "$OUTSIDE" >$g/hooks/$hook; chmod +x $g/hooks/$hook; done; done
            rm -f "$OUTSIDE/bitten"
            """;

    @Test
    void theProjectsOwnGitIsNotTouchedAndPlaysNoRole() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh(A_HARD_PROJECT);
            List<String> before = given.ownGit();
            assertThat(before).hasSizeGreaterThan(100);
            given.remember("first");
            Checkpoint first = given.take();
            given.sh(
                    "printf 'x\\r\\ny\\n' >>mixed; echo more >>nested/file; rm sub/o tree/file pointer.bin ignored untracked;"
                            + " echo c >converted; rm .gitattributes");
            given.remember("second");
            Checkpoint second = given.take();
            assertThat(given.changes(first, second).files())
                    .extracting(f -> f.status() + f.path())
                    .containsExactly(
                            "D.gitattributes",
                            "Mconverted",
                            "Dignored",
                            "Mmixed",
                            "Mnested/file",
                            "Dpointer.bin",
                            "Dsub/o",
                            "Dtree/file",
                            "Duntracked");
            var diff = given.checkpoints().diff(first.id(), second.id(), TreePath.parse("mixed"), 3, 10_000);
            assertThat(diff.unified()).isEqualTo("@@ -1,2 +1,4 @@\n one\r\n two\n+x\r\n+y\n");
            given.restore(first);
            given.assertIs("first");
            assertThat(given.ownGit()).isEqualTo(before);
            given.restore(second);
            given.assertIs("second");
            assertThat(given.ownGit()).isEqualTo(before);
            assertThat(given.folder.resolve("bitten")).doesNotExist();
            assertThat(
                            given.sh(
                                    "git -c core.fsmonitor=false stash list; git -c core.fsmonitor=false diff --cached --name-only"))
                    .hasSize(4);
        }
    }

    @Test
    void aProjectWithoutGitAndAnEmptyOneHaveCheckpoints() throws Exception {
        try (var given = new ProjectUnderTest()) {
            Checkpoint empty = given.take();
            given.sh("mkdir d; echo 1 >d/a");
            Checkpoint first = given.take();
            assertThat(given.changes(empty, first).files())
                    .extracting(f -> f.status() + f.path() + f.additions())
                    .containsExactly("Ad/a1");
            assertThat(given.take().id()).as("nothing was touched").isEqualTo(first.id());
            given.sh("touch d/a");
            assertThat(given.take().id()).as("nothing differs").isEqualTo(first.id());
            given.sh("chmod 600 d/a");
            Checkpoint second = given.take();
            FileChange mode = given.changes(first, second).files().getFirst();
            assertThat(mode.oldMode() + " " + mode.mode()).isEqualTo("0644 0600");
            given.restore(empty);
            assertThat(given.sh("ls -A")).isEmpty();
        }
    }

    @Test
    void aChangeThatKeepsSizeAndTimesIsSeen() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh("echo aaaa >f; touch -d 2001-01-01 f");
            Checkpoint first = given.take();
            given.sh("echo bbbb >f; touch -d 2001-01-01 f");
            Checkpoint second = given.take();
            assertThat(given.changes(first, second).files()).hasSize(1);
        }
    }

    @Test
    void aCommandThatWritesMeanwhileDoesNoHarm() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh("mkdir still; for i in $(seq 500); do echo $i >still/$i; done");
            try (CleanProcess writer = CleanProcess.of(
                            "bash",
                            "-c",
                            "echo on; i=0; while :; do i=$((i+1)); mkdir -p d$((i%7))/e; head -c $((i%9*400000)) /dev/zero >d$((i%7))/f;"
                                    + " echo $i >>log; mv d$((i%7))/f d$((i%7))/e/g 2>/dev/null; ln -sfn $i l; rm -rf d$(((i+3)%7)); done")
                    .in(given.project)
                    .start()) {
                writer.awaitLine("on", Duration.ofSeconds(30));
                for (int i = 0; i < 15; i++) {
                    given.take();
                }
            }
            Checkpoint last = given.take();
            given.remember("last");
            assertThat(last.leftOut()).isEmpty();
            given.sh("rm -rf ./*");
            given.restore(last);
            given.assertIs("last");
        }
    }

    /** The stream to git is cut, git or the one who takes the checkpoint is killed: at each of these places. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "head -c 30 | REAL",
                "head -c 3000 | REAL",
                "head -c 2000000 | REAL",
                "{ head -c 1000000; kill -9 $PPID; } | REAL",
                "{ cat; kill -9 $PPID; } | REAL",
                "REAL & pid=$!; sleep 0.05; kill -9 $pid; exit 137",
                "REAL; kill -9 $PPID"
            })
    void afterAKillTheNextCheckpointIsRight(String killer) throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh(
                    "mkdir a; for i in $(seq 200); do head -c 20000 /dev/urandom >a/$i; done; head -c 3000000 /dev/urandom >large");
            Checkpoint first = given.take();
            given.sh(
                    "for i in $(seq 150); do head -c 20000 /dev/urandom >a/$i; done; rm a/199; echo gone >soon; head -c 3000000 /dev/urandom >large");
            given.remember("second");
            String git = given.sh("command -v git").getFirst();
            Path bin = Files.createDirectories(given.folder.resolve("bin"));
            Path fake = bin.resolve("git");
            Files.writeString(
                    fake,
                    "#!/bin/bash\nset -- " + git + " \"$@\"\ncase \"$*\" in\n*fast-import*) "
                            + killer.replace("REAL", "\"$@\"") + " ;;\n*) exec \"$@\" ;;\nesac\n");
            given.sh("chmod +x \"$OUTSIDE/bin/git\"");
            try (CleanProcess taker = CleanProcess.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:auto",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Taker.class.getName(),
                            given.project.toString(),
                            given.store.toString(),
                            bin.toString())
                    .start()) {
                assertThat(taker.awaitExit(Duration.ofSeconds(90)))
                        .as(taker.log())
                        .isNotZero();
            }
            given.assertIs("second");
            given.reopen();
            given.sh("rm soon");
            given.remember("third");
            Checkpoint third = given.take();
            assertThat(given.changes(first, third).files())
                    .hasSize(152)
                    .extracting(FileChange::path)
                    .doesNotContain("soon")
                    .contains("a/199", "large");
            given.restore(first);
            given.restore(third);
            given.assertIs("third");
            await("nothing is left of what was killed")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> {
                        given.reopen();
                        given.take();
                        try (Stream<Path> all = Files.walk(given.store)) {
                            return all.map(p -> p.getFileName().toString())
                                    .noneMatch(n -> n.startsWith("tmp_")
                                            || n.contains("crash")
                                            || n.endsWith(".lock")
                                            || n.endsWith(".err"));
                        }
                    });
        }
    }

    @Test
    void aFullDiskIsSaidAndTheNextCheckpointIsRight() throws Exception {
        assertThat(System.getProperty("user.name"))
                .as("who runs this test: it mounts a small disk, which only root can; run ./verify as root")
                .isEqualTo("root");
        try (var given = new ProjectUnderTest()) {
            given.sh("mkdir \"$OUTSIDE/store\"; mount -t tmpfs -o size=3m tmpfs \"$OUTSIDE/store\"");
            try {
                given.sh("echo 1 >a");
                Checkpoint first = given.take();
                given.sh("echo 2 >a; head -c 8000000 /dev/urandom >big");
                assertThatThrownBy(given::take).isInstanceOf(IOException.class).hasMessageContaining("no room");
                assertThat(given.sh("cat a; wc -c <big")).containsExactly("2", "8000000");
                given.sh("rm big");
                Checkpoint second = given.take();
                assertThat(given.changes(first, second).files())
                        .extracting(FileChange::path)
                        .containsExactly("a");
            } finally {
                given.sh("umount -l \"$OUTSIDE/store\"");
            }
        }
    }

    @Test
    void aRestorationThatFillsTheDiskStopsAndSaysSoAndCanBeDoneAgain() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh("mount -t tmpfs -o size=6m tmpfs .");
            try {
                // The mount is not seen by a process that stands in the folder below it: by path it is.
                String p = "cd \"$OUTSIDE/project\"; ";
                given.sh(p + "for i in 1 2 3 4; do head -c 1000000 /dev/urandom >f$i; done; echo a >z");
                given.sh(p + "sha256sum f? z >\"$OUTSIDE/sums\"");
                Checkpoint first = given.take();
                given.sh(p + "for i in 1 2 3 4; do echo small >f$i; done; echo b >z");
                Checkpoint second = given.take();
                given.sh(p + "mkdir node_modules; head -c 4000000 /dev/zero >node_modules/ballast");
                var stopped = given.checkpoints()
                        .restore(first.id(), TreePath.ROOT, _ -> {})
                        .join();
                assertThat(stopped.stopped()).contains("No space left");
                assertThat(given.sh(p + "ls -A")).containsExactly("f1", "f2", "f3", "f4", "node_modules", "z");
                given.sh(p + "rm node_modules/ballast");
                var done = given.checkpoints()
                        .restore(first.id(), TreePath.ROOT, _ -> {})
                        .join();
                assertThat(done.stopped()).isNull();
                given.sh(p + "sha256sum --quiet -c \"$OUTSIDE/sums\"");
                given.checkpoints().restore(second.id(), TreePath.ROOT, _ -> {}).join();
                assertThat(given.sh(p + "cat f4 z")).containsExactly("small", "b");
            } finally {
                given.sh("umount -l \"$OUTSIDE/project\"");
            }
        }
    }

    @Test
    void manyCheckpointsStayFewPacksAndEachIsStillThere() throws Exception {
        try (var given = new ProjectUnderTest()) {
            List<Checkpoint> all = new java.util.ArrayList<>();
            for (int i = 0; i < 60; i++) {
                Files.writeString(given.project.resolve("f" + i % 7), "content " + i + "\n");
                all.add(given.take());
            }
            try (Stream<Path> files = Files.list(given.store.resolve("git/objects/pack"))) {
                assertThat(files.filter(f -> f.toString().endsWith(".pack")).count())
                        .isLessThan(45);
            }
            for (int i : new int[] {59, 0, 30, 44}) {
                given.restore(all.get(i));
                assertThat(given.project.resolve("f" + i % 7)).hasContent("content " + i);
            }
        }
    }

    @Test
    void manyAtOnceBecomeFewAndAreAllAnswered() throws Exception {
        try (var given = new ProjectUnderTest()) {
            given.sh("for i in $(seq 300); do echo $i >$i; done");
            var asked =
                    Stream.generate(() -> given.checkpoints().take()).limit(50).toList();
            assertThat(asked.stream().map(f -> f.join().takenAt()).distinct().count())
                    .isLessThanOrEqualTo(3);
        }
    }

    /** Takes one checkpoint, in a process that may be killed. */
    static final class Taker {

        private Taker() {}

        public static void main(String[] args) {
            try {
                new Checkpoints(
                                Path.of(args[0]),
                                Path.of(args[1]),
                                java.util.Map.of("PATH", args[2]),
                                java.time.Clock.systemUTC())
                        .take()
                        .join();
            } catch (RuntimeException e) {
                System.err.println(e);
                Runtime.getRuntime().halt(1);
            }
        }
    }
}
