package dev.claudevm.bridge.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Branches, remotes, stashes, conflicts. */
class GitRemoteTest {

    private static GitUnderTest withRemote() throws Exception {
        GitUnderTest given = GitUnderTest.withCommit();
        given.sh("git init -q --bare \"$BASE/origin.git\"; git remote add origin \"$BASE/origin.git\"");
        return given;
    }

    /** Somebody else pushes a commit that changes {@code a}. */
    private static void elsewhere(GitUnderTest given, String script) {
        given.sh("rm -rf \"$BASE/other\"; git clone -q \"$BASE/origin.git\" \"$BASE/other\"; cd \"$BASE/other\";"
                + " git config user.name bob; git config user.email bob@localhost; " + script
                + "; git add -A; git commit -qm theirs; git push -q");
    }

    private static void commit(GitUnderTest given, String script) {
        given.sh(script + "; git add -A; git commit -qm mine");
    }

    @Test
    void theFirstPushNamesTheUpstreamAndARejectedOneSaysWhatToDo() throws Exception {
        try (var given = withRemote()) {
            JsonNode job = given.job("/push", Map.of());
            assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");
            JsonNode status = given.overview().path("status");
            assertThat(status.path("upstream").asString()).isEqualTo("origin/main");
            assertThat(status.path("ahead").asInt(-1)).isZero();

            elsewhere(given, "echo 0 >new");
            commit(given, "echo 4 >>a");
            job = given.job("/push", Map.of());
            assertThat(job.path("state").asString()).isEqualTo("failed");
            assertThat(job.path("kind").asString()).isEqualTo("rejected");
            assertThat(job.path("error").asString()).contains("[rejected]");
            job = given.job("/pull", Map.of());
            assertThat(job.path("kind").asString()).isEqualTo("diverged");
            assertThat(given.job("/pull", Map.of("how", "rebase")).path("state").asString())
                    .isEqualTo("done");
            assertThat(given.job("/push", Map.of()).path("state").asString()).isEqualTo("done");
            assertThat(given.sh("git -C \"$BASE/origin.git\" log --format=%s main"))
                    .containsExactly("mine", "theirs", "begin");
            JsonNode log = given.get("/log?limit=2").ok().json();
            assertThat(log.path("more").asBoolean()).isTrue();
            assertThat(log.path("commits").get(0).path("refs").toString()).contains("origin/main");
            assertThat(given.get("/log?skip=2").ok().json().path("commits")).hasSize(1);
        }
    }

    @Test
    void aRemoteWhoseHookRefusesIsHeardAndARepeatedPushIsOne() throws Exception {
        try (var given = withRemote()) {
            Files.writeString(
                    given.base.resolve("origin.git/hooks/pre-receive"),
                    "#!/bin/sh\necho 'closed on fridays' >&2\nexit 1\n");
            given.sh("chmod +x \"$BASE/origin.git/hooks/pre-receive\"");
            JsonNode job = given.job("/push", Map.of());
            assertThat(job.path("state").asString()).isEqualTo("failed");
            assertThat(job.path("output").asString()).contains("closed on fridays");
            String id = job.path("id").asString();
            assertThat(given.post("/push", Map.of("id", id))
                            .ok()
                            .json()
                            .path("state")
                            .asString())
                    .isEqualTo("failed");
            assertThat(given.post("/push", Map.of("id", "-x y")).status()).isEqualTo(400);
        }
    }

    @Test
    void withoutRemoteOneCanBeNamedAndSecretsInAddressesAreNotShown() throws Exception {
        try (var given = GitUnderTest.withCommit()) {
            JsonNode job = given.job("/push", Map.of());
            assertThat(job.path("kind").asString()).isEqualTo("none");
            for (String url : List.of("", "--upload-pack=touch x", "a\nb")) {
                assertThat(given.call("PUT", "/remote", Map.of("url", url)).status())
                        .isEqualTo(400);
            }
            String port =
                    String.valueOf(java.net.InetAddress.getLoopbackAddress().getHostAddress());
            String address = "http://anna:s3cret@" + port + ":9/shop.git";
            JsonNode named =
                    given.call("PUT", "/remote", Map.of("url", address)).ok().json();
            assertThat(named.toString()).doesNotContain("s3cret");
            job = given.job("/fetch", Map.of());
            assertThat(job.path("state").asString()).isEqualTo("failed");
            assertThat(job.path("kind").asString()).as(job.toString()).isEqualTo("network");
            assertThat(job.toString()).doesNotContain("s3cret");
            given.call(
                            "PUT",
                            "/remote",
                            Map.of("url", given.base.resolve("nowhere").toString()))
                    .ok();
            assertThat(given.job("/push", Map.of()).path("kind").asString()).isEqualTo("remote");
        }
    }

    @Test
    void branchesAreMadeAndSwitchedAndChangesInTheWayStay() throws Exception {
        try (var given = withRemote()) {
            given.job("/push", Map.of());
            given.post("/branches", Map.of("name", "f\u00fcr/anna")).ok();
            commit(given, "echo 4 >>a");
            given.job("/push", Map.of());
            for (String name : List.of("", "-x", "a b", "a..b", "--orphan", "x.lock", "a~1")) {
                assertThat(given.post("/branches", Map.of("name", name)).status())
                        .as(name)
                        .isEqualTo(400);
                assertThat(given.post("/switch", Map.of("name", name)).status())
                        .as(name)
                        .isEqualTo(400);
            }
            assertThat(given.post("/branches", Map.of("name", "main")).status()).isEqualTo(409);
            assertThat(given.post("/switch", Map.of("name", "nothing")).status())
                    .isEqualTo(404);
            given.sh("echo changed >a");
            given.post("/switch", Map.of("name", "main")).refused("overwrite", "would be overwritten");
            assertThat(given.sh("cat a")).containsExactly("changed");
            given.post("/stashes", Map.of("message", "aside \u2713")).ok();
            given.post("/switch", Map.of("name", "main")).ok();
            given.sh("git branch -qD f\u00fcr/anna");
            JsonNode branches = given.get("/branches").ok().json().path("branches");
            assertThat(branches.toString()).contains("\"name\":\"origin/f\u00fcr/anna\"");
            given.post("/switch", Map.of("name", "origin/f\u00fcr/anna", "remote", true))
                    .ok();
            assertThat(given.overview().path("status").path("upstream").asString())
                    .isEqualTo("origin/f\u00fcr/anna");

            JsonNode stash = given.get("/stashes").ok().json().path("stashes").get(0);
            assertThat(stash.path("message").asString()).contains("aside \u2713");
            assertThat(given.post("/stashes/pop", Map.of("number", 0, "oid", "1".repeat(40)))
                            .status())
                    .isEqualTo(404);
            given.post(
                            "/stashes/pop",
                            Map.of("number", 0, "oid", stash.path("oid").asString()))
                    .ok();
            assertThat(given.sh("cat a")).containsExactly("changed");
            assertThat(given.get("/stashes").ok().json().path("stashes")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"ours, mine", "theirs, theirs", "merged, both"})
    void aConflictIsShownResolvedAndEnded(String take, String wanted) throws Exception {
        try (var given = withRemote()) {
            given.job("/push", Map.of());
            elsewhere(given, "echo theirs >a");
            commit(given, "echo mine >a");
            JsonNode job = given.job("/pull", Map.of("how", "merge"));
            assertThat(job.path("kind").asString()).as(job.toString()).isEqualTo("conflict");
            JsonNode status = given.overview().path("status");
            assertThat(status.path("operation").asString()).isEqualTo("merge");
            assertThat(status.path("conflicts").get(0).path("conflict").asString())
                    .isEqualTo("UU");
            assertThat(given.diff("a", "head").path("unified").asString()).contains("+<<<<<<<");
            given.commit("Too early").refused("conflict", "conflicts");
            given.post("/continue", "").refused("conflict", "One conflict is left");
            if (take.equals("merged")) {
                given.sh("echo both >a");
            }
            given.post("/resolve", Map.of("path", "a", "take", take)).ok();
            given.post("/continue", "").ok();
            assertThat(given.sh("cat a; git log -1 --format=%P | wc -w")).containsExactly(wanted, "2");
            assertThat(given.overview().path("status").path("operation").isNull())
                    .isTrue();
        }
    }

    @Test
    void aDeletedSideCanBeTakenARebaseGoesOnAndAMergeIsAborted() throws Exception {
        try (var given = withRemote()) {
            given.job("/push", Map.of());
            elsewhere(given, "git rm -q a; echo b >b");
            commit(given, "echo mine >a");
            given.job("/pull", Map.of("how", "merge"));
            given.post("/abort", "").ok();
            assertThat(given.sh("cat a; git status --porcelain")).containsExactly("mine");
            given.post("/abort", "").refused("nothing", "");
            given.job("/pull", Map.of("how", "rebase"));
            JsonNode status = given.overview().path("status");
            assertThat(status.path("operation").asString()).isEqualTo("rebase");
            assertThat(status.path("conflicts").get(0).path("conflict").asString())
                    .isEqualTo("DU");
            given.post("/resolve", Map.of("path", "a", "take", "theirs")).ok();
            given.post("/continue", "").ok();
            assertThat(given.sh("cat a; git log --format=%s")).containsExactly("mine", "mine", "theirs", "begin");
            given.sh(
                    "git reset -q --hard HEAD~1; echo again >a; git add a; git commit -qm again; git checkout -q HEAD~1; git merge -q main || true");
            given.sh(
                    "git checkout -q main; echo x >c; git add c; git commit -qm c; git revert --no-edit HEAD~1 >&2 || true");
        }
    }

    @Test
    void aPullRequestIsMadeByTheForgesProgram() throws Exception {
        try (var given = withRemote()) {
            given.sh(
                    "git config remote.origin.url git@github.com:anna/shop.git; git config url.\"$BASE/origin.git\".insteadOf git@github.com:anna/shop.git");
            JsonNode overview = given.overview();
            assertThat(overview.path("program").isNull()).isTrue();
            assertThat(overview.path("compare").asString())
                    .isEqualTo("https://github.com/anna/shop/compare/main?expand=1");
            assertThat(given.job("/pull-request", Map.of("title", "x"))
                            .path("kind")
                            .asString())
                    .isEqualTo("none");
            Files.writeString(given.base.resolve("bin/gh"), """
                    #!/bin/sh
                    printf '%s\\n' "$@" >"${0%/*}/said"; cat >>"${0%/*}/said"
                    echo 'Creating pull request' >&2; echo https://github.com/anna/shop/pull/7
                    """);
            given.sh("chmod +x \"$BASE/bin/gh\"");
            assertThat(given.overview().path("program").asString()).isEqualTo("gh");
            assertThat(given.job("/pull-request", Map.of("title", "x"))
                            .path("kind")
                            .asString())
                    .isEqualTo("rejected");
            given.job("/push", Map.of());
            JsonNode job = given.job(
                    "/pull-request",
                    Map.of("title", "-rf \u00e4 $(x)", "body", "Why\nnot", "base", "dev", "draft", true));
            assertThat(job.path("url").asString()).as(job.toString()).isEqualTo("https://github.com/anna/shop/pull/7");
            assertThat(Files.readAllLines(given.base.resolve("bin/said")))
                    .containsExactly(
                            "pr",
                            "create",
                            "--head=main",
                            "--title=-rf \u00e4 $(x)",
                            "--body-file=-",
                            "--base=dev",
                            "--draft",
                            "Why",
                            "not");
            assertThat(given.post("/pull-request", Map.of("id", "x", "title", "x", "base", "--web"))
                            .status())
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://github.com/anna/shop.git, https://github.com/anna/shop/compare/main...a/b%20c?expand=1",
        "https://anna:s3cret@github.com/anna/shop, https://github.com/anna/shop/compare/main...a/b%20c?expand=1",
        "ssh://git@gitlab.example.org:2222/group/sub/shop.git, https://gitlab.example.org/group/sub/shop/-/merge_requests/new?merge_request%5Bsource_branch%5D=a%2Fb%20c&merge_request%5Btarget_branch%5D=main",
        "git@codeberg.org:anna/shop.git, https://codeberg.org/anna/shop/compare/main...a/b%20c",
        "http://gitea.local:3000/anna/shop.git/, http://gitea.local:3000/anna/shop/compare/main...a/b%20c",
        "git@bitbucket.org:anna/shop.git, https://bitbucket.org/anna/shop/pull-requests/new?source=a%2Fb%20c&dest=main",
        "https://example.org/shop.git,",
        "/srv/git/shop.git,",
        "file:///srv/github/shop.git,",
        "../github:x,",
    })
    void theForgesPageIsTakenFromTheAddress(String url, String page) {
        Remote remote = Remote.of("origin", url);
        assertThat(remote.compare("a/b c", "main")).isEqualTo(page);
        assertThat(remote.toString()).doesNotContain("s3cret");
    }
}
