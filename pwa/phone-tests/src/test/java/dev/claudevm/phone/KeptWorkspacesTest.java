package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What is kept of workspaces that do not run: their snapshots in the tab Files, and deleted ones among the workspaces. */
class KeptWorkspacesTest extends Story {

    private static final String README = "# Shop\n\nSells many things.\n";

    private Page page;
    private Screens screens;
    private String id;

    private void open(Phone.Device device) throws Exception {
        screens = begin(device, "Demo", "say Here I am.");
        assertThat(screens.said("Demo", "Here I am.")).isVisible();
        page = device.page();
        id = workspace().getFileName().toString();
    }

    private Locator group(String name) {
        return page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName(name));
    }

    private Locator file(String name) {
        return page.getByRole(AriaRole.TREE, new Page.GetByRoleOptions().setName("Files"))
                .getByRole(AriaRole.TREEITEM, new Locator.GetByRoleOptions().setName(name));
    }

    private Locator snapshots() {
        return page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Snapshots"));
    }

    private void menu(String button, String item) {
        screens.button(button).click();
        page.getByRole(
                        AriaRole.MENUITEM,
                        new Page.GetByRoleOptions().setName(item).setExact(true))
                .click();
    }

    private void looks(Phone.Device device, String name) {
        for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            device.screenshot("kept-" + name + "-" + scheme.name().toLowerCase(Locale.ROOT));
        }
    }

    @Test
    void theSnapshotsOfAStoppedWorkspaceAreLookedIntoTakenFromAndBroughtBack() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            Path project = workspace().resolve("project");
            String _ = product.cli("workspace", "down", id);
            screens.tab("Files").click();
            assertThat(page.getByText("What it had before is in its snapshots."))
                    .isVisible();
            assertThat(snapshots()).containsText("before it stopped");
            looks(device, "snapshots");

            snapshots()
                    .getByRole(AriaRole.BUTTON)
                    .filter(new Locator.FilterOptions().setHasText("before it stopped"))
                    .first()
                    .click();
            assertThat(file("README.md")).isVisible();
            looks(device, "snapshot");
            file("README.md").click();
            assertThat(page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("README.md")))
                    .containsText("Sells many things.");
            looks(device, "file");
            Download download =
                    page.waitForDownload(() -> screens.button("Download").click());
            assertThat(download.suggestedFilename()).isEqualTo("README.md");
            assertThat(download.path()).hasContent(README);
            screens.button("All files of the snapshot").click();
            screens.button("Home").click();
            assertThat(page.getByRole(AriaRole.TREEITEM).first()).isVisible();
            page.setViewportSize(1280, 844);
            screens.button("Project").click();
            file("README.md").click();
            looks(device, "desk");
            page.setViewportSize(390, 844);
            screens.button("All files of the snapshot").click();

            Files.writeString(project.resolve("README.md"), "broken");
            menu("What to do with this snapshot", "Bring all of it back");
            looks(device, "ask");
            Screens.in(group("Bring it back?"), "Bring back").click();
            assertThat(file("notes.txt")).isVisible();
            Awaitility.await("the file is as it was")
                    .untilAsserted(
                            () -> assertThat(project.resolve("README.md")).hasContent(README));

            // Also while it runs: to look, not to replace.
            menu("Add and more", "Snapshots");
            snapshots().getByRole(AriaRole.BUTTON).first().click();
            menu("What to do with this snapshot", "Bring all of it back");
            assertThat(group("Bring it back?")).containsText("Stop it first");
            Screens.in(group("Bring it back?"), "Cancel").click();
            screens.button("Back to the files").click();
            assertThat(file("notes.txt")).isVisible();
        }
    }

    @Test
    void aDeletedWorkspaceIsReadBroughtBackAndPurged() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            String _ = product.cli("workspace", "delete", id, "--yes");
            assertThat(page.getByText("The workspace is deleted")).isVisible();
            assertThat(screens.composer()).isHidden();
            screens.tab("Files").click();
            assertThat(snapshots()).containsText("before it was deleted");
            looks(device, "deleted-files");

            workspaces();
            page.getByText("Deleted (1)").click();
            assertThat(card()).containsText("deleted");
            looks(device, "deleted");
            page.setViewportSize(1280, 844);
            looks(device, "deleted-desk");
            page.setViewportSize(390, 844);
            card().getByRole(AriaRole.LINK)
                    .filter(new Locator.FilterOptions().setHasText("Here I am"))
                    .click();
            assertThat(screens.said("Demo", "Here I am.")).isVisible();

            workspaces();
            page.getByText("Deleted (1)").click();
            screens.button("Bring back workspace").click();
            assertThat(card()).containsText("running");
            assertThat(page.getByText("Deleted (1)")).isHidden();
            Screens.in(card(), "Delete…").click();
            looks(device, "delete");
            Screens.in(page.getByRole(AriaRole.DIALOG), "Delete").click();
            assertThat(page.getByText("Deleted (1)")).isVisible();
            // The part stays as it was left: unfolded.
            assertThat(Screens.in(card(), "Purge…")).isVisible();
            Screens.in(card(), "Purge…").click();
            looks(device, "purge");
            Screens.in(page.getByRole(AriaRole.DIALOG), "Purge").click();
            assertThat(card()).hasCount(0);
            assertThat(product.cli("workspace", "list", "--status", "deleted")).contains("No workspace is deleted");
        }
    }

    @Test
    void theSameIsTriedInTwoCopies() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            Files.writeString(workspace().resolve("project/just-now"), "not in any snapshot");
            workspaces();
            card().getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName("Try in copies"))
                    .click();
            page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("What should be done?"))
                    .fill("say This is a copy.");
            page.getByRole(AriaRole.RADIO, new Page.GetByRoleOptions().setName("Demo"))
                    .click();
            assertThat(page.getByRole(
                            AriaRole.RADIO,
                            new Page.GetByRoleOptions().setName("2").setExact(true)))
                    .hasAttribute("aria-checked", "true");
            looks(device, "copies");
            screens.button("Start").click();
            Locator copies = page.getByText("A copy of " + id);
            assertThat(copies).hasCount(2);
            Locator talks =
                    page.locator(".conversation-link").filter(new Locator.FilterOptions().setHasText("This is a copy"));
            assertThat(talks).hasCount(2);
            looks(device, "copied");
            page.setViewportSize(1280, 844);
            looks(device, "copied-desk");
            page.setViewportSize(390, 844);
            talks.first().click();
            assertThat(screens.said("Demo", "This is a copy.")).isVisible();
            screens.tab("Files").click();
            assertThat(file("just-now")).isVisible();
        }
    }

    private void workspaces() {
        page.navigate(product.url() + "/workspaces");
        assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName("Workspaces")))
                .isVisible();
    }

    private Locator card() {
        return group("Workspace " + id);
    }
}
