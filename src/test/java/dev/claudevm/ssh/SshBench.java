package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.server.ServerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the way through us costs against OpenSSH's own {@code sshd} on the same machine in the same run. By hand: {@code
 * bench/ssh}; no test of {@code verify}, because what it finds depends on what else the machine does.
 */
class SshBench {

    private static final int MB = 256;
    private static final int ROUNDS = 3;
    private static final int KEYS = 400;

    @TempDir
    Path base;

    @Test
    void figures() throws Exception {
        Path file = base.resolve("zeroes");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(MB * 1_000_000L);
        }
        try (SshWorkspace workspace = SshWorkspace.start(base, ServerProcess.wholeCompiler(Map.of()));
                Sshd sshd = Sshd.start(base.resolve("sshd"))) {
            OpenSsh ours = workspace.client;
            OpenSsh floor = sshd.client;
            System.out.println("| what | figure | floor: sshd | goal | |\n|---|---|---|---|---|");
            bulk("exec, from the workspace", ours, floor, client -> {
                try (InputStream in = process(client, "ssh", "ws", "head -c " + MB + "000000 /dev/zero")
                        .getInputStream()) {
                    assertThat(in.transferTo(OutputStream.nullOutputStream())).isEqualTo(MB * 1_000_000L);
                }
            });
            bulk(
                    "exec, into the workspace",
                    ours,
                    floor,
                    client -> assertThat(
                                    client.ssh(file, "ws", "cat > /dev/null").exit())
                            .isZero());
            bulk("sftp, into the workspace", ours, floor, client -> sftp(client, "put " + file + " /tmp/bench-zeroes"));
            bulk("sftp, from the workspace", ours, floor, client -> sftp(client, "get /tmp/bench-zeroes /dev/null"));
            for (OpenSsh client : List.of(ours, floor)) {
                client.exec("rm -f /tmp/bench-zeroes");
            }
            long[] we = echo(ours);
            long[] they = echo(floor);
            System.out.printf(
                    "| key echo, median / p95 | %.1f / %.1f ms | %.1f / %.1f ms | 2 x | %s |%n",
                    we[KEYS / 2] / 1e6,
                    we[KEYS * 95 / 100] / 1e6,
                    they[KEYS / 2] / 1e6,
                    they[KEYS * 95 / 100] / 1e6,
                    we[KEYS / 2] <= 2 * they[KEYS / 2] ? "met" : "**missed**");
        }
    }

    /** Carries the bulk once. */
    @FunctionalInterface
    private interface Carry {
        void once(OpenSsh client) throws Exception;
    }

    private static void bulk(String what, OpenSsh ours, OpenSsh floor, Carry carry) throws Exception {
        carry.once(ours); // Until then the compiler has not seen it.
        double[] we = new double[ROUNDS];
        double[] they = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            we[i] = perSecond(ours, carry);
            they[i] = perSecond(floor, carry);
        }
        Arrays.sort(we);
        Arrays.sort(they);
        double figure = we[ROUNDS / 2];
        double least = they[ROUNDS / 2];
        System.out.printf(
                "| %s, %d MB: median of %d | %.0f MB/s | %.0f MB/s | 0.5 x | %s |%n",
                what, MB, ROUNDS, figure, least, figure >= least / 2 ? "met" : "**missed**");
    }

    private static double perSecond(OpenSsh client, Carry carry) throws Exception {
        long start = System.nanoTime();
        carry.once(client);
        return MB * 1e9 / (System.nanoTime() - start);
    }

    private void sftp(OpenSsh client, String command) throws IOException {
        Path batch = Files.writeString(base.resolve("batch"), command + "\n");
        OpenSsh.Run run = client.run(null, client.line("sftp", "-b", batch.toString(), "ws"));
        assertThat(run.exit()).as(run.err()).isZero();
    }

    private static Process process(OpenSsh client, String program, String... arguments) throws IOException {
        return client.builder(client.line(program, arguments))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** @return nanoseconds from a key to its echo by a terminal, sorted */
    private static long[] echo(OpenSsh client) throws Exception {
        Process ssh = process(client, "ssh", "-tt", "ws", "stty raw -echo; echo ready; exec cat");
        try {
            InputStream in = ssh.getInputStream();
            StringBuilder said = new StringBuilder();
            while (!said.toString().endsWith("ready\n")) {
                said.append((char) in.read());
            }
            long[] took = new long[KEYS];
            for (int i = -50; i < KEYS; i++) {
                long start = System.nanoTime();
                ssh.getOutputStream().write('x');
                ssh.getOutputStream().flush();
                assertThat(in.read()).isEqualTo('x');
                if (i >= 0) {
                    took[i] = System.nanoTime() - start;
                }
                TimeUnit.MILLISECONDS.sleep(5); // as somebody types, not as one who holds a key down
            }
            Arrays.sort(took);
            return took;
        } finally {
            ssh.destroyForcibly().waitFor();
        }
    }

    /** OpenSSH's server with its own defaults, on loopback. */
    private record Sshd(Process process, OpenSsh client) implements AutoCloseable {

        static Sshd start(Path folder) throws Exception {
            Files.createDirectories(folder);
            Path hostKey = folder.resolve("host");
            List<String> make = List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey.toString());
            assertThat(new ProcessBuilder(make).inheritIO().start().waitFor()).isZero();
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            OpenSsh client = OpenSsh.in(
                    folder.resolve("client"),
                    port,
                    Files.readString(folder.resolve("host.pub")).strip(),
                    System.getProperty("user.name"));
            Path keys = Files.writeString(folder.resolve("keys"), client.publicKey() + "\n");
            Path config = Files.writeString(folder.resolve("config"), """
                    Port %d
                    ListenAddress 127.0.0.1
                    HostKey %s
                    AuthorizedKeysFile %s
                    StrictModes no
                    PermitRootLogin yes
                    PidFile none
                    Subsystem sftp /usr/lib/openssh/sftp-server
                    """.formatted(port, hostKey, keys));
            if (System.getProperty("user.name").equals("root")) {
                Files.createDirectories(Path.of("/run/sshd"));
            }
            List<String> line = new ArrayList<>(List.of("/usr/sbin/sshd", "-D", "-e", "-f", config.toString()));
            Process process = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            await("sshd listens")
                    .atMost(20, TimeUnit.SECONDS)
                    .ignoreExceptions()
                    .until(() -> {
                        new Socket("127.0.0.1", port).close();
                        return true;
                    });
            assertThat(client.exec("true").exit())
                    .as(Files.readString(folder.resolve("log")))
                    .isZero();
            return new Sshd(process, client);
        }

        @Override
        public void close() throws InterruptedException {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            process.waitFor();
        }
    }
}
