package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.SelectOption;
import dev.claudevm.testkit.CuttingProxy;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a turn changed: looked at, commented on, taken back, and that taken back. */
class ChangesTest extends Story {

    private static final String WORK =
            "bash sed -i s/many/good/ README.md && seq 1 2000 > big.txt && rm notes.txt ;; say Changed.";
    private static final String BEFORE = "# Shop\n\nSells many things.\n";
    private static final String AFTER = "# Shop\n\nSells good things.\n";

    private static Locator tab(Page page, String name) {
        return page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName(name));
    }

    private static Locator files(Page page) {
        return page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Changed files"))
                .getByRole(AriaRole.BUTTON);
    }

    private static Locator file(Page page, String name) {
        return files(page).filter(new Locator.FilterOptions().setHasText(name));
    }

    private static Locator lines(Page page, String path) {
        return page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Changes of " + path));
    }

    private static Locator restoration(Page page) {
        return page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName("Restore?"));
    }

    private Screens changed(Phone.Device device) throws Exception {
        Screens screens = begin(device, "Demo", WORK);
        assertThat(screens.approvals()).hasCount(1);
        Screens.answer(screens.approvalWith("README.md"), "Allow");
        assertThat(screens.said("Demo", "Changed.")).isVisible();
        return screens;
    }

    private Path project() throws IOException {
        return workspace().resolve("project");
    }

    private static void looks(Phone.Device device, String name) {
        for (ColorScheme scheme : ColorScheme.values()) {
            if (scheme != ColorScheme.NO_PREFERENCE) {
                device.page().emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
                device.screenshot(name + "-" + scheme.name().toLowerCase(java.util.Locale.ROOT));
                assertThat((Boolean) device.page().evaluate("document.documentElement.scrollWidth <= innerWidth"))
                        .isTrue();
            }
        }
    }

    @Test
    void aCommentOnALineBecomesAMessageAndSurvivesAReload() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = changed(device);
            Page page = device.page();
            tab(page, "Changes").click();
            assertThat(files(page)).hasCount(3);
            looks(device, "changes-list");
            file(page, "README.md").click();
            assertThat(lines(page, "README.md").locator("mark")).hasText(new String[] {"many", "good"});
            looks(device, "changes-diff");
            lines(page, "README.md").getByText("Sells good things.").click();
            screens.button("Comment").click();
            page.getByLabel("Comment on line 3").fill("Which things?");
            looks(device, "changes-comment");
            // Nothing was said to be done yet: what is typed is kept all the same.
            page.reload();
            assertThat(tab(page, "Changes")).hasAttribute("aria-selected", "true");
            file(page, "README.md").click();
            assertThat(page.getByRole(
                            AriaRole.BUTTON,
                            new Page.GetByRoleOptions()
                                    .setName(Pattern.compile("^Your comment on line 3: Which things\\?"))))
                    .isVisible();
            screens.button("Put into message").click();
            assertThat(screens.composer())
                    .hasValue("A comment on the changes:\n\nREADME.md, line 3:\n> Sells good things.\n\nWhich things?");
            screens.button("Send").click();
            assertThat(screens.articles("You").filter(new Locator.FilterOptions().setHasText("Which things?")))
                    .hasCount(1);
            tab(page, "Changes").click();
            assertThat(screens.button("Put into message")).hasCount(0);
        }
    }

    @Test
    void whatATurnDidIsTakenBackAndThatIsTakenBackByteForByte() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = changed(device);
            Page page = device.page();
            Path project = project();
            byte[] big = Files.readAllBytes(project.resolve("big.txt"));
            tab(page, "Changes").click();
            screens.button("Restore everything").click();
            page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName(Pattern.compile("before")))
                    .click();
            assertThat(restoration(page))
                    .containsText("1 file will be changed, 1 file made since then will be deleted, 1 file will come"
                            + " back: README.md, big.txt, notes.txt.");
            looks(device, "changes-restore");
            Screens.in(restoration(page), "Restore").click();
            screens.button("Undo").waitFor();
            assertThat(project.resolve("README.md")).hasContent(BEFORE);
            assertThat(project.resolve("big.txt")).doesNotExist();
            assertThat(project.resolve("notes.txt")).hasContent("not in git\n");
            looks(device, "changes-restored");

            screens.button("Undo").click();
            screens.button("Redo").waitFor();
            assertThat(project.resolve("README.md")).hasContent(AFTER);
            assertThat(project.resolve("big.txt")).hasBinaryContent(big);
            assertThat(project.resolve("notes.txt")).doesNotExist();

            // One file alone; the others stay.
            file(page, "README.md").click();
            screens.button("Restore").click();
            assertThat(restoration(page)).containsText("Restore README.md as it was before");
            assertThat(Screens.in(restoration(page), "Restore")).isEnabled();
            Screens.in(restoration(page), "Restore").click();
            Awaitility.await("the file is back")
                    .until(() -> Files.readString(project.resolve("README.md")).equals(BEFORE));
            assertThat(project.resolve("big.txt")).hasBinaryContent(big);
            tab(page, "Chat").click();
            assertThat(screens.log().getByText(Pattern.compile("restored README\\.md")))
                    .isVisible();
        }
    }

    private void picture(Path file, int red, int size) throws Exception {
        BufferedImage image = new BufferedImage(size, size / 2, BufferedImage.TYPE_INT_ARGB);
        for (int x = size / 8; x < size; x++) {
            for (int y = 0; y < size / 2; y++) {
                image.setRGB(x, y, 0xff000000 | red << 16 | (x * 255 / size) << 8 | 0x80);
            }
        }
        ImageIO.write(image, "png", file.toFile());
    }

    @Test
    void oneChangeIsTakenBackAloneAndPicturesAreShownBeforeAndAfter() throws Exception {
        String lines = IntStream.rangeClosed(1, 30).mapToObj(n -> n + "\n").collect(Collectors.joining());
        Files.writeString(repository.resolve("list.txt"), lines);
        picture(repository.resolve("logo.png"), 0x20, 320);
        picture(repository.resolve("next.png"), 0xe0, 400);
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = begin(
                    device,
                    "Demo",
                    "bash sed -i -e 's/^5$/five/' -e '/^20$/d' list.txt && mv next.png logo.png ;; say Changed.");
            assertThat(screens.approvals()).hasCount(1);
            Screens.answer(screens.approvalWith("list.txt"), "Allow");
            assertThat(screens.said("Demo", "Changed.")).isVisible();
            Page page = device.page();
            tab(page, "Changes").click();
            file(page, "logo.png").click();
            assertThat(page.getByAltText("logo.png, before")).isVisible();
            assertThat(page.getByAltText("logo.png, after")).isVisible();
            Awaitility.await("both pictures are painted").until(() -> (Boolean)
                    page.evaluate("[...document.querySelectorAll('.cv-pictures img')].every(i => i.naturalWidth > 0)"));
            looks(device, "changes-pictures");
            screens.button("All files").click();

            file(page, "list.txt").click();
            // What is left out is said by its number, also at the end.
            assertThat(screens.button("Show 8 unchanged lines")).hasCount(1);
            assertThat(screens.button("Show 7 unchanged lines")).hasCount(1);
            lines(page, "list.txt").getByText("five").click();
            looks(device, "changes-hunk");
            screens.button("Restore change").click();
            assertThat(restoration(page)).containsText("Restore this change of list.txt (line 5)?");
            looks(device, "changes-hunk-ask");
            Screens.in(restoration(page), "Restore").click();
            screens.button("Undo").waitFor();
            Path list = project().resolve("list.txt");
            assertThat(list).hasContent(lines.replace("20\n", ""));
            assertThat(page.getByText("A change of list.txt was restored")).isVisible();
            screens.button("Undo").click();
            screens.button("Redo").waitFor();
            assertThat(list).hasContent(lines.replace("20\n", "").replace("\n5\n", "\nfive\n"));

            // Somebody writes at the same place: then it is said, and nothing is lost.
            Files.writeString(list, lines.replace("20\n", "").replace("\n5\n", "\nFIVE\n"));
            lines(page, "list.txt").getByText("five").click();
            screens.button("Restore change").click();
            Screens.in(restoration(page), "Restore").click();
            tab(page, "Chat").click();
            assertThat(page.getByText("changed at this place since")).isVisible();
            assertThat(list).content().contains("FIVE");
        }
    }

    @Test
    void aLongDiffIsAWindowAndTheDeskShowsBothSides() throws Exception {
        try (Phone.Device desk = loggedIn(phone.desk(), product.url())) {
            changed(desk);
            Page page = desk.page();
            tab(page, "Changes").click();
            file(page, "README.md").click();
            assertThat(lines(page, "README.md").locator("[data-side=old] mark")).hasText("many");
            assertThat(lines(page, "README.md").locator("[data-side=new] mark")).hasText("good");
            looks(desk, "changes-desk");
            file(page, "big.txt").click();
            assertThat(lines(page, "big.txt").locator("[data-row='0']")).isVisible();
            assertThat(lines(page, "big.txt").locator("[data-row]").count()).isLessThan(300);
            lines(page, "big.txt").evaluate("box => box.scrollTo(0, box.scrollHeight)");
            assertThat(lines(page, "big.txt").locator("[data-row='1999']")).containsText("2000");
            // By keys alone.
            lines(page, "big.txt").focus();
            page.keyboard().press("ArrowUp");
            page.keyboard().press("Enter");
            page.keyboard().type("Too long");
            page.keyboard().press("Control+Enter");
            assertThat(page.getByText("1 comment", new Page.GetByTextOptions().setExact(true))
                            .first())
                    .isVisible();
        }
    }

    @Test
    void withoutAConnectionOrARunningWorkspaceItSaysWhatToDo() throws Exception {
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + network.port())) {
            Screens screens = changed(device);
            Page page = device.page();
            tab(page, "Changes").click();
            assertThat(files(page)).hasCount(3);
            network.mode(CuttingProxy.Mode.REFUSE);
            assertThat(screens.connection()).hasText("Offline, trying again");
            tab(page, "Chat").click();
            tab(page, "Changes").click();
            assertThat(page.getByText("Offline. The changes are in the workspace"))
                    .isVisible();
            looks(device, "changes-offline");
            network.mode(CuttingProxy.Mode.PASS);
            assertThat(files(page)).hasCount(3);
            screens.button("More").click();
            page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName("Stop workspace"))
                    .click();
            page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName("Stop the workspace?"))
                    .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Stop workspace"))
                    .click();
            assertThat(screens.button("Start workspace")).isVisible();
            assertThat(page.getByText("This is what was read before.")).isVisible();
            assertThat(files(page)).hasCount(3);
            looks(device, "changes-read-before");
            tab(page, "Chat").click();
            tab(page, "Changes").click();
            assertThat(page.getByText("Its changes are kept, and shown when it runs."))
                    .isVisible();
            looks(device, "changes-stopped");
            screens.button("Start workspace").click();
            assertThat(files(page)).hasCount(3);
            page.getByLabel("Which changes").selectOption(new SelectOption().setIndex(1));
            assertThat(files(page)).hasCount(3);
        }
    }
}
