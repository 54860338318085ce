package dev.claudevm.bridge.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What differs, staged and thrown away, in repositories of every kind. */
class GitStatusTest {

    @Test
    void aProjectWithoutGitSaysSoAndBecomesOne() throws Exception {
        try (var given = new GitUnderTest()) {
            assertThat(given.overview().path("repository").asBoolean()).isFalse();
            given.post("/stage", Map.of("all", true)).refused("none", "not a git repository");
            given.sh("echo 1 >a");
            given.post("/init", "").ok();
            JsonNode status = given.overview().path("status");
            assertThat(status.path("branch").asString()).isEqualTo("main");
            assertThat(status.path("head").isNull()).isTrue();
            assertThat(given.list("unstaged")).containsExactly("? a");
        }
    }

    @Test
    void aRepositoryAboveTheProjectIsNobodysBusiness() throws Exception {
        try (var given = new GitUnderTest()) {
            given.sh("git init -q ..");
            assertThat(given.overview().path("repository").asBoolean()).isFalse();
            given.post("/stage", Map.of("all", true)).refused("none", "not a git repository");
        }
    }

    @Test
    void whatIsStagedIsCommittedAndWhatIsNotStays() throws Exception {
        try (var given = GitUnderTest.withCommit()) {
            given.sh("printf '1\\ntwo\\n3\\n' >a; echo new >b; mkdir d; echo c >d/c; git mv a z; git mv z a");
            assertThat(given.list("unstaged")).containsExactly("M a", "? b", "? d/c");
            given.post("/stage", Map.of("paths", List.of("a", "d/c"))).ok();
            assertThat(given.list("staged")).containsExactly("M a", "A d/c");
            given.post("/unstage", Map.of("paths", List.of("a"))).ok();
            assertThat(given.list("staged")).containsExactly("A d/c");
            given.post("/stage", Map.of("paths", List.of("a"))).ok();
            given.commit("Second\n\n# no comment\n").ok();
            assertThat(given.sh("git log -1 --format='%an|%B'; git show --name-only --format="))
                    .containsExactly("anna|Second", "", "# no comment", "", "a", "d/c");
            assertThat(given.list("unstaged")).containsExactly("? b");
            given.post("/stage", Map.of("all", true)).ok();
            given.sh("git rm -q --cached d/c; git mv a renamed");
            assertThat(given.list("staged")).containsExactly("A b", "D d/c", "R renamed < a");
            given.post("/unstage", Map.of("all", true)).ok();
            assertThat(given.list("staged")).isEmpty();
        }
    }

    @Test
    void beforeTheFirstCommitEverythingWorks() throws Exception {
        try (var given = new GitUnderTest()) {
            given.sh("git init -q; echo 1 >a; echo 2 >b");
            given.post("/stage", Map.of("all", true)).ok();
            assertThat(given.diff("a", "staged").path("unified").asString()).contains("+1");
            assertThat(given.diff("a", "head").path("unified").asString()).contains("+1");
            given.post("/unstage", Map.of("paths", List.of("a"))).ok();
            assertThat(given.list("staged")).containsExactly("A b");
            given.post("/unstage", Map.of("all", true)).ok();
            assertThat(given.list("unstaged")).containsExactly("? a", "? b");
            assertThat(given.get("/log").ok().json().path("commits")).isEmpty();
            assertThat(given.get("/branches").ok().json().path("branches")).isEmpty();
            given.post("/stage", Map.of("all", true)).ok();
            // Nobody knows whose commit this is.
            assertThat(given.overview().path("author").isNull()).isTrue();
            given.commit("First").refused("author", "");
            assertThat(given.call("PUT", "/author", Map.of("name", "a\nb", "email", "x@y"))
                            .status())
                    .isEqualTo(400);
            given.call("PUT", "/author", Map.of("name", "Ann\u00e4", "email", "anna@localhost"))
                    .ok();
            given.commit("First").ok();
            assertThat(given.overview().path("author").path("name").asString()).isEqualTo("Ann\u00e4");
            assertThat(given.sh("git log --format=%s%ae")).containsExactly("Firstanna@localhost");
        }
    }

    @Test
    void namesThatAreNoTextAreStagedComparedDiscardedAndBroughtBack() throws Exception {
        try (var given = GitUnderTest.withCommit()) {
            String names =
                    "$'new\\nline' $'\\xff\\xfe' 'a b' -rf --all '*' ':(top)x' $'caf\\xc3\\xa9' '100%' '%41' '\"q\"' '$(x)' '`x`' 'back\\slash' -";
            given.sh("for n in " + names + "; do echo 1 >./\"$n\"; done; git add -A; git commit -qm odd;" + " for n in "
                    + names + "; do echo 2 >./\"$n\"; done; echo 3 >$'un\\nknown\\xff'; echo 4 >star");
            List<String> paths =
                    given.list("unstaged").stream().map(p -> p.substring(2)).toList();
            assertThat(paths)
                    .contains(
                            "new\nline",
                            "%FF%FE",
                            "-rf",
                            "--all",
                            "*",
                            ":(top)x",
                            "caf\u00e9",
                            "100%",
                            "%2541",
                            "un\nknown%FF",
                            "-")
                    .hasSize(17);
            for (String path : paths) {
                String unified = given.diff(path, "worktree").path("unified").asString();
                assertThat(unified).as(path).startsWith("@@").containsPattern("\\+[234]");
            }
            // A star is a name here.
            given.post("/stage", Map.of("paths", List.of("*"))).ok();
            assertThat(given.list("staged")).containsExactly("M *");
            given.post("/unstage", Map.of("paths", List.of("*"))).ok();
            assertThat(given.list("staged")).isEmpty();
            for (String path : paths) {
                given.post("/stage", Map.of("paths", List.of(path))).ok();
            }
            assertThat(given.list("staged")).hasSize(17);
            assertThat(given.diff("%FF%FE", "staged").path("unified").asString())
                    .contains("+2");
            given.post("/unstage", Map.of("all", true)).ok();
            given.sh("cp -a . \"$BASE/copy\"");
            JsonNode undo = given.post("/discard", Map.of("paths", paths)).ok().json();
            assertThat(undo.path("kept")).isEmpty();
            assertThat(given.list("unstaged")).isEmpty();
            given.post(
                            "/discard/undo",
                            Map.of("checkpointId", undo.path("checkpointId").asString(), "paths", paths))
                    .ok();
            given.sh("diff -r --no-dereference --exclude=.git . \"$BASE/copy\" >&2");
        }
    }

    @Test
    void whatCouldNotBeBroughtBackIsNotThrownAway() throws Exception {
        try (var given = GitUnderTest.withCommit()) {
            given.sh(
                    "mkdir nested; git -C nested init -q; echo n >nested/n; echo changed >a; mkdir out; ln -s \"$BASE\" way;"
                            + " head -c 105000000 /dev/zero >large; rm -f gone");
            JsonNode undo = given.post("/discard", Map.of("paths", List.of("nested", "a", "large", "nothing", "way")))
                    .ok()
                    .json();
            assertThat(undo.path("paths").toString()).isEqualTo("[\"a\",\"way\"]");
            assertThat(undo.path("kept")).hasSize(3);
            assertThat(given.sh("cat a nested/n; ls -d large")).containsExactly("1", "2", "3", "n", "large");
            assertThat(Files.exists(given.base)).isTrue();
            for (String path : List.of("../x", "/etc/passwd", ".git/config", "", "a/../b")) {
                assertThat(given.post("/discard", Map.of("paths", List.of(path)))
                                .status())
                        .as(path)
                        .isEqualTo(400);
                assertThat(given.get("/diff?path=" + GitUnderTest.encoded(path)).status())
                        .as(path)
                        .isEqualTo(400);
            }
            given.sh("ln -s /etc etc");
            assertThat(given.get("/file?path=etc%2fpasswd").status()).isEqualTo(404);
            assertThat(given.get("/diff?path=etc%2fpasswd")
                            .json()
                            .path("unified")
                            .asString())
                    .isEmpty();
            assertThat(given.post("/stage", Map.of("paths", List.of("etc/passwd")))
                            .status())
                    .isEqualTo(409);
        }
    }

    @Test
    void submodulesDetachedHeadsAndLocksAreSaid() throws Exception {
        try (var given = GitUnderTest.withCommit()) {
            given.sh(
                    "git init -q \"$BASE/sub\"; cd \"$BASE/sub\"; git config user.name s; git config user.email s@localhost;"
                            + " echo s >s; git add .; git commit -qm s; cd \"$OLDPWD\"; git submodule -q add \"$BASE/sub\" sub; git commit -qm sub;"
                            + " echo more >>sub/s");
            JsonNode sub = given.overview().path("status").path("unstaged").get(0);
            assertThat(sub.path("path").asString()).isEqualTo("sub");
            assertThat(sub.path("repository").asBoolean()).isTrue();
            assertThat(given.post("/discard", Map.of("paths", List.of("sub")))
                            .ok()
                            .json()
                            .path("kept"))
                    .hasSize(1);
            assertThat(given.sh("cat sub/s")).containsExactly("s", "more");

            given.sh("git checkout -q --detach; echo 9 >>a");
            assertThat(given.overview().path("status").path("branch").isNull()).isTrue();
            given.post("/push", Map.of("id", "p1")).ok();
            given.post("/stage", Map.of("paths", List.of("a"))).ok();
            given.commit("Detached").ok();
            given.post("/branches", Map.of("name", "kept")).ok();
            assertThat(given.overview().path("status").path("branch").asString())
                    .isEqualTo("kept");

            given.sh("echo 10 >>a; touch .git/index.lock");
            given.post("/stage", Map.of("paths", List.of("a"))).refused("locked", "index.lock");
            assertThat(given.list("unstaged")).contains("M a");
            given.sh("rm .git/index.lock");
            given.post("/stage", Map.of("paths", List.of("a"))).ok();
        }
    }

    @Test
    void aHookThatRefusesIsHeardAndOneThatAgreesRuns() throws Exception {
        try (var given = GitUnderTest.withCommit()) {
            given.sh(
                    "printf '#!/bin/sh\\necho \"no: tabs in a\" >&2\\nexit 1\\n' >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit;"
                            + " echo x >>a; git add a");
            given.commit("Refused").refused("hook", "no: tabs in a");
            assertThat(given.list("staged")).containsExactly("M a");
            given.sh(
                    "printf '#!/bin/sh\\necho ran >\"%s/ran\"; git ls-files \"*\" >>\"%s/ran\"\\n' \"$BASE\" \"$BASE\" >.git/hooks/pre-commit");
            given.commit("Agreed").ok();
            assertThat(Files.readAllLines(given.base.resolve("ran"))).containsExactly("ran", "a");
            given.commit("Nothing").refused("nothing", "Nothing is staged");
        }
    }

    @Test
    void aRepeatedCommitIsOne() throws Exception {
        try (var given = GitUnderTest.withCommit()) {
            String head = given.overview().path("status").path("head").asString();
            given.sh("echo x >>a; git add a");
            Map<String, Object> wanted = Map.of("message", "Once\n", "head", head);
            String made = given.post("/commit", wanted).ok().json().path("head").asString();
            assertThat(given.post("/commit", wanted).ok().json().path("head").asString())
                    .isEqualTo(made);
            assertThat(given.sh("git rev-list --count HEAD")).containsExactly("2");
        }
    }

    @Test
    void diffsHaveModesSidesRenamesAndPictures() throws Exception {
        try (var given = GitUnderTest.withCommit()) {
            given.sh(
                    "printf '1\\nzwei\\n3\\n' >a; git add a; printf '1\\nzwei\\ndrei' >a; chmod +x a; printf '\\0\\1' >bin; ln -s a link");
            assertThat(given.diff("a", "staged").path("unified").asString())
                    .isEqualTo("@@ -1,3 +1,3 @@\n 1\n-2\n+zwei\n 3\n");
            JsonNode folder = given.diff("a", "worktree");
            assertThat(folder.path("unified").asString()).endsWith("-3\n+drei\n\\ No newline at end of file\n");
            assertThat(folder.path("mode").asString()).isEqualTo("0755");
            assertThat(folder.path("lines").asInt()).isEqualTo(3);
            assertThat(given.diff("a", "head").path("unified").asString()).contains("-2", "+drei");
            assertThat(given.diff("bin", "worktree").path("binary").asBoolean()).isTrue();
            assertThat(given.diff("bin", "worktree").path("status").asString()).isEqualTo("A");
            assertThat(given.diff("link", "worktree").path("unified").asString())
                    .contains("+a");
            assertThat(given.raw("GET", "/file?path=a&state=old", "").body())
                    .asString()
                    .isEqualTo("1\nzwei\n3\n");
            assertThat(given.raw("GET", "/file?path=a", "").body()).asString().isEqualTo("1\nzwei\ndrei");
            assertThat(given.raw("GET", "/file?path=a&state=old&side=staged", "")
                            .body())
                    .asString()
                    .isEqualTo("1\n2\n3\n");
            String head = given.overview().path("status").path("head").asString();
            assertThat(given.diff("a", head).path("unified").asString()).contains("+2");
            assertThat(given.get("/diff?path=a&side=--output=x").status()).isEqualTo(400);
            assertThat(given.get("/commits/HEAD").status()).isEqualTo(400);
            assertThat(given.get("/commits/" + "0".repeat(40)).status()).isEqualTo(404);
            JsonNode shown = given.get("/commits/" + head).ok().json();
            assertThat(shown.path("message").asString()).isEqualTo("begin");
            assertThat(shown.path("files").get(0).path("status").asString()).isEqualTo("A");
        }
    }
}
