package dev.claudevm.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.contract.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a project comes into a workspace: clones, copies, and what is refused. */
@SuppressWarnings("NullAway.Init")
class ProjectSourcesTest {

    private static final String ID = "bold-fire-1234";
    private static final Progress QUIET = (step, done, detail) -> {};

    @TempDir
    Path temp;

    private Path home;
    private Path root;
    private Path source;
    private LocalProvider provider;

    @BeforeEach
    void setUp() throws IOException {
        home = temp.resolve("the home");
        root = home.resolve("workspaces");
        source = Files.createDirectories(temp.resolve("my project ü"));
        provider = new LocalProvider(root, LocalOptions.defaults());
    }

    @AfterEach
    void tearDown() throws ProviderException {
        provider.delete(ID, QUIET);
    }

    private Path create(String from, @Nullable String branch) throws ProviderException {
        provider.create(new CreateSpec(ID, from, branch), QUIET);
        return root.resolve(ID).resolve("project");
    }

    private Path copy() throws ProviderException {
        return create(source.toString(), null);
    }

    private void repository() throws Exception {
        Shell.run(source, """
                git init -q -b main . && echo one >tracked && git add . && git commit -qm first
                git branch side && git remote add origin https://example.org/x.git
                """);
    }

    private void assertNothingLeft() throws Exception {
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
        assertThat(Shell.run(home, "find . -mindepth 2 -not -name .next-uid")).isEmpty();
    }

    @Test
    void aFolderIsCopiedAsItIs() throws Exception {
        Shell.run(source, """
                mkdir -p a/b empty ro; echo x >a/b/exe; chmod 751 a/b/exe; echo s >ro/s; chmod 440 ro/s; chmod 555 ro
                ln -s /etc/passwd outside; ln -s a/b/exe inside; ln -s nowhere broken; ln -s a/b adir
                touch -- '-rf' 'two words' $'new\\nline' "quote'\\"s" ünï $'bytes\\xff'; mkfifo pipe
                """);
        Files.setLastModifiedTime(source.resolve("a/b/exe"), FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
        Files.setLastModifiedTime(source.resolve("a"), FileTime.from(Instant.parse("2002-02-03T04:05:06Z")));
        String list =
                "find . -mindepth 1 ! -name pipe \\( -type l -printf '%P %y %l\\n' -o -printf '%P %y %m %T@\\n' \\) | sort";
        Path copy = copy();
        assertThat(Shell.run(copy, list)).isEqualTo(Shell.run(source, list));
        assertThat(copy.resolve("pipe")).doesNotExist();
        assertThat(Files.readSymbolicLink(copy.resolve("outside"))).isEqualTo(Path.of("/etc/passwd"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rwx------");
    }

    @Test
    void aRepositoryKeepsStagedChangedUntrackedIgnoredAndStashed() throws Exception {
        repository();
        Shell.run(source, """
                echo stashed >>tracked; git stash -q
                echo staged >new; git add new; echo changed >>tracked; echo u >untracked; echo ign >.gitignore; echo i >ign
                """);
        String before =
                Shell.run(source, "git status --porcelain --ignored; git diff; git diff --cached; git stash list");
        String listing = Shell.run(source, "find . -type f ! -name index -exec md5sum {} + | sort");
        Path copy = copy();
        assertThat(Shell.run(copy, "git status --porcelain --ignored; git diff; git diff --cached; git stash list"))
                .isEqualTo(before)
                .contains("A  new", " M tracked", "?? untracked", "!! ign");
        assertThat(Shell.run(copy, "git branch --format='%(refname:short)'; git remote get-url origin"))
                .isEqualTo("main\nside\nhttps://example.org/x.git");
        assertThat(Shell.run(source, "find . -type f ! -name index -exec md5sum {} + | sort"))
                .as("the source is not changed")
                .isEqualTo(listing);
    }

    @Test
    void aWorktreeBecomesARepositoryOfItsOwn() throws Exception {
        repository();
        Path tree = temp.resolve("a tree");
        Shell.run(source, "git worktree add -q '" + tree + "' side && echo main-only >m && git add m");
        Shell.run(tree, "echo staged >s; git add s; echo un >u");
        Path copy = create(tree.toString(), null);
        assertThat(copy.resolve(".git")).isDirectory();
        assertThat(
                        Shell.run(
                                copy,
                                "git status --porcelain; git symbolic-ref --short HEAD; git fsck --no-dangling 2>&1 | grep -v notice || true"))
                .isEqualTo("A  s\n?? u\nside");
        Shell.run(copy, "git commit -qm more && git checkout -q main");
        assertThat(Shell.run(source, "git log --format=%s --all")).isEqualTo("first");
    }

    @Test
    void aSubmoduleBecomesARepositoryOfItsOwnAndIsKeptInItsParent() throws Exception {
        repository();
        Path parent = Files.createDirectories(temp.resolve("parent"));
        Shell.run(
                parent,
                "git init -q -b main . && git submodule --quiet add '" + source
                        + "' sub && git commit -qm p && echo c >>sub/tracked");
        Path alone = create(parent.resolve("sub").toString(), null);
        assertThat(Shell.run(alone, "git status --porcelain; git log --format=%s"))
                .isEqualTo("M tracked\nfirst");
        assertThat(Shell.run(alone, "git rev-parse --absolute-git-dir"))
                .isEqualTo(alone.resolve(".git").toString());
        provider.delete(ID, QUIET);
        Path whole = create(parent.toString(), null);
        assertThat(Shell.run(whole, "git -C sub status --porcelain; git -C sub rev-parse --absolute-git-dir"))
                .isEqualTo("M tracked\n" + whole.resolve(".git/modules/sub"));
    }

    @Test
    void aRepositoryThatBorrowsObjectsStandsAlone() throws Exception {
        repository();
        Path borrower = temp.resolve("borrower");
        Shell.run(temp, "git clone -q --shared '" + source + "' borrower");
        Path copy = create(borrower.toString(), null);
        assertThat(copy.resolve(".git/objects/info/alternates")).doesNotExist();
        Shell.run(temp, "mv '" + source + "' gone");
        assertThat(Shell.run(copy, "git fsck --full 2>&1 | grep -i missing || git log --format=%s"))
                .isEqualTo("first");
    }

    @Test
    void aGitFileThatPointsToAStrangersRepositoryIsRefused() throws Exception {
        repository();
        Path trap = Files.createDirectories(temp.resolve("trap"));
        Files.writeString(trap.resolve(".git"), "gitdir: " + source.resolve(".git") + "\n");
        assertThatThrownBy(() -> create(trap.toString(), null)).hasMessageContaining("does not know this folder");
        assertNothingLeft();
    }

    @Test
    void aBranchIsCheckedOutInTheCopyOnly() throws Exception {
        repository();
        Shell.run(
                source,
                "git checkout -q side && echo two >on-side && git add . && git commit -qm second && git checkout -q main");
        Path copy = create(source.toString(), "side");
        assertThat(Shell.run(copy, "git symbolic-ref --short HEAD; cat on-side"))
                .isEqualTo("side\ntwo");
        assertThat(Shell.run(source, "git symbolic-ref --short HEAD")).isEqualTo("main");
    }

    @Test
    void aRemoteBranchIsFollowed() throws Exception {
        repository();
        Shell.run(temp, "git clone -q '" + source + "' cloned");
        Path copy = create(temp.resolve("cloned").toString(), "side");
        assertThat(Shell.run(copy, "git rev-parse --abbrev-ref 'side@{upstream}'"))
                .isEqualTo("origin/side");
    }

    @Test
    void aBranchThatIsMissingOrInTheWayIsSaidAndLeavesNothing() throws Exception {
        repository();
        assertThatThrownBy(() -> create(source.toString(), "nix"))
                .hasMessageContaining("\"nix\" does not exist")
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.todo()).contains("main, side"));
        assertNothingLeft();
        Shell.run(
                source,
                "git checkout -q side && echo two >tracked && git commit -qam second && git checkout -q main && echo mine >tracked");
        assertThatThrownBy(() -> create(source.toString(), "side"))
                .hasMessageContaining("would be overwritten by checkout");
        assertNothingLeft();
        Files.createDirectories(temp.resolve("plain"));
        assertThatThrownBy(() -> create(temp.resolve("plain").toString(), "main"))
                .hasMessageContaining("no git repository");
        assertNothingLeft();
    }

    @Test
    void aRepositoryRunsNothingOfItsOwnOnThisMachine() throws Exception {
        repository();
        Path touched = temp.resolve("touched");
        Shell.run(source, """
                git checkout -q side && echo '* filter=evil' >.gitattributes && echo f >f && git add . && git commit -qm f && git checkout -q main
                git config filter.evil.smudge 'touch "%1$s"; cat'
                git config core.fsmonitor 'touch "%1$s"'
                printf '#!/bin/sh\\ntouch "%1$s"\\n' >.git/hooks/post-checkout; chmod +x .git/hooks/post-checkout
                """.formatted(touched));
        create(source.toString(), "side");
        assertThat(touched).doesNotExist();
        provider.delete(ID, QUIET);
        create("file://" + source.toString().replace(" ", "%20"), "side");
        assertThat(touched).doesNotExist();
    }

    @Test
    void aUrlIsClonedWithHistoryAndProgress() throws Exception {
        repository();
        Shell.run(source, "head -c 3000000 /dev/urandom >big && git add . && git commit -qm second");
        var heard = new ArrayList<String>();
        provider.create(
                new CreateSpec(ID, "file://" + source, "side"), (step, done, detail) -> heard.add(step + " " + detail));
        assertThat(heard).anyMatch(line -> line.matches("Clone file.*Receiving objects 100% \\(\\d+/\\d+\\).*"));
        Path copy = root.resolve(ID).resolve("project");
        assertThat(Shell.run(copy, "git symbolic-ref --short HEAD; git log --format=%s origin/main"))
                .isEqualTo("side\nsecond\nfirst");
    }

    @Test
    void aBareRepositoryIsCloned() throws Exception {
        repository();
        Shell.run(temp, "git clone -q --bare '" + source + "' bare.git");
        Path copy = create(temp.resolve("bare.git").toString(), null);
        assertThat(Shell.run(copy, "cat tracked")).isEqualTo("one");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--upload-pack=touch x",
                "-x:y",
                "ext::sh -c true",
                "ftp://example.org/x",
                "relative/path",
                "",
                "https://-x/y",
                "ssh://-oProxyCommand=x/y",
                "javascript:alert(1)::x",
                "a\tb:c"
            })
    void whatGitCouldTakeForSomethingElseIsRefused(String bad) throws Exception {
        assertThatThrownBy(() -> create(bad, null)).isInstanceOf(ProviderException.class);
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--orphan", "a..b", "a b", "", "x\ny", "@{-1}", "refs/heads/../x"})
    void aBadBranchNameIsRefused(String bad) throws Exception {
        repository();
        assertThatThrownBy(() -> create(source.toString(), bad)).hasMessageContaining("branch");
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "A-b", "", "a/b", "a.making", "-x"})
    void aBadIdIsRefused(String bad) {
        assertThatThrownBy(() -> provider.create(new CreateSpec(bad, source.toString(), null), QUIET))
                .hasMessageContaining("no workspace's id");
        assertThatThrownBy(() -> provider.delete(bad, QUIET)).isInstanceOf(ProviderException.class);
    }

    @Test
    void gitsOwnWordsSayWhyAUrlCannotBeCloned() throws Exception {
        assertThatThrownBy(() -> create("file:///nowhere/at/all.git", null))
                .hasMessageContaining("does not appear to be a git repository");
        assertThatThrownBy(() -> create("http://user:s3cret@127.0.0.1:9/x.git", null))
                .hasMessageContaining("127.0.0.1")
                .hasMessageNotContaining("s3cret");
        repository();
        assertThatThrownBy(() -> create("file://" + source, "nix")).hasMessageContaining("Remote branch nix not found");
        assertNothingLeft();
    }

    @Test
    void aPathThatIsNoFolderOrOurOwnHomeIsRefused() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "x");
        assertThatThrownBy(() -> create(file.toString(), null)).hasMessageContaining("is not a folder");
        assertThatThrownBy(() -> create("/proc/self", null)).hasMessageContaining("a view of the system");
        for (Path ours : new Path[] {temp, root, home, Path.of("/")}) {
            assertThatThrownBy(() -> create(ours.toString(), null)).hasMessageContaining("claude-vm's own data");
        }
        assertNothingLeft();
    }

    @Test
    void aFullDiskIsSaidAndLeavesNothing() throws Exception {
        Shell.run(source, "head -c 3000000 /dev/urandom >big");
        Path small = Files.createDirectories(temp.resolve("small"));
        Shell.run(temp, "mount -t tmpfs -o size=2m small '" + small + "'");
        try {
            var tight = new LocalProvider(small.resolve("workspaces"), LocalOptions.defaults());
            assertThatThrownBy(() -> tight.create(new CreateSpec(ID, source.toString(), null), QUIET))
                    .hasMessageContaining("disk is full");
            assertThat(tight.status(ID)).isEqualTo(Status.ABSENT);
            assertThat(Shell.run(small, "find . -name '*.making'")).isEmpty();
            repository();
            assertThatThrownBy(() -> tight.create(new CreateSpec(ID, "file://" + source, null), QUIET))
                    .isInstanceOf(ProviderException.class);
            assertThat(Shell.run(small, "find . -name '*.making'")).isEmpty();
        } finally {
            Shell.run(temp, "umount '" + small + "'");
        }
    }

    @Test
    void leftoversOfACrashAreClearedAway() throws Exception {
        Shell.run(temp, "mkdir -p '%1$s/%2$s.making/project' '%1$s/%2$s.deleting/x'".formatted(root, ID));
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
        copy();
        provider.delete(ID, QUIET);
        assertNothingLeft();
    }
}
