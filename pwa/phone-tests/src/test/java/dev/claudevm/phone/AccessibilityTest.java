package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every screen under axe-core, in both themes; and the main job by keyboard alone. */
class AccessibilityTest extends Story {

    static final String RUN = """
            async () => (await axe.run(document, {resultTypes: ['violations']})).violations
                .filter(v => ['serious', 'critical'].includes(v.impact))
                .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', '))""";

    private final List<String> violations = new ArrayList<>();

    @Test
    void noScreenHasASeriousViolationOrIsLargerThanTheDevice() throws Exception {
        try (Phone.Device stranger = phone.device()) {
            stranger.page().navigate(product.url() + "/login");
            look(stranger.page(), "login");
        }
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Page page = device.page();
            Screens screens = new Screens(page);
            look(page, "inbox, empty");
            screens.link("New").click();
            page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("What should be done?"))
                    .waitFor();
            look(page, "new");
            screens.link("Settings").click();
            page.getByText("API tokens").waitFor();
            look(page, "settings");
            begin(device, "Demo", "bash2 touch a ||| touch b");
            assertThat(screens.approvals()).hasCount(2);
            screens.say("say one");
            screens.say("ask Which one? | Left | Right");
            assertThat(screens.queue()).hasCount(2);
            look(page, "conversation, two approvals and a queue");
            Screens.answer(screens.approvalWith("touch a"), "Allow");
            Screens.answer(screens.approvalWith("touch b"), "Allow");
            screens.questions().waitFor();
            look(page, "conversation, question");
            screens.tab("Terminal").click();
            assertThat(page.getByRole(AriaRole.STATUS, new Page.GetByRoleOptions().setName("Terminal’s connection")))
                    .hasText("Connected");
            look(page, "terminal");
            lookForSmallTargets(page, "terminal");
            screens.button("Terminal settings").click();
            look(page, "terminal, its menu");
            page.keyboard().press("Escape");
            files(page, screens);
            screens.button("Back").or(screens.link("Back")).click();
            page.getByText("Needs you").waitFor();
            look(page, "inbox");
            screens.link("Workspaces").click();
            page.getByRole(
                            AriaRole.GROUP,
                            new Page.GetByRoleOptions().setName(java.util.regex.Pattern.compile("^Workspace ")))
                    .waitFor();
            look(page, "workspaces");
            page.getByRole(AriaRole.SEARCHBOX, new Page.GetByRoleOptions().setName("Search"))
                    .fill("touch");
            page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Found"))
                    .getByRole(AriaRole.LINK)
                    .first()
                    .waitFor();
            look(page, "search");
            screens.button("End search").click();
            page.waitForFunction("navigator.serviceWorker.controller !== null");
            page.navigate(product.url() + "/");
            page.getByText("Needs you").waitFor();
            look(page, "inbox, from what the worker keeps");
            kept(page, screens);
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void theMainJobNeedsNoPointer() throws Exception {
        try (Phone.Device desk = loggedIn(phone.desk(), product.url())) {
            Page page = desk.page();
            Screens screens = begin(desk, "Demo", "bash2 touch a ||| touch b");
            assertThat(screens.approvals()).hasCount(2);
            // A card that has just come takes nothing yet; a person's hand is slower than that.
            org.awaitility.Awaitility.await("both are answered").until(() -> {
                screens.log().focus();
                page.keyboard().press("a");
                return screens.approvals().count() == 0;
            });
            screens.composer().focus();
            page.keyboard().type("hang");
            page.keyboard().press("Enter");
            screens.button("Stop").waitFor();
            for (String text : List.of("say one", "say two")) {
                screens.composer().fill(text + "\nsecond line");
                page.keyboard().press("Enter");
                assertThat(screens.queue().filter(new Locator.FilterOptions().setHasText(text)))
                        .hasCount(1);
            }
            assertThat(screens.queue().first()).containsText("say one");
            assertThat(screens.queue().first()).containsText("in the queue, first");
            assertThat(screens.queue().last()).containsText("in the queue, 2nd");
            screens.queue()
                    .last()
                    .getByRole(
                            AriaRole.BUTTON,
                            new Locator.GetByRoleOptions().setName("Move").setExact(true))
                    .focus();
            page.keyboard().press("ArrowUp");
            assertThat(screens.queue().first()).containsText("say two");
            screens.queue().first().getByText("Edit").focus();
            page.keyboard().press("Enter");
            page.keyboard().press("Escape");
            assertThat(screens.queue().first().getByText("Edit")).isFocused();

            // Another device puts the rows into another order: the hand stays where it is.
            for (int swap = 0; swap < 2; swap++) {
                Locator row =
                        swap == 0 ? screens.queue().last() : screens.queue().first();
                String above = swap == 0 ? "say one" : "say two";
                // What was moved here may be on its way yet, and the last word counts: said again until it is so.
                org.awaitility.Awaitility.await("the other order").until(() -> {
                    page.evaluate("""
                            async above => {
                              const rows = [...document.querySelectorAll('.cv-queue li')];
                              const [up, down] = rows[0].textContent.includes(above) ? rows : rows.toReversed();
                              await fetch(`/api/v1/conversations/${location.pathname.split('/').pop()}/messages/${up.dataset.id}`, {
                                method: 'PATCH', headers: {'content-type': 'application/json'},
                                body: JSON.stringify({id: crypto.randomUUID(), before: down.dataset.id})});
                            }""", above);
                    return row.textContent().contains("say two");
                });
                assertThat(row).containsText("say two");
                assertThat(row.getByText("Edit")).isFocused();
            }
        }
    }

    /** Whatever a finger is to hit is at least 44 px wide and high. */
    private void lookForSmallTargets(Page page, String screen) {
        for (Object found : (List<?>) page.evaluate("""
                () => [...document.querySelectorAll('cv-terminal button, .cv-tabs button')].filter(b => b.checkVisibility())
                    .map(b => [b.getAttribute('aria-label') ?? b.textContent.trim(), b.getBoundingClientRect()])
                    .filter(([, r]) => r.width < 43.9 || r.height < 43.9).map(([name, r]) => `${name} is ${r.width} x ${r.height}`)""")) {
            violations.add(screen + ": too small for a finger: " + found);
        }
    }

    private void files(Page page, Screens screens) throws Exception {
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Files"))
                .click();
        Locator tree = page.getByRole(AriaRole.TREE, new Page.GetByRoleOptions().setName("Files"));
        Locator readme = tree.getByRole(AriaRole.TREEITEM, new Locator.GetByRoleOptions().setName("README.md"));
        readme.waitFor();
        look(page, "files, tree");
        targets(page, "files, tree");
        screens.button("More about README.md").click();
        look(page, "files, menu");
        page.keyboard().press("Escape");
        // By keys alone: to the last file, and open.
        tree.focus();
        page.keyboard().press("End");
        page.keyboard().press("Home");
        page.keyboard().press("r");
        page.keyboard().press("Enter");
        screens.button("Edit").waitFor();
        look(page, "files, Markdown");
        screens.button("Edit").click();
        page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Text of README.md"))
                .click();
        page.keyboard().type("x");
        screens.button("Save").waitFor();
        look(page, "files, editor");
        targets(page, "files, editor");
        screens.button("Save").click();
        page.getByText("Saved", new Page.GetByTextOptions().setExact(true)).waitFor();
        screens.button("All files").click();
        page.getByRole(AriaRole.SEARCHBOX, new Page.GetByRoleOptions().setName("Search"))
                .fill("readme");
        page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Found"))
                .getByRole(AriaRole.BUTTON)
                .first()
                .waitFor();
        look(page, "files, found");
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Chat"))
                .click();
    }

    /** What does not run, and what is deleted. */
    private void kept(Page page, Screens screens) throws Exception {
        String id = workspace().getFileName().toString();
        String _ = product.cli("workspace", "delete", id, "--yes");
        screens.link("Workspaces").click();
        page.getByText(java.util.regex.Pattern.compile("^Deleted \\(\\d+\\)$")).click();
        screens.button("Bring back workspace").waitFor();
        look(page, "workspaces, deleted");
        screens.button("Purge…").click();
        // The dialog's own element has no box; what is in it has.
        Locator cancel = Screens.in(page.getByRole(AriaRole.DIALOG), "Cancel");
        cancel.waitFor();
        look(page, "workspaces, purge");
        cancel.click();
        page.locator(".conversation-link").click();
        screens.tab("Files").click();
        Locator snapshot = page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Snapshots"))
                .getByRole(AriaRole.BUTTON)
                .first();
        snapshot.waitFor();
        look(page, "snapshots");
        targets(page, "snapshots");
        snapshot.click();
        Locator tree = page.getByRole(AriaRole.TREE, new Page.GetByRoleOptions().setName("Files"));
        Locator readme = tree.getByRole(AriaRole.TREEITEM, new Locator.GetByRoleOptions().setName("README.md"));
        readme.waitFor();
        look(page, "snapshot, tree");
        targets(page, "snapshot, tree");
        readme.click();
        screens.button("Download").waitFor();
        look(page, "snapshot, file");
        targets(page, "snapshot, file");
        String _ = product.cli("workspace", "delete", id, "--yes", "--purge");
    }

    /** Whatever is pressed is large enough for a thumb. */
    private void targets(Page page, String screen) {
        for (Object small : (List<?>) page.evaluate("""
                () => [...document.querySelectorAll('cv-files :is(button, input, [role=treeitem])')]
                    .map(e => [e, e.getBoundingClientRect()])
                    .filter(([e, box]) => box.width > 0 && (box.width < 43.5 || box.height < 43.5))
                    .map(([e, box]) => `${e.getAttribute('aria-label') ?? e.textContent} is ${box.width} x ${box.height}`)""")) {
            violations.add(screen + ": too small: " + small);
        }
    }

    private void look(Page page, String screen) throws Exception {
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            page.evaluate(
                    Files.readString(Product.repository().resolve(Path.of("pwa/node_modules/axe-core/axe.min.js")))
                            + ";0");
            for (Object found : (List<?>) page.evaluate(RUN)) {
                violations.add(screen + ", " + scheme + ": " + found);
            }
            // The frame is the screen: lists scroll inside of it.
            Object size = page.evaluate("document.documentElement.scrollWidth > innerWidth"
                    + " || document.documentElement.scrollHeight > innerHeight"
                    + " ? `${document.documentElement.scrollWidth} x ${document.documentElement.scrollHeight}` : ''");
            if (!"".equals(size)) {
                violations.add(screen + ", " + scheme + ": the page is larger than the screen: " + size);
            }
        }
    }
}
