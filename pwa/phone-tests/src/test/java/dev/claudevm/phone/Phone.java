package dev.claudevm.phone;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ServiceWorkerPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** Debian's Chromium as a phone of 390x844 with a touch screen. One context is one device: its own cookies and storage. */
final class Phone implements AutoCloseable {

    private static final List<String> QUIET = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final Browser browser;
    private final List<Device> opened = new ArrayList<>();

    Phone() {
        // A promise is "it comes", not "it comes within five seconds on a busy machine"; bench/ has the times.
        PlaywrightAssertions.setDefaultAssertionTimeout(90_000);
        Awaitility.setDefaultTimeout(Duration.ofSeconds(45));
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of("/usr/bin/chromium"))
                        .setArgs(QUIET));
    }

    /** @return a new device that nobody has logged in on */
    Device device() {
        return opened(phone());
    }

    /** @return one that keeps nothing of the app: every part of a page comes over the network, where a test may lose it */
    Device deviceWithoutServiceWorker() {
        return opened(phone().setServiceWorkers(ServiceWorkerPolicy.BLOCK));
    }

    private static Browser.NewContextOptions phone() {
        return new Browser.NewContextOptions()
                .setViewportSize(390, 844)
                .setDeviceScaleFactor(2)
                .setHasTouch(true)
                .setIsMobile(true);
    }

    Device desk() {
        return opened(new Browser.NewContextOptions().setViewportSize(1280, 800));
    }

    private Device opened(Browser.NewContextOptions options) {
        Device device = new Device(browser.newContext(options));
        opened.add(device);
        return device;
    }

    /** @return the devices since the last call, the closed ones too */
    List<Device> opened() {
        List<Device> all = List.copyOf(opened);
        opened.clear();
        return all;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }

    /** A phone or a desk in somebody's hand. */
    static final class Device implements AutoCloseable {
        private final BrowserContext context;
        private final List<String> console = new ArrayList<>();
        private Page page;

        Device(BrowserContext context) {
            this.context = context;
            context.setDefaultTimeout(90_000);
            this.page = open();
        }

        private Page open() {
            Page opened = context.newPage();
            opened.onConsoleMessage(message -> console.add(message.type() + ": " + message.text()));
            opened.onPageError(error -> console.add("page error: " + error));
            return opened;
        }

        Page page() {
            return page;
        }

        /** Closes the page as a person swipes it away, and opens a new one. */
        Page reopen(String url) {
            page.close();
            page = open();
            page.navigate(url);
            return page;
        }

        List<String> console() {
            return console;
        }

        void screenshot(String name) {
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target/screenshots", name + ".png")));
        }

        @Override
        public void close() {
            context.close();
        }
    }
}
