package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.server.ServerProcess;
import dev.claudevm.testkit.CuttingProxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Much data, and networks that break under it. {@code bench/ssh gigabyte} runs the first test with a gigabyte. */
class SshTransfersTest {

    private static final int BULK_MB = Integer.getInteger("claude-vm.ssh.bulk-mb", 96);
    private static final int CUT_MB = 48;

    @TempDir
    static Path base;

    private static @Nullable SshWorkspace running;

    private static SshWorkspace there() {
        return Objects.requireNonNull(running);
    }

    @BeforeAll
    static void workspace() throws Exception {
        running = SshWorkspace.start(base, ServerProcess.wholeCompiler(Map.of("CLAUDE_VM_SSH_HEARTBEAT", "2s")));
    }

    @AfterAll
    static void nothingStays() throws Exception {
        if (running != null) {
            running.close();
        }
    }

    @Test
    void muchGoesUpByRsyncAndComesBackBySftpAsItWas() throws Exception {
        Path here = base.resolve("much");
        String sum = random(here, BULK_MB);
        long start = System.nanoTime();
        OpenSsh.Run up = rsync(there().client, here);
        long between = System.nanoTime();
        assertThat(up.exit()).as(up.err()).isZero();
        assertThat(there().client.exec("sha256sum < much").out()).startsWith(sum);
        Path back = base.resolve("back");
        long again = System.nanoTime();
        Path batch = Files.writeString(base.resolve("much.batch"), "get much " + back + "\n");
        OpenSsh.Run down = there().client.run(null, there().client.line("sftp", "-b", batch.toString(), "ws"));
        long end = System.nanoTime();
        assertThat(down.exit()).as(down.err()).isZero();
        assertThat(sum(back)).isEqualTo(sum);
        Files.delete(back);
        System.out.printf(
                "%d MB: rsync up %d MB/s, sftp down %d MB/s%n",
                BULK_MB, perSecond(between - start), perSecond(end - again));
    }

    private static long perSecond(long nanos) {
        return Math.round(BULK_MB * 1e9 / nanos);
    }

    @Test
    void aTransferThatIsCutGoesOnWhereItWas() throws Exception {
        Path here = base.resolve("cut");
        String sum = random(here, CUT_MB);
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", there().port())) {
            OpenSsh client = through(network, "cut-off");
            Thread cutter = Thread.ofPlatform().start(() -> {
                await("half of it is there")
                        .atMost(1, TimeUnit.MINUTES)
                        .until(() -> network.bytesUp() > CUT_MB * 1_000_000L / 2);
                network.cutAll();
            });
            OpenSsh.Run cut = rsync(client, here, "--partial", "--inplace", "--bwlimit=16m");
            cutter.join();
            assertThat(cut.exit()).isNotZero();
            assertThat(cut.err()).containsAnyOf("closed by remote host", "Connection reset", "Broken pipe");

            long before = network.bytesUp();
            OpenSsh.Run rest = rsync(client, here, "--partial", "--inplace");
            assertThat(rest.exit()).as(rest.err()).isZero();
            assertThat(network.bytesUp() - before).as("the rest").isLessThan(CUT_MB * 1_000_000L * 3 / 4);
            assertThat(client.exec("sha256sum < cut").out()).startsWith(sum);
        }
    }

    /** Heartbeats are due every 2 s here, and their answers wait behind megabytes. */
    @Test
    void aSlowLineIsNotTakenForALostOne() throws Exception {
        Path here = base.resolve("patient");
        String sum = random(here, 4);
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", there().port())) {
            OpenSsh client = through(network, "slow");
            network.slowUp(400_000);
            OpenSsh.Run up = rsync(client, here);
            assertThat(up.exit()).as(up.err()).isZero();
            network.slowUp(Long.MAX_VALUE);
            assertThat(client.exec("sha256sum < patient").out()).startsWith(sum);
        }
    }

    @Test
    void aNetworkThatSwallowsEverythingIsNoticedAtBothEnds() throws Exception {
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", there().port())) {
            OpenSsh client = through(network, "swallowed");
            Path out = base.resolve("hole.out");
            Path err = base.resolve("hole.err");
            Process ssh = client.start(
                    out,
                    err,
                    "ssh",
                    "-o",
                    "ServerAliveInterval=1",
                    "-o",
                    "ServerAliveCountMax=2",
                    "ws",
                    "trap 'echo hung up > ~/hole; exit' HUP; echo armed; while :; do sleep 0.1; done");
            await("it runs")
                    .atMost(30, TimeUnit.SECONDS)
                    .until(() -> Files.readString(out).contains("armed"));
            network.mode(CuttingProxy.Mode.BLACKHOLE);
            assertThat(ssh.waitFor(60, TimeUnit.SECONDS))
                    .as("the client gives up")
                    .isTrue();
            assertThat(Files.readString(err)).contains("not responding");
            await("the program is told")
                    .atMost(60, TimeUnit.SECONDS)
                    .until(() -> there().client.exec("cat ~/hole").out().strip().equals("hung up"));
        }
    }

    /** Another machine of the same person, by way of a network that can be broken. */
    private static OpenSsh through(CuttingProxy network, String name) throws Exception {
        OpenSsh client = there().client(name);
        there().register(client);
        return OpenSsh.in(
                client.config().getParent(),
                network.port(),
                there().server().get("ssh").path("hostKey").asString(""),
                there().id);
    }

    private static OpenSsh.Run rsync(OpenSsh client, Path file, String... options) throws IOException {
        String[] line = new String[options.length + 6];
        line[0] = "rsync";
        line[1] = "-e";
        line[2] = String.join(" ", client.line("ssh"));
        System.arraycopy(options, 0, line, 3, options.length);
        line[options.length + 3] = "--";
        line[options.length + 4] = file.toString();
        line[options.length + 5] = "ws:" + file.getFileName();
        return client.run(null, line);
    }

    private static String random(Path file, int megabytes) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Random random = new Random(megabytes);
        byte[] block = new byte[1_000_000];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < megabytes; i++) {
                random.nextBytes(block);
                digest.update(block);
                out.write(block);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String sum(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[1_000_000];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(block); n >= 0; n = in.read(block)) {
                digest.update(block, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
