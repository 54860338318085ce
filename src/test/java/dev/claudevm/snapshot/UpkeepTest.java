package dev.claudevm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerHome;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.TestStores;
import dev.claudevm.workspace.WorkspaceId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcDataSource;
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

    private ObjectStore store;
    private LocalRestic restic;
    private Upkeep upkeep;
    private String password;

    @BeforeEach
    void open() throws Exception {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL(
                "jdbc:h2:mem:" + UUID.randomUUID() + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1");
        Flyway.configure().dataSource(database).load().migrate();
        JdbcClient jdbc = JdbcClient.create(database);
        ServerHome home = new ServerHome(folder.resolve("home")).open();
        store = TestStores.folder(folder.resolve("store"));
        Passwords passwords =
                new Passwords(new Secrets(jdbc, home, new ProcessEnvironment(Map.of()), Clock.systemUTC()));
        password = passwords.of(ID);
        ResticBackend backend = new ResticBackend(store);
        restic = new LocalRestic(
                backend, new Grants(), home, new ProcessEnvironment(Map.of("PATH", System.getenv("PATH"))));
        upkeep = new Upkeep(
                new SnapshotRepository(jdbc, Clock.systemUTC()), null, passwords, restic, store, Clock.systemUTC());
        run("init");
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
    void anObjectThatTheStoreHasLostIsMissed() throws Exception {
        snapshot(1);
        ObjectStore.Entry lost = store.list(FOLDER + "data/").getFirst();
        store.delete(lost.key());
        assertThat(upkeep.keep(ID, 2, 1, 1, 1))
                .hasValueSatisfying(problem -> assertThat(problem).contains("snapshots"));
    }
}
