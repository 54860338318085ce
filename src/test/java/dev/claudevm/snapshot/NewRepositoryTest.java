package dev.claudevm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.TestStores;
import dev.claudevm.testkit.CleanProcess;
import dev.claudevm.workspace.WorkspaceId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the control plane makes, as the real restic sees it. */
class NewRepositoryTest {

    private static final WorkspaceId ID = new WorkspaceId("bold-fire-1");
    private static final String REPOSITORY = "workspaces/bold-fire-1/restic/";
    private static final String PASSWORD = "a password of öur own";

    @TempDir
    Path folder;

    private ObjectStore store;
    private RepositoryTalk talk;

    @BeforeEach
    void open() {
        store = TestStores.folder(folder.resolve("store"));
        talk = new RepositoryTalk(store, Clock.systemUTC());
    }

    @AfterEach
    void close() {
        TestStores.close(store);
    }

    private CleanProcess restic(String password, String... words) {
        List<String> command = new ArrayList<>(List.of("restic", "--no-cache"));
        command.addAll(List.of(words));
        return CleanProcess.of(command)
                .env("RESTIC_PASSWORD", password)
                .env("RESTIC_REPOSITORY", "store/objects/" + REPOSITORY)
                .in(folder)
                .start();
    }

    private String fine(String... words) {
        try (CleanProcess process = restic(PASSWORD, words)) {
            assertThat(process.awaitExit(Duration.ofMinutes(1)))
                    .as(process.log())
                    .isZero();
            return process.log();
        }
    }

    private String only(String type) throws Exception {
        List<ObjectStore.Entry> all = store.list(REPOSITORY + type + "/");
        assertThat(all).hasSize(1);
        return all.getFirst().key();
    }

    @Test
    void resticWorksWithItAndItsPasswordOpensIt() throws Exception {
        talk.prepare(ID, PASSWORD);
        String key = only("keys");
        talk.prepare(ID, PASSWORD);
        assertThat(only("keys")).as("it is made once").isEqualTo(key);

        Files.writeString(folder.resolve("a.txt"), "hello");
        fine("backup", "a.txt");
        fine("check", "--read-data");
        assertThat(fine("dump", "latest", "/a.txt")).contains("hello");
        assertThat(fine("cat", "config")).contains("\"version\": 2");
        try (CleanProcess process = restic("another", "snapshots")) {
            assertThat(process.awaitExit(Duration.ofMinutes(1))).isNotZero();
            assertThat(process.log()).contains("wrong password or no key found");
        }
    }

    @Test
    void aCrashAfterTheKeyLeavesNothingThatIsInTheWay() throws Exception {
        talk.prepare(ID, PASSWORD);
        store.delete(REPOSITORY + "config");

        talk.prepare(ID, PASSWORD);

        String _ = only("keys");
        fine("check");
    }

    /** Another configuration would leave the snapshots there and unreadable. */
    @Test
    void aRepositoryThatHasLostItsConfigurationIsNotMadeAnew() throws Exception {
        talk.prepare(ID, PASSWORD);
        Files.writeString(folder.resolve("a.txt"), "hello");
        fine("backup", "a.txt");
        String key = only("keys");
        store.delete(REPOSITORY + "config");

        assertThatThrownBy(() -> talk.prepare(ID, PASSWORD))
                .isInstanceOf(SnapshotTalk.Failed.class)
                .hasMessageContaining("lost")
                .hasMessageContaining("config");

        assertThat(only("keys")).isEqualTo(key);
        assertThat(store.head(REPOSITORY + "config")).isEmpty();
    }

    @Test
    void thatItHasLostItsKeyIsSaid() throws Exception {
        talk.prepare(ID, PASSWORD);
        store.delete(only("keys"));

        assertThatThrownBy(() -> talk.prepare(ID, PASSWORD))
                .isInstanceOf(SnapshotTalk.Failed.class)
                .hasMessageContaining("lost")
                .hasMessageContaining("key");
    }
}
