package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.claudevm.testkit.CuttingProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The project's own git by hand: staged, committed, pushed, merged. */
class GitTest extends Story {

    private static final String REMOTE =
            "bash git init -q --bare -b main ~/origin.git && git remote add origin ~/origin.git ;; say Ready.";
    private static final String ELSEWHERE =
            "bash cd ~ && git clone -q origin.git other && cd other && sed -i s/many/few/ README.md && git -c user.name=Bob"
                    + " -c user.email=bob@localhost commit -qam Few && git push -q ;; say Theirs.";

    private static Locator list(Page page, String name) {
        return page.getByRole(
                        AriaRole.LIST, new Page.GetByRoleOptions().setName(name).setExact(true))
                .getByRole(AriaRole.LISTITEM);
    }

    private static Locator menuItem(Page page, String name) {
        return page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName(name));
    }

    private static void git(Page page) {
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Changes"))
                .click();
        new Screens(page).button("Git").click();
    }

    private static void chat(Page page) {
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Chat"))
                .click();
    }

    private static String axe() throws IOException {
        return Files.readString(Product.repository().resolve("pwa/node_modules/axe-core/axe.min.js"));
    }

    private static void looks(Phone.Device device, String name) throws IOException {
        for (ColorScheme scheme : ColorScheme.values()) {
            if (scheme != ColorScheme.NO_PREFERENCE) {
                device.page().emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
                device.screenshot(name + "-" + scheme.name().toLowerCase(java.util.Locale.ROOT));
                assertThat((Boolean) device.page().evaluate("document.documentElement.scrollWidth <= innerWidth"))
                        .isTrue();
                device.page().evaluate(axe() + ";0");
                assertThat((List<?>) device.page().evaluate(AccessibilityTest.RUN))
                        .as(name)
                        .isEmpty();
            }
        }
    }

    private static Screens allowed(Screens screens, String command, String said) {
        assertThat(screens.approvals()).hasCount(1);
        Screens.answer(screens.approvalWith(command), "Allow");
        assertThat(screens.said("Demo", said)).isVisible();
        return screens;
    }

    private static void commit(Screens screens, String message, String button) {
        screens.page().getByLabel("Commit message").fill(message);
        screens.button(button).click();
        assertThat(screens.page().getByLabel("Commit message")).hasValue("");
    }

    @Test
    void editedStagedCommittedPushedAndAConflictResolved() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = allowed(begin(device, "Demo", REMOTE), "origin.git", "Ready.");
            Page page = device.page();
            git(page);
            assertThat(list(page, "Changes")).hasCount(2);
            looks(device, "git-begin");
            page.getByLabel("Your name").fill("Anna");
            page.getByLabel("Your mail address").fill("anna@localhost");
            screens.button("Keep").click();
            assertThat(page.getByLabel("Commit message")).isVisible();

            list(page, "Changes")
                    .filter(new Locator.FilterOptions().setHasText("README.md"))
                    .getByRole(AriaRole.BUTTON)
                    .first()
                    .click();
            assertThat(page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Changes of README.md"))
                            .locator("mark"))
                    .hasText("many");
            looks(device, "git-diff");
            screens.button("Stage").click();
            assertThat(list(page, "Staged")).hasCount(1);
            page.getByLabel("Commit message").fill("Sell many things");
            looks(device, "git-staged");
            // Nothing was said to be done yet: what is typed is kept all the same.
            page.reload();
            assertThat(page.getByLabel("Commit message")).hasValue("Sell many things");
            screens.button("Commit 1 file").click();
            assertThat(list(page, "Staged")).hasCount(0);
            assertThat(page.getByLabel("Commit message")).hasValue("");
            screens.button("Push").click();
            assertThat(page.getByText("Pushed.")).isVisible();
            assertThat(page.getByText("as origin/main")).isVisible();
            looks(device, "git-pushed");
            screens.button("Close").click();

            list(page, "Changes").getByRole(AriaRole.BUTTON).first().click();
            screens.button("Discard").click();
            Locator ask = page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName("Discard?"));
            assertThat(ask).containsText("notes.txt");
            looks(device, "git-discard");
            Screens.in(ask, "Discard").click();
            assertThat(page.getByText("notes.txt discarded.")).isVisible();
            assertThat(workspace().resolve("project/notes.txt")).doesNotExist();
            screens.button("Undo").click();
            assertThat(list(page, "Changes")).hasCount(1);
            Path notes = workspace().resolve("project/notes.txt");
            Awaitility.await("it is back").untilAsserted(() -> assertThat(notes).hasContent("not in git\n"));

            chat(page);
            screens.say(ELSEWHERE);
            allowed(screens, "clone", "Theirs.");
            Files.writeString(workspace().resolve("project/README.md"), "# Shop\n\nSells most things.\n");
            git(page);
            assertThat(list(page, "Changes")).hasCount(2);
            screens.button("Stage all").click();
            commit(screens, "Most", "Commit 2 files");
            screens.button("Push").click();
            assertThat(page.getByText("Not pushed")).isVisible();
            looks(device, "git-rejected");
            page.getByRole(AriaRole.ALERT)
                    .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Pull"))
                    .click();
            screens.button("Merge").click();
            assertThat(list(page, "Conflicts")).hasCount(1);
            looks(device, "git-conflict");
            list(page, "Conflicts").getByRole(AriaRole.BUTTON).first().click();
            assertThat(page.getByText("<<<<<<< HEAD")).isVisible();
            screens.button("All files").click();
            page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Resolve README.md"))
                    .click();
            menuItem(page, "Take theirs").click();
            screens.button("Continue merge").click();
            assertThat(page.getByText("2 to push")).isVisible();
            screens.button("Push").click();
            assertThat(page.getByText("Pushed.")).isVisible();
            assertThat(workspace().resolve("project/README.md")).hasContent("# Shop\n\nSells few things.\n");

            screens.button("More of git").click();
            menuItem(page, "Log").click();
            assertThat(list(page, "Commits")).hasCount(5);
            looks(device, "git-log");
            list(page, "Commits")
                    .filter(new Locator.FilterOptions().setHasText("Sell many"))
                    .getByRole(AriaRole.BUTTON)
                    .click();
            list(page, "Files of the commit").getByRole(AriaRole.BUTTON).click();
            assertThat(page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Changes of README.md")))
                    .containsText("many");
            screens.button("All files").click();
            screens.button("Back to the log").click();
            screens.button("Back to the changes").click();
            page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Branch main")))
                    .click();
            page.getByLabel("New branch, from here").fill("next");
            looks(device, "git-branches");
            screens.button("Make and switch").click();
            assertThat(page.getByRole(
                            AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Branch next"))))
                    .isVisible();
        }
    }

    @Test
    void withoutGitAConnectionOrARunningWorkspaceItSaysWhatToDo() throws Exception {
        repository = Files.createDirectories(base.resolve("plain"));
        Files.writeString(repository.resolve("a.txt"), "one\n");
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + network.port())) {
            Screens screens = begin(device, "Demo", "say Hello.");
            assertThat(screens.said("Demo", "Hello.")).isVisible();
            Page page = device.page();
            git(page);
            assertThat(screens.button("Make it a repository")).isVisible();
            looks(device, "git-none");
            screens.button("Make it a repository").click();
            assertThat(list(page, "Changes")).hasCount(1);
            network.mode(CuttingProxy.Mode.REFUSE);
            assertThat(screens.connection()).hasText("Offline, trying again");
            assertThat(page.getByText("This is what was read before.")).isVisible();
            assertThat(screens.button("Stage all")).isDisabled();
            looks(device, "git-offline");
            network.mode(CuttingProxy.Mode.PASS);
            assertThat(screens.button("Stage all")).isEnabled();
            // git changes under the page: it is seen without a reload.
            Files.createDirectories(workspace().resolve("project/.git"));
            Files.writeString(workspace().resolve("project/.git/index.lock"), "");
            screens.button("Stage all").click();
            assertThat(page.getByRole(AriaRole.ALERT)).containsText("index.lock");
            looks(device, "git-locked");
            Files.delete(workspace().resolve("project/.git/index.lock"));
            Files.writeString(workspace().resolve("project/b.txt"), "two\n");
            assertThat(list(page, "Changes")).hasCount(2);
            screens.button("More").click();
            menuItem(page, "Stop workspace").click();
            page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName("Stop the workspace?"))
                    .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Stop workspace"))
                    .click();
            assertThat(page.getByText("This is what was read before.")).isVisible();
            page.reload();
            assertThat(page.getByText("Its git is shown when it runs.")).isVisible();
            looks(device, "git-stopped");
            screens.button("Start workspace").click();
            assertThat(list(page, "Changes")).hasCount(2);
        }
    }

    @Test
    void theDeskShowsListAndLinesAndKeysDoAll() throws Exception {
        try (Phone.Device desk = loggedIn(phone.desk(), product.url())) {
            Screens screens = begin(desk, "Demo", "say Hello.");
            assertThat(screens.said("Demo", "Hello.")).isVisible();
            Page page = desk.page();
            git(page);
            list(page, "Changes").getByRole(AriaRole.BUTTON).first().click();
            assertThat(page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Changes of README.md")))
                    .isVisible();
            looks(desk, "git-desk");
            page.getByLabel("Your name").fill("Anna");
            page.getByLabel("Your mail address").fill("anna@localhost");
            page.keyboard().press("Enter");
            assertThat(page.getByLabel("Commit message")).isVisible();
            assertThat(screens.button("Stage README.md")).isEnabled();
            screens.button("Stage README.md").focus();
            page.keyboard().press("Enter");
            assertThat(list(page, "Staged")).hasCount(1);
            page.getByLabel("Commit message").focus();
            page.keyboard().type("By keys");
            page.keyboard().press("Control+Enter");
            Awaitility.await("the commit is there")
                    .until(() -> Files.readString(workspace().resolve("project/.git/logs/HEAD"))
                            .contains("commit: By keys"));
            assertThat(list(page, "Staged")).hasCount(0);
        }
    }
}
