package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Measures, asserts nothing: from a key to its echo, in the browser's terminal and, as the floor, through OpenSSH to an
 * {@code sshd} of this machine. {@code bench/terminal} runs it. Prints a {@code | what | figure | floor | goal |} line.
 */
class BenchTerminal extends Story {

    private static final int WARM_UP = 50;
    private static final int KEYS = 300;
    private static final double GOAL_FACTOR = 2;

    /** Notes when the next letter's echo has come: to the page, and to its lines on the screen. */
    private static final String OBSERVER = """
            () => {
              const term = document.querySelector('cv-terminal').term;
              const write = term.write.bind(term);
              window.echo = {};
              term.write = (data, done) => { window.echo.came ??= performance.now(); return write(data, done); };
              new MutationObserver(() => { window.echo.shown ??= performance.now(); })
                .observe(document.querySelector('.xterm-rows'), {subtree: true, childList: true, characterData: true});
              window.press = key => new Promise(resolve => {
                window.echo = {};
                const began = performance.now();
                term.input(key);
                const look = () => window.echo.came && window.echo.shown ? resolve([window.echo.came - began, window.echo.shown - began]) : setTimeout(look, 1);
                look();
              });
            }""";

    @Test
    void keyEcho() throws Exception {
        try (Phone.Device device = loggedIn(phone.desk(), product.url())) {
            Screens screens = begin(device, "Demo", "say Ready.");
            Page page = device.page();
            screens.tab("Terminal").click();
            assertThat(page.getByRole(AriaRole.STATUS, new Page.GetByRoleOptions().setName("Terminal’s connection")))
                    .hasText("Connected");
            page.keyboard().type("echo cat-$((1+1)); cat > /dev/null\n");
            assertThat(page.locator(".xterm-rows")).containsText("cat-2");
            page.evaluate(OBSERVER);
            List<Double> came = new ArrayList<>();
            List<Double> shown = new ArrayList<>();
            for (int i = 0; i < WARM_UP + KEYS; i++) {
                List<?> times = (List<?>) page.evaluate("key => window.press(key)", i % 60 == 59 ? "\r" : "x");
                if (i >= WARM_UP) {
                    came.add(((Number) times.get(0)).doubleValue());
                    shown.add(((Number) times.get(1)).doubleValue());
                }
            }
            List<Double> direct = openSsh();
            System.out.println("\n| what | figure | floor | goal |\n|---|---|---|---|");
            String floor = "OpenSSH direct " + spread(direct);
            String goal = String.format(Locale.ROOT, "%.1f ms (2 x)", GOAL_FACTOR * median(direct));
            System.out.printf(
                    "| key echo, to the page of the terminal: median / p95 | %s | %s | %s |%n",
                    spread(came), floor, goal);
            System.out.printf(
                    "| key echo, to the screen of the terminal: median / p95 | %s | %s | %s |%n",
                    spread(shown), floor, goal);
        }
    }

    /** The same keys through the system's client and server; the other terminal's line discipline gives them back. */
    private List<Double> openSsh() throws Exception {
        Path folder = Files.createDirectories(base.resolve("openssh"));
        for (String key : List.of("host", "mine")) {
            run(
                    "ssh-keygen",
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    "",
                    "-f",
                    folder.resolve(key).toString());
        }
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Path config = Files.writeString(
                folder.resolve("sshd_config"), """
                Port %d
                ListenAddress 127.0.0.1
                HostKey %s
                AuthorizedKeysFile %s
                PidFile none
                StrictModes no
                UsePAM no
                """.formatted(port, folder.resolve("host"), folder.resolve("mine.pub")));
        Files.createDirectories(Path.of("/run/sshd"));
        Process server = new ProcessBuilder("/usr/sbin/sshd", "-D", "-e", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("sshd.log").toFile())
                .start();
        try {
            Process client = new ProcessBuilder(
                            "ssh",
                            "-tt",
                            "-q",
                            "-F",
                            "none",
                            "-i",
                            folder.resolve("mine").toString(),
                            "-p",
                            Integer.toString(port),
                            "-o",
                            "StrictHostKeyChecking=no",
                            "-o",
                            "UserKnownHostsFile=/dev/null",
                            "-o",
                            "ConnectionAttempts=20",
                            System.getProperty("user.name") + "@127.0.0.1",
                            "echo ready; cat > /dev/null")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (InputStream out = client.getInputStream();
                    OutputStream in = client.getOutputStream()) {
                while (out.read() != '\n') {
                    // until it is ready
                }
                List<Double> times = new ArrayList<>();
                for (int i = 0; i < WARM_UP + KEYS; i++) {
                    long began = System.nanoTime();
                    in.write(i % 60 == 59 ? '\r' : 'x');
                    in.flush();
                    if (out.read() < 0) {
                        throw new IOException("OpenSSH has ended: " + Files.readString(folder.resolve("sshd.log")));
                    }
                    if (i >= WARM_UP) {
                        times.add((System.nanoTime() - began) / 1e6);
                    }
                    out.skipNBytes(out.available());
                }
                return times;
            } finally {
                client.destroy();
            }
        } finally {
            server.destroy();
            server.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static void run(String... command) throws Exception {
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static String spread(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "%.1f / %.1f ms",
                sorted.get(sorted.size() / 2),
                sorted.get((int) Math.ceil(sorted.size() * 0.95) - 1));
    }
}
