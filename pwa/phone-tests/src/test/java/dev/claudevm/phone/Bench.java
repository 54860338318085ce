package dev.claudevm.phone;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.claudevm.testkit.ClaudeCode;
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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Measures, asserts nothing. Not part of {@code ./verify}: its name ends in no "Test"; {@code bench/run} runs it. Prints
 * {@code | what | figure | floor | goal |} lines.
 */
@Tag(Stage.ALONE)
class Bench extends Story {

    private static final Pattern STAMP = Pattern.compile("\\b(1[0-9]{12})\\b");
    private static final String OBSERVER = """
            window.latencies = [];
            if (!window.seenStamps) { window.seenStamps = new Set(); new MutationObserver(() => {
              const now = Date.now();
              for (const m of document.querySelector('[role=log]').innerText.matchAll(/\\b1[0-9]{12}\\b/g))
                if (!window.seenStamps.has(m[0])) { window.seenStamps.add(m[0]); window.latencies.push(now - Number(m[0])); }
            }).observe(document.body, {subtree: true, childList: true, characterData: true}); }""";

    /** The time between two frames, from the first new word on. */
    private static final String FRAMES = """
            (() => { window.gaps = []; window.counting = true; let before = 0;
            const frame = now => {
              if (!window.counting) return;
              if (window.latencies.length > 0 && before) window.gaps.push(now - before);
              before = now;
              requestAnimationFrame(frame);
            };
            requestAnimationFrame(frame); })()""";

    @BeforeAll
    static void head() {
        System.out.println("\n| what | figure | floor | goal |\n|---|---|---|---|");
    }

    @Test
    void figures() throws Exception {
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + network.port())) {
            firstLoad();
            newWorkspace(device);
            latency(device);
            lastToken(device);
            comeBack(device, network, CuttingProxy.Mode.REFUSE, "sockets killed", "1,500 ms");
            comeBack(device, network, CuttingProxy.Mode.BLACKHOLE, "black hole", "3,000 ms");
            memory();
            bridges();
        }
    }

    @Test
    void longJournals() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            longConversations(device);
        }
    }

    static void row(String what, String figure, String floor, String goal) {
        System.out.printf(Locale.ROOT, "| %s | %s | %s | %s |%n", what, figure, floor, goal);
    }

    /** Notes inside the page when it can be used: the navigation is there and the server was heard. No polling from outside. */
    private static final String USABLE = """
            if (!location.pathname.startsWith('/login')) {
              const seen = e => e.getClientRects().length > 0;
              const look = () => {
                if (window.usableAt) return;
                const online = [...document.querySelectorAll('[role=status][aria-label=Connection]')].some(e => seen(e) && e.textContent.includes('Online'));
                const nav = [...document.querySelectorAll('nav a')].some(e => seen(e) && e.textContent.trim() === 'New');
                const inbox = document.querySelector('.cv-inbox');
                if (online && nav && inbox && !inbox.textContent.includes('Loading')) window.usableAt = performance.timeOrigin + performance.now();
              };
              new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
            }""";

    /** On devices that have never been here: from the login link to the inbox, then the same page again. */
    private void firstLoad() throws Exception {
        for (String which : List.of("first", "again")) {
            LOADS.put(which, new ArrayList<>());
        }
        long wireFirst = 0;
        long wireAgain = 0;
        for (int round = 0; round < 5; round++) {
            try (Phone.Device fresh = phone.device()) {
                Page page = fresh.page();
                page.addInitScript(USABLE);
                CDPSession cdp = page.context().newCDPSession(page);
                cdp.send("Network.enable");
                AtomicLong bytes = new AtomicLong();
                cdp.on(
                        "Network.loadingFinished",
                        (JsonObject e) ->
                                bytes.addAndGet(e.get("encodedDataLength").getAsLong()));
                String link = product.cli("login-link").strip().replaceFirst("(?s).*?(http\\S+).*", "$1");
                wireFirst = load(page, "first", link, bytes);
                // As on a visit later: the service worker has taken over.
                page.waitForFunction("navigator.serviceWorker.ready.then(() => true)");
                wireAgain = load(page, "again", product.url().replace("127.0.0.1", "localhost"), bytes);
            }
        }
        row("load, first: on the wire", wireFirst / 1000 + " kB", "", "600 kB");
        row("load, first: usable and online after, median / p95", spread(LOADS.get("first")), "", "700 ms");
        row("load, again: on the wire", wireAgain / 1000 + " kB", "", "");
        row("load, again: usable and online after, median / p95", spread(LOADS.get("again")), "", "700 ms");
    }

    private static final Map<String, List<Long>> LOADS = new HashMap<>();

    private static long load(Page page, String which, String url, AtomicLong bytes) {
        bytes.set(0);
        long began = System.currentTimeMillis();
        page.navigate(url);
        page.waitForFunction("window.usableAt > 0");
        LOADS.get(which).add(((Number) page.evaluate("window.usableAt")).longValue() - began);
        page.waitForTimeout(1_500);
        return bytes.get();
    }

    /** A conversation of 100 events and one of 100,000, each opened by a browser that has not seen it. */
    private void longConversations(Phone.Device device) throws Exception {
        List<String> ids = new ArrayList<>();
        for (int events : new int[] {100, 100_000}) {
            device.page().navigate(device.page().url().replaceFirst("/c/.*", "/"));
            Screens screens = begin(device, "Demo", "say long " + events);
            PlaywrightAssertions.assertThat(screens.said("Demo", "long " + events))
                    .isVisible();
            ids.add(device.page().url().replaceFirst(".*/c/", ""));
        }
        // A stopped workspace's journal is read from the server alone.
        Matcher workspace = Pattern.compile("\\b[a-z]+-[a-z]+-\\d{4}\\b").matcher(product.cli("workspace", "list"));
        while (workspace.find()) {
            product.cli("workspace", "down", workspace.group());
        }
        product.kill9();
        LongJournal.grow(product.home(), ids.get(0), 100);
        LongJournal.grow(product.home(), ids.get(1), 100_000);
        product.start();
        for (int which = 0; which < 2; which++) {
            int events = which == 0 ? 100 : 100_000;
            List<Long> times = new ArrayList<>();
            for (int round = 0; round < 5; round++) {
                try (Phone.Device fresh = loggedIn(phone.device(), product.url())) {
                    Page page = fresh.page();
                    page.waitForFunction("navigator.serviceWorker.ready.then(() => true)");
                    page.addInitScript(
                            "new MutationObserver(() => { if (!window.openAt && document.querySelector('[role=log]')"
                                    + "?.textContent.includes('This is event " + events
                                    + " ')) window.openAt = performance.now(); })"
                                    + ".observe(document, {subtree: true, childList: true, characterData: true})");
                    page.navigate(product.url() + "/c/" + ids.get(which));
                    page.waitForFunction("window.openAt > 0");
                    times.add(((Number) page.evaluate("window.openAt")).longValue());
                }
            }
            row(
                    "opening a conversation of " + events + " events: median / p95",
                    spread(times),
                    "",
                    which == 0 ? "" : "as 100");
        }
    }

    /** From the tap on "Start" to the agent's first word on the screen. The floor is Claude Code alone, with the same key and model. */
    private void newWorkspace(Phone.Device device) throws Exception {
        List<Long> times = new ArrayList<>();
        List<Long> floors = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            String words = "The first words of round " + round + ".";
            device.page().navigate(device.page().url().replaceFirst("/c/.*", "/"));
            Screens screens = fillNew(device, "Claude", "say " + words);
            long began = System.nanoTime();
            screens.button("Start").click();
            PlaywrightAssertions.assertThat(screens.said("Claude", words)).isVisible();
            times.add((System.nanoTime() - began) / 1_000_000);
            floors.add(claudeAlone());
        }
        row("new local workspace to the agent's first output, the first", times.get(0) + " ms", "", "4,000 ms");
        row(
                "new local workspace to the agent's first output, median / p95",
                spread(times),
                "`claude -p` " + spread(floors),
                "4,000 ms");
    }

    private long claudeAlone() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(ClaudeCode.binary().toString(), "-p", "say The floor.");
        builder.environment().clear();
        builder.environment().putAll(ClaudeCode.environment(model, "test-key"));
        builder.environment().put("PATH", System.getenv("PATH"));
        builder.environment()
                .put("HOME", Files.createDirectories(base.resolve("alone")).toString());
        builder.directory(repository.toFile()).redirectErrorStream(true);
        long began = System.nanoTime();
        Process process = builder.start();
        process.getOutputStream().close();
        process.getInputStream().read();
        long time = (System.nanoTime() - began) / 1_000_000;
        process.getInputStream().readAllBytes();
        process.waitFor();
        return time;
    }

    private void latency(Phone.Device device) throws Exception {
        Screens screens = new Screens(device.page());
        for (String[] run : new String[][] {{"200", "50"}, {"600", "10"}}) {
            device.page().evaluate(OBSERVER);
            device.page().evaluate(FRAMES);
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
            List<Long> gaps = new ArrayList<>();
            ((List<?>) device.page().evaluate("(() => { window.counting = false; return window.gaps; })()"))
                    .forEach(ms -> gaps.add(((Number) ms).longValue()));
            row(
                    "frames meanwhile, gap between two: median / p95; longest; over 50 ms",
                    spread(gaps) + "; "
                            + gaps.stream().mapToLong(Long::longValue).max().orElse(0) + " ms; "
                            + gaps.stream().filter(gap -> gap > 50).count() + " of " + gaps.size(),
                    "16 ms",
                    "smooth");
        }
    }

    /** Of answers of three words: what the person waits for when the agent has little to say. */
    private void lastToken(Phone.Device device) throws Exception {
        Screens screens = new Screens(device.page());
        List<Long> last = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            PlaywrightAssertions.assertThat(screens.button("Send")).isVisible();
            device.page().evaluate(OBSERVER);
            screens.say("stamp 3 30");
            device.page().waitForFunction("window.latencies.length >= 3");
            last.add(((Number) device.page().evaluate("window.latencies.at(-1)")).longValue());
        }
        row(
                "last word of a short answer to the phone's DOM: median / p95",
                spread(last),
                floor("3", "30"),
                "p95 40 ms");
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
                .filter(process -> !process.info().commandLine().orElse("").contains("--train"))
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

    private void bridges() throws Exception {
        List<Long> ready = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            String steps = product.cli("workspace", "up", repository.toString());
            Matcher step = Pattern.compile("Bridge connects \\(([0-9.]+) s\\)").matcher(steps);
            if (step.find()) {
                ready.add(Math.round(Double.parseDouble(step.group(1)) * 1000));
            }
            Matcher workspace = Pattern.compile("\\b[a-z]+-[a-z]+-\\d{4}\\b").matcher(steps);
            if (workspace.find()) {
                product.cli("workspace", "delete", workspace.group(), "-y");
            }
        }
        row("bridge: its start to its connection, median / p95", spread(ready), "", "1,000 ms");
    }

    @Test
    void starts() throws Exception {
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

    static String spread(List<Long> values) {
        List<Long> sorted = values.stream().sorted(Comparator.naturalOrder()).toList();
        return sorted.get(sorted.size() / 2) + " / " + sorted.get((int) Math.ceil(sorted.size() * 0.95) - 1) + " ms";
    }
}
