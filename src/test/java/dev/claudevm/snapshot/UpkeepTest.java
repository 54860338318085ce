package dev.claudevm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerHome;
import dev.claudevm.fake.Databases;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.TestStores;
import dev.claudevm.workspace.WorkspaceId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What the control plane does with old snapshots, and whether it sees that something is missing: with the real restic. */
class UpkeepTest {

    private static final WorkspaceId ID = new WorkspaceId("bold-fire-1");
    private static final String FOLDER = "workspaces/bold-fire-1/restic/";

    @TempDir
    Path folder;

    private final Grants grants = new Grants();
    private ObjectStore store;
    private ResticBackend backend;
    private LocalRestic restic;
    private Upkeep upkeep;
    private SnapshotRepository snapshots;
    private Passwords passwords;
    private String password;

    @BeforeEach
    void open() throws Exception {
        DataSource database = Databases.fresh();
        Flyway.configure().dataSource(database).load().migrate();
        JdbcClient jdbc = JdbcClient.create(database);
        ServerHome home = new ServerHome(folder.resolve("home")).open();
        store = TestStores.folder(folder.resolve("store"));
        passwords = new Passwords(new Secrets(jdbc, home, new ProcessEnvironment(Map.of()), Clock.systemUTC()));
        password = passwords.of(ID);
        backend = new ResticBackend(store);
        restic = new LocalRestic(backend, grants, home, new ProcessEnvironment(Map.of("PATH", System.getenv("PATH"))));
        snapshots = new SnapshotRepository(jdbc, Clock.systemUTC());
        upkeep = new Upkeep(
                snapshots, null, passwords, restic, new Repair(snapshots, passwords, restic), store, Clock.systemUTC());
        jdbc.sql("insert into project (id, name, source, created_at) values ('p', 'p', '/p', current_timestamp)")
                .update();
        jdbc.sql(
                        "insert into workspace (id, project_id, name, provider, state, made, generation, created_at, updated_at)"
                                + " values (?, 'p', 'p', 'local', 'stopped', true, 1, current_timestamp, current_timestamp)")
                .param(ID.value())
                .update();
        new NewRepository(new SecureRandom()).make(store, FOLDER, password, Instant.now());
    }

    @AfterEach
    void close() {
        TestStores.close(store);
    }

    private void run(String... words) throws Exception {
        LocalRestic.Ended ended = restic.run(ID.value(), password, Duration.ofMinutes(1), words);
        assertThat(ended.code()).as(ended.said()).isZero();
    }

    private void snapshot(int seed) throws Exception {
        byte[] noise = new byte[2_000_000];
        new Random(seed).nextBytes(noise);
        Files.write(folder.resolve("noise"), noise);
        run("backup", "--host", ID.value(), folder.resolve("noise").toString());
    }

    /** Writes down what restic has made last. */
    private Snapshot recorded() throws Exception {
        String newest = store.list(FOLDER + "snapshots/").stream()
                .map(entry -> entry.key().substring(entry.key().lastIndexOf('/') + 1))
                .filter(name -> snapshots.of(ID, 100).stream().noneMatch(known -> name.equals(known.resticId())))
                .findFirst()
                .orElseThrow();
        Snapshot begun = snapshots.begin(ID, Snapshot.Why.REQUEST, 0);
        snapshots.done(begun.id(), newest, new Line("done", newest, 1, 0, 1, 0, 1, null, null, 0, null, null, null));
        return begun;
    }

    private Snapshot.State state(Snapshot snapshot) {
        return snapshots.find(snapshot.id()).orElseThrow().state();
    }

    private long bytes() throws Exception {
        return store.list(FOLDER + "data/").stream()
                .mapToLong(ObjectStore.Entry::bytes)
                .sum();
    }

    @Test
    void oldSnapshotsGoWithWhatOnlyTheyHadAndTheRestIsSound() throws Exception {
        for (int i = 0; i < 4; i++) {
            snapshot(i);
        }
        assertThat(bytes()).isGreaterThan(8_000_000);

        assertThat(upkeep.keep(ID, 2, 0, 0, 0)).isEmpty();

        assertThat(store.list(FOLDER + "snapshots/")).hasSize(2);
        assertThat(bytes()).isLessThan(5_000_000);
        run("check", "--read-data");
    }

    @Test
    void whatTheStoreHasLostIsMissedAndTheNextSnapshotBringsItAgain() throws Exception {
        snapshot(1);
        Snapshot older = recorded();
        List<ObjectStore.Entry> before = store.list(FOLDER + "data/");
        snapshot(2);
        Snapshot newest = recorded();
        for (ObjectStore.Entry pack : store.list(FOLDER + "data/")) {
            if (!before.contains(pack)) {
                store.delete(pack.key());
            }
        }

        assertThat(upkeep.keep(ID, 2, 1, 1, 1))
                .hasValueSatisfying(problem -> assertThat(problem).contains("the newest too"));
        assertThat(state(older)).isEqualTo(Snapshot.State.DONE);
        assertThat(state(newest)).isEqualTo(Snapshot.State.DAMAGED);

        // Its files are as they were: whoever leans on the snapshot before stores nothing.
        run("backup", "--force", "--host", ID.value(), folder.resolve("noise").toString());
        Snapshot again = recorded();
        snapshots.damaged(ID, "the newest");
        assertThat(snapshots.damage(ID)).contains("the newest");
        snapshots.wellAgain(ID);
        assertThat(snapshots.damage(ID)).isEmpty();
        assertThat(upkeep.keep(ID, 3, 1, 1, 1)).isEmpty();
        assertThat(state(again)).isEqualTo(Snapshot.State.DONE);
        String name = String.valueOf(snapshots.find(again.id()).orElseThrow().resticId());
        Path back = folder.resolve("back");
        run("restore", name, "--target", back.toString());
        assertThat(Path.of(back + folder.resolve("noise").toString())).hasSameBinaryContentAs(folder.resolve("noise"));
    }

    @Test
    void aResticThatStillAsksForWhatIsLostKeepsNobodyFromTheRepair() throws Exception {
        snapshot(1);
        Snapshot newest = recorded();
        ObjectStore.Entry pack = store.list(FOLDER + "data/").getFirst();
        store.delete(pack.key());
        String path = "/data/" + pack.key().substring(pack.key().lastIndexOf('/') + 1);
        Grant another = grants.open(ID.value(), Grant.Rights.READ);
        AtomicBoolean asks = new AtomicBoolean(true);
        Thread straggler = Thread.ofPlatform().start(() -> {
            while (asks.get()) {
                try (ResticBackend.Answer answer = backend.on(
                        another, new ResticBackend.Request("GET", path, null, InputStream.nullInputStream(), -1))) {
                    assertThat(answer.status()).isEqualTo(404);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        await().until(() -> another.seen().lost().isPresent());

        Repair repair = new Repair(snapshots, passwords, restic);
        repair.work(ID);
        asks.set(false);
        straggler.join();

        assertThat(state(newest)).isEqualTo(Snapshot.State.DAMAGED);
    }

    @Test
    void whatOnlyAnOldSnapshotLacksIsSaidOfThatOneAlone() throws Exception {
        snapshot(1);
        Snapshot older = recorded();
        List<ObjectStore.Entry> first = store.list(FOLDER + "data/");
        snapshot(2);
        Snapshot newest = recorded();
        for (ObjectStore.Entry pack : first) {
            store.delete(pack.key());
        }

        assertThat(upkeep.keep(ID, 2, 1, 1, 1)).isEmpty();
        assertThat(state(older)).isEqualTo(Snapshot.State.DAMAGED);
        assertThat(state(newest)).isEqualTo(Snapshot.State.DONE);
    }
}
