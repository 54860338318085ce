package dev.claudevm.phone;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.claudevm.testkit.CuttingProxy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Measures, asserts nothing. Not part of {@code ./verify}: its name ends in no "Test"; {@code bench/run} runs it. Prints
 * {@code | what | figure | floor | goal |} lines.
 */
class Bench extends Story {

    private static final Pattern STAMP = Pattern.compile("\\b(1[0-9]{12})\\b");
    private static final String OBSERVER = """
            window.latencies = [];
            if (!window.seenStamps) { window.seenStamps = new Set(); new MutationObserver(() => {
              const now = Date.now();
              for (const m of document.querySelector('[role=log]').innerText.matchAll(/\\b1[0-9]{12}\\b/g))
                if (!window.seenStamps.has(m[0])) { window.seenStamps.add(m[0]); window.latencies.push(now - Number(m[0])); }
            }).observe(document.body, {subtree: true, childList: true, characterData: true}); }""";

    @Test
    void figures() throws Exception {
        System.out.println("\n| what | figure | floor | goal |\n|---|---|---|---|");
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + network.port())) {
            firstLoad();
            newWorkspace(device);
            latency(device);
            comeBack(device, network, CuttingProxy.Mode.REFUSE, "sockets killed", "1,500 ms");
            comeBack(device, network, CuttingProxy.Mode.BLACKHOLE, "black hole", "3,000 ms");
            memory();
        }
        starts();
    }

    private static void row(String what, String figure, String floor, String goal) {
        System.out.printf(Locale.ROOT, "| %s | %s | %s | %s |%n", what, figure, floor, goal);
    }

    /** On a device that has never been here: from the login link to the inbox, then the same page again. */
    private void firstLoad() throws Exception {
        try (Phone.Device fresh = phone.device()) {
            Page page = fresh.page();
            CDPSession cdp = page.context().newCDPSession(page);
            cdp.send("Network.enable");
            AtomicLong bytes = new AtomicLong();
            cdp.on(
                    "Network.loadingFinished",
                    (JsonObject e) -> bytes.addAndGet(e.get("encodedDataLength").getAsLong()));
            String link = product.cli("login-link").strip().replaceFirst("(?s).*?(http\\S+).*", "$1");
            for (String which : List.of("first", "again")) {
                bytes.set(0);
                long began = System.nanoTime();
                page.navigate(which.equals("first") ? link : product.url().replace("127.0.0.1", "localhost"));
                new Screens(page).link("New").waitFor();
                PlaywrightAssertions.assertThat(new Screens(page).connection()).hasText("Online");
                long usable = (System.nanoTime() - began) / 1_000_000;
                page.waitForTimeout(1_500);
                row("load, " + which + ": on the wire", bytes.get() / 1000 + " kB", "", "600 kB");
                row("load, " + which + ": usable and online after", usable + " ms", "", "700 ms");
            }
        }
    }

    private void newWorkspace(Phone.Device device) {
        long began = System.nanoTime();
        Screens screens = begin(device, "say The first words.");
        PlaywrightAssertions.assertThat(screens.said("Claude", "The first words."))
                .isVisible();
        row("new local workspace to the agent's first output (with the form)", ms(began), "", "4,000 ms");
    }

    private void latency(Phone.Device device) throws Exception {
        Screens screens = new Screens(device.page());
        for (String[] run : new String[][] {{"200", "50"}, {"600", "10"}}) {
            device.page().evaluate(OBSERVER);
            screens.say("stamp " + run[0] + " " + run[1]);
            device.page()
                    .waitForFunction(
                            "window.latencies.length >= " + Integer.parseInt(run[0]) * 9 / 10,
                            null,
                            new Page.WaitForFunctionOptions().setTimeout(60_000));
            List<Long> seen = new ArrayList<>();
            ((List<?>) device.page().evaluate("window.latencies")).forEach(ms -> seen.add(((Number) ms).longValue()));
            row(
                    "delta to the phone's DOM, " + run[0] + " each " + run[1] + " ms: median / p95",
                    spread(seen),
                    floor(run[0], run[1]),
                    "60 / 100 ms");
        }
    }

    /** @return the same stream read by a plain HTTP client: what model and machine cost without us and without Claude */
    private String floor(String count, String pause) throws Exception {
        String body = "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"tools\":[{\"name\":\"Bash\"}],\"messages\":"
                + "[{\"role\":\"user\",\"content\":\"stamp " + count + " " + pause + "\"}]}";
        List<Long> seen = new ArrayList<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            var response = http.send(
                    HttpRequest.newBuilder(URI.create(model.baseUrl() + "/v1/messages"))
                            .header("content-type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    Matcher stamp = STAMP.matcher(line);
                    while (stamp.find()) {
                        seen.add(System.currentTimeMillis() - Long.parseLong(stamp.group(1)));
                    }
                }
            }
        }
        return seen.isEmpty() ? "" : spread(seen);
    }

    private void comeBack(Phone.Device device, CuttingProxy network, CuttingProxy.Mode mode, String what, String goal) {
        Page page = device.page();
        Screens screens = new Screens(page);
        page.evaluate("window.states = []; new MutationObserver(() => window.states.push([Date.now(),"
                + " document.querySelector('[role=status][aria-label=Connection]').innerText.trim()]))"
                + ".observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true})");
        long cut = System.currentTimeMillis();
        network.mode(mode);
        PlaywrightAssertions.assertThat(screens.connection()).hasText("Offline, trying again");
        page.waitForTimeout(20_000 - (System.currentTimeMillis() - cut));
        long back = System.currentTimeMillis();
        network.mode(CuttingProxy.Mode.PASS);
        PlaywrightAssertions.assertThat(screens.connection()).hasText("Online");
        long loss = first(page, "Offline", cut) - cut;
        long online = first(page, "Online", back) - back;
        row(what + ": the loss is on the screen after", loss + " ms", "", "2,000 ms");
        row(what + " for 20 s: up to date after", online + " ms", "", goal);
    }

    private static long first(Page page, String state, long after) {
        return ((Number) page.evaluate(
                        "([state, after]) => window.states.filter(s => s[0] >= after && s[1].startsWith(state))[0]?.[0] ?? 0",
                        List.of(state, Double.valueOf(after))))
                .longValue();
    }

    private void memory() {
        row("server, RSS in use", rss("dev.claudevm.cli.Main") + " MB", "", "350 MB");
        row("bridge, RSS in use", rss("dev.claudevm.bridge.BridgeMain") + " MB", "", "100 MB");
    }

    private static long rss(String mainClass) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(mainClass))
                .map(process -> Path.of("/proc", Long.toString(process.pid()), "status"))
                .mapToLong(Bench::rss)
                .max()
                .orElse(0);
    }

    private static long rss(Path status) {
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (java.io.IOException gone) {
            return 0;
        }
    }

    private void starts() throws Exception {
        List<Long> lists = new ArrayList<>();
        List<Long> floors = new ArrayList<>();
        for (int round = 0; round < 10; round++) {
            long began = System.nanoTime();
            product.cli("workspace", "list");
            lists.add((System.nanoTime() - began) / 1_000_000);
            began = System.nanoTime();
            new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            floors.add((System.nanoTime() - began) / 1_000_000);
        }
        row("`workspace list`: median / p95", spread(lists), "`java -version` " + spread(floors), "400 ms");
        List<Long> starts = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            product.kill9();
            long began = System.nanoTime();
            product.start();
            starts.add((System.nanoTime() - began) / 1_000_000);
        }
        row("server: start to its link (warm): median / p95", spread(starts), "", "3,500 ms");
    }

    private static String ms(long beganNanos) {
        return (System.nanoTime() - beganNanos) / 1_000_000 + " ms";
    }

    private static String spread(List<Long> values) {
        List<Long> sorted = values.stream().sorted(Comparator.naturalOrder()).toList();
        return sorted.get(sorted.size() / 2) + " / " + sorted.get((int) Math.ceil(sorted.size() * 0.95) - 1) + " ms";
    }
}
