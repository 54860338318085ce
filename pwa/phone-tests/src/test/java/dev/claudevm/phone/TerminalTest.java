package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ViewportSize;
import dev.claudevm.testkit.CuttingProxy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The terminal, by thumb: its key row, its keyboard, a bad network. */
class TerminalTest extends Story {

    @Test
    void theTerminalOnAPhoneComesBackAfterACutAndAReloadWithEachKeyOnce() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + proxy.port())) {
            begin(device, "Demo", "say Ready.");
            Page page = device.page();
            open(page);
            // The shell hands the terminal over to what it starts; what is typed in that moment is the shell's.
            type(page, "echo cat-$((1+1)); cat > typed");
            page.keyboard().press("Enter");
            assertThat(screen(page)).containsText("cat-2");
            type(page, "before the cut");
            page.keyboard().press("Enter");

            proxy.mode(CuttingProxy.Mode.BLACKHOLE);
            type(page, "while it was cut");
            page.keyboard().press("Enter");
            assertThat(state(page)).containsText("trying again");
            type(page, "and more");
            proxy.mode(CuttingProxy.Mode.PASS);
            assertThat(state(page)).hasText("Connected");
            assertThat(screen(page)).containsText("and more");

            type(page, " half a line");
            page.reload();
            assertThat(state(page)).hasText("Connected");
            assertThat(screen(page)).containsText("and more half a line");
            focus(page);
            page.keyboard().press("Enter");
            key(page, "Ctrl").tap();
            type(page, "d");
            // The Tab of the key row completes the name.
            type(page, "sha256sum ty");
            key(page, "Tab").tap();
            page.keyboard().press("Enter");
            String typed = "before the cut\nwhile it was cut\nand more half a line\n";
            assertThat(screen(page)).containsText(sum(typed).substring(0, 20));
            key(page, "Up").tap();
            assertThat(screen(page)).containsText(Pattern.compile("sha256sum typed[\\s\\S]*sha256sum typed"));
            key(page, "Ctrl").tap();
            type(page, "c");

            // What comes in pieces, over many connections, is what comes at once to somebody who looks anew.
            type(page, "clear; for i in $(seq 1 300); do echo line-$i; sleep 0.01; done; echo all-$((1+1))");
            page.keyboard().press("Enter");
            for (int cut = 0; cut < 3; cut++) {
                proxy.mode(CuttingProxy.Mode.REFUSE);
                assertThat(state(page)).containsText("trying again");
                proxy.mode(CuttingProxy.Mode.PASS);
                assertThat(state(page)).hasText("Connected");
            }
            assertThat(screen(page)).containsText("all-2");
            String inPieces = screen(page).innerText();
            page.reload();
            assertThat(state(page)).hasText("Connected");
            assertThat(screen(page)).containsText("all-2");
            assertThat(screen(page).innerText()).isEqualTo(inPieces);

            assertThat(device.console().stream().filter(line -> line.startsWith("page error")))
                    .isEmpty();
            assertTheKeysAreAboveTheKeyboard(page);
            device.screenshot("terminal");
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
            device.screenshot("terminal-dark");
        }
    }

    @Test
    void terminalsHaveNamesAndTheAgentsPaneIsOnlyShown() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = begin(device, "Demo", "say Seen from the pane.");
            assertThat(screens.said("Demo", "Seen from the pane.")).isVisible();
            Page page = device.page();
            open(page);
            places(page, "New terminal…");
            page.getByLabel("Name of the new terminal").fill("build");
            screens.button("Open").click();
            focus(page);
            type(page, "echo in-$((40+2))-build");
            page.keyboard().press("Enter");
            assertThat(screen(page)).containsText("in-42-build");

            places(page, "Agent’s pane, to look at");
            assertThat(screen(page)).containsText("Seen from the pane.");
            assertThat(state(page)).hasText("Read-only");
            assertThat(page.getByRole(AriaRole.TOOLBAR, new Page.GetByRoleOptions().setName("Extra keys")))
                    .isHidden();

            places(page, "build");
            assertThat(screen(page)).containsText("in-42-build");
            focus(page);
            type(page, "exit");
            page.keyboard().press("Enter");
            assertThat(state(page)).hasText("Ended");
            screens.button("Open a new one").click();
            assertThat(state(page)).hasText("Connected");

            page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Chat"))
                    .click();
            assertThat(screens.said("Demo", "Seen from the pane.")).isVisible();
            assertThat(screens.composer()).isVisible();
        }
    }

    @Test
    void whatIsTypedWhileATerminalIsMadeOrRenamedIsForThatOne() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = begin(device, "Demo", "say Ready.");
            Page page = device.page();
            open(page);
            type(page, "echo first-$((1+1))");
            page.keyboard().press("Enter");
            assertThat(screen(page)).containsText("first-2");

            // The server takes its time to make it.
            List<Route> held = new CopyOnWriteArrayList<>();
            page.route(Pattern.compile(".*/terminals/[^/]+$"), held::add);
            places(page, "New terminal…");
            page.getByLabel("Name of the new terminal").fill("build");
            screens.button("Open").click();
            type(page, "echo second-$((2+2))");
            page.keyboard().press("Enter");
            page.waitForCondition(() -> !held.isEmpty());
            assertThat(screen(page)).containsText("second-4");
            assertThat(screen(page)).not().containsText("first-2");
            held.removeFirst().resume();

            places(page, "Rename…");
            page.getByLabel("New name").fill("build server");
            screens.button("Rename").click();
            type(page, "echo third-");
            page.waitForCondition(() -> !held.isEmpty());
            held.removeFirst().resume();
            assertThat(page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Terminal: build server")))
                    .isVisible();
            type(page, "$((3+3))");
            page.keyboard().press("Enter");
            assertThat(screen(page)).containsText("third-6");
            assertThat(screen(page)).containsText("second-4");
            page.reload();
            places(page, "build server");
            assertThat(screen(page)).containsText("third-6");
        }
    }

    @Test
    void muchOutputStallsNothingLinksOpenAndTextCanBeTaken() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = begin(device, "Demo", "say Ready.");
            Page page = device.page();
            page.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
            open(page);
            type(page, "head -c 100000000 /dev/zero | tr '\\0' x | fold -w 90; echo bulk-$((6*7))");
            page.keyboard().press("Enter");
            // The page answers meanwhile.
            screens.tab("Chat").click();
            assertThat(screens.said("Demo", "Ready.")).isVisible();
            screens.tab("Terminal").click();
            assertThat(screen(page)).containsText("bulk-42");
            long heap = ((Number) page.evaluate("performance.memory.usedJSHeapSize")).longValue();
            assertThat(heap).as("bytes of JavaScript").isLessThan(120_000_000);

            focus(page);
            type(page, "clear; echo see http://127.0.0.1:9/taken-$((1+1))");
            page.keyboard().press("Enter");
            assertThat(screen(page)).containsText("taken-2");
            Locator row = screen(page).locator("> div").filter(new Locator.FilterOptions().setHasText("see http"));
            double letter = page.locator(".xterm-screen").boundingBox().width
                    / ((Number) page.evaluate("document.querySelector('cv-terminal').term.cols")).doubleValue();
            List<String> asked = new ArrayList<>();
            page.context().onRequest(request -> asked.add(request.url()));
            Page popup = page.waitForPopup(() -> row.last()
                    .tap(new Locator.TapOptions().setPosition(letter * 8, 8).setForce(true)));
            page.waitForCondition(() -> asked.stream().anyMatch(url -> url.endsWith("/taken-2")));
            popup.close();

            screens.button("Terminal settings").click();
            page.getByText("Select text").click();
            assertThat(page.getByRole(AriaRole.DIALOG, new Page.GetByRoleOptions().setName("Text of the terminal")))
                    .containsText("taken-2");
            screens.button("Copy").click();
            screens.button("Done").click();
            page.evaluate("navigator.clipboard.writeText('echo pasted-$((3+4))\\n')");
            key(page, "Paste").tap();
            page.keyboard().press("Enter");
            assertThat(screen(page)).containsText("pasted-7");

            // The browser asks the person first; what is typed meanwhile comes after what is pasted.
            page.evaluate("navigator.clipboard.readText = () => new Promise(said => (window.answer = said)); 0");
            key(page, "Paste").tap();
            type(page, "-later");
            page.keyboard().press("Enter");
            page.evaluate("answer('echo pasted-$((4+4))')");
            assertThat(screen(page)).containsText("pasted-8-later");
        }
    }

    private static void open(Page page) {
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Terminal"))
                .click();
        assertThat(state(page)).hasText("Connected");
        focus(page);
    }

    /** A keyboard takes the lower half: what is left is the row of keys, the bar, and lines between. */
    private static void assertTheKeysAreAboveTheKeyboard(Page page) {
        ViewportSize all = page.viewportSize();
        page.setViewportSize(all.width, all.height / 2);
        Locator row = page.getByRole(AriaRole.TOOLBAR, new Page.GetByRoleOptions().setName("Extra keys"));
        assertThat(row).isInViewport(new LocatorAssertions.IsInViewportOptions().setRatio(0.99));
        assertThat(state(page)).isInViewport();
        for (Locator key : row.getByRole(AriaRole.BUTTON).all()) {
            assertThat(key.boundingBox().width).isGreaterThanOrEqualTo(44);
            assertThat(key.boundingBox().height).isGreaterThanOrEqualTo(44);
        }
        assertThat(screen(page).boundingBox().height).isGreaterThan(100);
        page.setViewportSize(all.width, all.height);
    }

    private static void focus(Page page) {
        page.locator(".xterm-screen").tap();
    }

    private static void places(Page page, String item) {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Terminal: ")))
                .click();
        page.getByText(item, new Page.GetByTextOptions().setExact(true))
                .locator("visible=true")
                .last()
                .click();
    }

    private static void type(Page page, String text) {
        page.keyboard().type(text);
    }

    private static Locator key(Page page, String name) {
        return page.getByRole(AriaRole.TOOLBAR, new Page.GetByRoleOptions().setName("Extra keys"))
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator state(Page page) {
        return page.getByRole(AriaRole.STATUS, new Page.GetByRoleOptions().setName("Terminal’s connection"));
    }

    private static Locator screen(Page page) {
        return page.locator(".xterm-rows");
    }

    private static String sum(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
