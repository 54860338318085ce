package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import dev.claudevm.testkit.CuttingProxy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A workspace's files by hand, from a phone: looked at, searched, changed, brought, taken away and brought back. */
class FilesTabTest extends Story {

    private static final byte[] PIXEL = java.util.Base64.getDecoder()
            .decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");

    private Page page;
    private Screens screens;
    private Path project;

    /** Begins a conversation and opens the tab. */
    private void open(Phone.Device device) throws Exception {
        screens = begin(device, "Demo", "say Here I am.");
        assertThat(screens.said("Demo", "Here I am.")).isVisible();
        page = device.page();
        project = workspace().resolve("project");
        tab("Files");
        assertThat(row("README.md")).isVisible();
    }

    private void tab(String name) {
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName(name)).click();
    }

    private Locator tree() {
        return page.getByRole(AriaRole.TREE, new Page.GetByRoleOptions().setName("Files"));
    }

    /** By its name; a file's size, and where a link leads, come behind it. */
    private Locator row(String name) {
        return tree().getByRole(
                        AriaRole.TREEITEM,
                        new Locator.GetByRoleOptions()
                                .setName(Pattern.compile("^" + name.replaceAll("[^\\p{L}\\p{N} ]", "\\\\$0")
                                        + "( [0-9.]+ [kM]?B| to .*)?$")));
    }

    private Locator text(String path) {
        return page.getByRole(
                AriaRole.TEXTBOX,
                new Page.GetByRoleOptions().setName("Text of " + path).setExact(true));
    }

    private Locator group(String name) {
        return page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName(name));
    }

    private Locator found() {
        return page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Found"))
                .getByRole(AriaRole.BUTTON);
    }

    private Locator search() {
        return page.getByRole(AriaRole.SEARCHBOX, new Page.GetByRoleOptions().setName("Search"));
    }

    private void menu(String button, String item) {
        screens.button(button).click();
        page.getByRole(
                        AriaRole.MENUITEM,
                        new Page.GetByRoleOptions().setName(item).setExact(true))
                .click();
    }

    private void back() {
        screens.button("All files").click();
        assertThat(tree()).isVisible();
    }

    /** Opens a text for writing and puts {@code words} at its beginning. */
    private void write(String path, String words) {
        assertThat(text(path)).isEditable();
        text(path).click();
        page.keyboard().press("Control+Home");
        page.keyboard().type(words);
    }

    private void edit(String path, String words) {
        row(path).click();
        screens.button("Edit").click();
        write(path, words);
    }

    private static void holds(Path file, String content) {
        Awaitility.await(file + " holds what was said")
                .untilAsserted(() -> assertThat(file).hasContent(content));
    }

    /** As editors and agents do: nobody sees half of it. */
    private void agentWrites(Path file, String content) throws IOException {
        Path beside = Files.writeString(base.resolve("beside"), content);
        // In the workspace it is the workspace's user who writes.
        for (String whose : List.of("unix:uid", "unix:gid")) {
            Files.setAttribute(beside, whose, Files.getAttribute(file, whose));
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private void looks(Phone.Device device, String name) {
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            device.screenshot("files-" + name + "-" + scheme.name().toLowerCase(Locale.ROOT));
            assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth <= innerWidth"
                            + " && document.documentElement.scrollHeight <= innerHeight"))
                    .as("the page is no larger than the screen")
                    .isTrue();
        }
    }

    @Test
    void theTreeFollowsWhatHappensAndEachFileIsShownAsWhatItIs() throws Exception {
        Path source = Files.createDirectories(repository.resolve("src/main"));
        Files.writeString(source.resolve("App.java"), "class App {\n  int price = 3;\n}\n");
        Files.writeString(repository.resolve("prices.csv"), "name,price\napple,3\n");
        Files.write(repository.resolve("dot.png"), PIXEL);
        Files.write(repository.resolve("blob.bin"), new byte[] {0, 1, 2, (byte) 0xfe});
        Path modules = Files.createDirectories(repository.resolve("node_modules"));
        for (int i = 0; i < 3000; i++) {
            Files.createFile(modules.resolve("module-%04d".formatted(i)));
        }
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 120_000; i++) {
            lines.append("a line of the log, number ").append(i).append('\n');
        }
        Files.writeString(repository.resolve("app.log"), lines);
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            looks(device, "tree");
            row("src, folder").click();
            row("main, folder").click();
            assertThat(row("App.java")).isVisible();
            // The agent at work.
            Files.writeString(project.resolve("src/main/New.java"), "class New {}\n");
            assertThat(row("New.java")).isVisible();
            Files.move(project.resolve("src/main/New.java"), project.resolve("src/main/Newer.java"));
            assertThat(row("Newer.java")).isVisible();
            assertThat(row("New.java")).hasCount(0);
            looks(device, "tree-open");

            // A large folder is a window; its end comes when one goes there.
            row("node_modules, folder").click();
            assertThat(row("module-0000")).isVisible();
            assertThat(tree().getByRole(AriaRole.TREEITEM).count()).isLessThan(100);
            Awaitility.await("the folder's end is shown").until(() -> {
                tree().evaluate("tree => tree.scrollTo(0, tree.scrollHeight)");
                return row("module-2999").count() == 1;
            });
            tree().evaluate("tree => tree.scrollTo(0, 0)");
            row("node_modules, folder").click();

            row("App.java").click();
            assertThat(text("src/main/App.java")).containsText("int price = 3;");
            assertThat(text("src/main/App.java")).not().isEditable();
            looks(device, "text");
            // It is being looked at while the agent changes it.
            Files.writeString(project.resolve("src/main/App.java"), "class App {\n  int price = 4;\n}\n");
            assertThat(text("src/main/App.java")).containsText("int price = 4;");
            back();
            row("README.md").click();
            assertThat(page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("README.md"))
                            .getByRole(AriaRole.HEADING))
                    .hasText("Shop");
            back();
            row("prices.csv").click();
            assertThat(page.getByRole(AriaRole.CELL, new Page.GetByRoleOptions().setName("apple")))
                    .isVisible();
            looks(device, "table");
            back();
            row("dot.png").click();
            Locator picture = page.getByRole(AriaRole.IMG, new Page.GetByRoleOptions().setName("dot.png"));
            picture.waitFor();
            Awaitility.await("the picture is there")
                    .until(() -> (Boolean) picture.evaluate("img => img.complete && img.naturalWidth === 1"));
            back();
            row("blob.bin").click();
            assertThat(page.getByText("00000000  00 01 02 fe")).isVisible();
            back();
            row("app.log").click();
            Locator log = page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("app.log"));
            assertThat(log).containsText("a line of the log, number 1000");
            page.getByLabel("Go to line").fill("119500");
            page.keyboard().press("Enter");
            assertThat(log).containsText("a line of the log, number 120000");
            looks(device, "long");
            back();

            search().fill("apj");
            assertThat(found().first()).containsText("App.java");
            screens.button("Text").click();
            search().fill("price =");
            assertThat(found()).hasCount(1);
            looks(device, "found");
            found().first().click();
            assertThat(text("src/main/App.java")).containsText("int price = 4;");
            screens.button("All files").click();
            search().fill("nowhere to be found");
            assertThat(page.getByText("No file has this text.")).isVisible();
        }
    }

    @Test
    void aSaveThatMeetsAnotherVersionAsksAndLosesNeither() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            Path file = project.resolve("notes.txt");
            agentWrites(file, "one\ntwo\nthree\n");
            edit("notes.txt", "mine ");
            screens.button("Save").click();
            holds(file, "mine one\ntwo\nthree\n");
            assertThat(screens.button("Save")).hasCount(0);

            // Both put together: what each changed is there.
            write("notes.txt", "more ");
            agentWrites(file, "mine one\ntwo\nTHREE\n");
            assertThat(group("Changed underneath")).isVisible();
            assertThat(file).hasContent("mine one\ntwo\nTHREE\n");
            looks(device, "conflict");
            screens.button("See difference").click();
            assertThat(page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Changes of notes.txt")))
                    .containsText("more mine one");
            looks(device, "difference");
            screens.button("Merge both").click();
            assertThat(file).hasContent("mine one\ntwo\nTHREE\n");
            screens.button("Save").click();
            holds(file, "more mine one\ntwo\nTHREE\n");

            // Both changed the same place: both stand there.
            write("notes.txt", "me ");
            agentWrites(file, "agent\ntwo\nTHREE\n");
            screens.button("Merge both").click();
            assertThat(text("notes.txt")).containsText("<<<<<<< mineme more mine one=======agent>>>>>>> theirs");
            // Back to what was written here, without the marks.
            screens.button("Other version").click();
            assertThat(text("notes.txt")).containsText("me more mine one");

            // Another change meanwhile is asked about again; what is not taken can be had back.
            agentWrites(file, "agent again\n");
            screens.button("Take theirs").click();
            assertThat(text("notes.txt")).containsText("agent again");
            screens.button("Other version").click();
            assertThat(text("notes.txt")).containsText("me more mine one");
            agentWrites(file, "agent once more\n");
            screens.button("Keep mine").click();
            holds(file, "me more mine one\ntwo\nTHREE\n");
            screens.button("Other version").click();
            assertThat(text("notes.txt")).containsText("agent once more");
            screens.button("Save").click();
            holds(file, "agent once more\n");

            // Deleted while one writes.
            write("notes.txt", "still here: ");
            Files.delete(file);
            assertThat(group("Deleted in the workspace")).isVisible();
            looks(device, "deleted-underneath");
            screens.button("Save it again").click();
            holds(file, "still here: agent once more\n");
        }
    }

    @Test
    void whatIsNotSavedSurvivesADeadConnectionAndAReload() throws Exception {
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + network.port())) {
            open(device);
            page.waitForFunction("navigator.serviceWorker.controller !== null");
            edit("notes.txt", "kept ");
            page.reload();
            assertThat(text("notes.txt")).containsText("kept not in git");
            assertThat(page.getByText("What you wrote before is still here, not saved."))
                    .isVisible();

            network.mode(CuttingProxy.Mode.REFUSE);
            assertThat(screens.connection()).hasText("Offline, trying again");
            text("notes.txt").click();
            page.keyboard().press("Control+Home");
            page.keyboard().type("offline ");
            assertThat(screens.button("Save")).isDisabled();
            looks(device, "offline");
            page.reload();
            assertThat(screens.connection()).hasText("Offline, trying again");
            assertThat(text("notes.txt")).isVisible();
            String there = (String) text("notes.txt").evaluate("e => e.value ?? e.innerText");
            assertThat(there).startsWith("offline kept not in git");
            screens.button("All files").click();
            assertThat(page.getByText("Offline. The files are in the workspace"))
                    .isVisible();
            assertThat(group("Not saved")).containsText("notes.txt");
            looks(device, "offline-tree");

            network.mode(CuttingProxy.Mode.PASS);
            assertThat(row("README.md")).isVisible();
            assertThat(project.resolve("notes.txt")).hasContent("not in git\n");
            Screens.in(group("Not saved"), "notes.txt").click();
            screens.button("Save").click();
            holds(project.resolve("notes.txt"), "offline kept not in git\n");
            back();
            assertThat(group("Not saved")).hasCount(0);

            // A workspace that does not run says so, and starts from here.
            screens.button("More").click();
            page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName("Stop workspace"))
                    .click();
            group("Stop the workspace?")
                    .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Stop workspace"))
                    .click();
            assertThat(page.getByText("This is what was read before.")).isVisible();
            looks(device, "read-before");
            page.reload();
            assertThat(page.getByText("Its files are kept, and shown when it runs."))
                    .isVisible();
            looks(device, "stopped");
            screens.button("Start workspace").click();
            assertThat(row("README.md")).isVisible();
        }
    }

    @Test
    void filesAreBroughtTakenDeletedAndComeBack() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            Locator input = page.locator("input[data-from=files]");
            input.setInputFiles(new FilePayload("new photo.png", "image/png", PIXEL));
            assertThat(row("new photo.png")).isVisible();
            assertThat(project.resolve("new photo.png")).hasBinaryContent(PIXEL);

            // What is there already is not replaced unasked.
            input.setInputFiles(new FilePayload("notes.txt", "text/plain", "other".getBytes(StandardCharsets.UTF_8)));
            assertThat(group("Replace?")).containsText("notes.txt is there already.");
            looks(device, "replace");
            Screens.in(group("Replace?"), "Keep the old one").click();
            assertThat(project.resolve("notes.txt")).hasContent("not in git\n");
            input.setInputFiles(new FilePayload("notes.txt", "text/plain", "other".getBytes(StandardCharsets.UTF_8)));
            Screens.in(group("Replace?"), "Replace").click();
            holds(project.resolve("notes.txt"), "other");

            menu("Add and more", "New folder");
            page.getByLabel("New folder").fill("docs");
            page.keyboard().press("Enter");
            assertThat(row("docs, folder")).isVisible();
            menu("More about docs", "New file in here");
            page.getByLabel("New file in docs").fill("guide.md");
            page.keyboard().press("Enter");
            write("docs/guide.md", "# Guide");
            screens.button("Save").click();
            holds(project.resolve("docs/guide.md"), "# Guide");
            back();
            menu("More about notes.txt", "Rename or move");
            page.getByLabel("New path of notes.txt").fill("docs/moved.txt");
            page.keyboard().press("Enter");
            assertThat(row("moved.txt")).isVisible();
            assertThat(row("notes.txt")).hasCount(0);

            Download file = page.waitForDownload(() -> menu("More about moved.txt", "Download"));
            assertThat(file.suggestedFilename()).isEqualTo("moved.txt");
            assertThat(file.path()).hasContent("other");
            Download folder = page.waitForDownload(() -> menu("More about docs", "Download as archive"));
            assertThat(folder.suggestedFilename()).endsWith(".tar.gz");
            try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(folder.path()))) {
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .contains("guide.md", "# Guide");
            }

            menu("More about docs", "Delete");
            assertThat(page.getByText("docs was deleted.")).isVisible();
            assertThat(row("docs, folder")).hasCount(0);
            assertThat(project.resolve("docs")).doesNotExist();
            looks(device, "deleted");
            screens.button("Undo").click();
            assertThat(row("docs, folder")).isVisible();
            assertThat(project.resolve("docs/guide.md")).hasContent("# Guide");
            // Later too.
            menu("More about new photo.png", "Delete");
            screens.button("Close").click();
            menu("Add and more", "Recently deleted");
            looks(device, "trash");
            screens.button("Restore new photo.png").click();
            screens.button("Back to the files").click();
            assertThat(row("new photo.png")).isVisible();
            assertThat(project.resolve("new photo.png")).hasBinaryContent(PIXEL);
        }
    }

    @Test
    void whatAnotherAppSharesIsKeptUntilItHasAPlace() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            page.waitForFunction("navigator.serviceWorker.controller !== null");
            String conversation = page.url();
            // What the phone's share sheet does with the manifest's share_target.
            page.evaluate("""
                    () => {
                      const form = document.createElement('form');
                      Object.assign(form, {method: 'post', action: '/share', enctype: 'multipart/form-data'});
                      const input = Object.assign(document.createElement('input'), {type: 'file', name: 'files'});
                      const given = new DataTransfer();
                      given.items.add(new File(['from the camera'], 'shared photo.txt'));
                      input.files = given.files;
                      form.append(input);
                      document.body.append(form);
                      form.submit();
                    }""");
            assertThat(page.getByText("A file was shared.")).isVisible();
            looks(device, "shared-inbox");
            page.navigate(conversation);
            assertThat(page.getByText("shared photo.txt was shared.")).isVisible();
            looks(device, "shared");
            Screens.in(page.locator("cv-files"), "Upload").click();
            holds(project.resolve("shared photo.txt"), "from the camera");
            assertThat(row("shared photo.txt")).isVisible();
            Awaitility.await("the file is no longer offered").until(() -> (Boolean) page.evaluate("""
                    () => new Promise(done => {
                      const base = indexedDB.open('claude-vm');
                      base.onsuccess = () => {
                        const kept = base.result.transaction('kept').objectStore('kept').get('shared');
                        kept.onsuccess = () => { base.result.close(); done(kept.result === undefined); };
                      };
                    })"""));
            page.navigate(product.url());
            assertThat(screens.connection()).hasText("Online");
            assertThat(page.getByText("A file was shared.")).hasCount(0);
        }
    }

    @Test
    void anAtNamesAFileByKeysAndByTouch() throws Exception {
        Files.writeString(Files.createDirectories(repository.resolve("src")).resolve("a guide.md"), "# Guide\n");
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            tab("Chat");
            Locator files = page.getByRole(AriaRole.LISTBOX, new Page.GetByRoleOptions().setName("Files"));
            screens.composer().click();
            page.keyboard().type("say mail me@example, look at @readm");
            assertThat(files.getByRole(AriaRole.OPTION).first()).containsText("README.md");
            looks(device, "mention");
            files.getByRole(AriaRole.OPTION).first().tap();
            assertThat(screens.composer()).hasValue("say mail me@example, look at @README.md ");
            assertThat(files).hasCount(0);
            page.keyboard().type("and @guide");
            assertThat(files.getByRole(AriaRole.OPTION).first()).containsText("a guide.md");
            page.keyboard().press("Tab");
            assertThat(screens.composer()).hasValue("say mail me@example, look at @README.md and @\"src/a guide.md\" ");
            page.keyboard().type("@note");
            assertThat(files).isVisible();
            page.keyboard().press("Escape");
            assertThat(files).hasCount(0);
            screens.button("Send").click();
            assertThat(screens.articles("You").last()).containsText("@\"src/a guide.md\" @note");
        }
    }

    @Test
    void oddNamesAreOpenedChangedMovedAndDeleted() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            String longest = "x".repeat(251) + ".txt";
            shell(
                    "printf odd > $'line\\nend.txt'; printf bad > $'bad\\xff.txt'; printf long > " + longest
                            + "; printf per > '50%25 off.txt'; printf twin > Twin.txt; printf twins > twin.txt; chown --reference=. -- *");
            for (String[] name : List.of(
                    new String[] {"line\u240aend.txt", "odd", "$'line\\nend.txt'"},
                    new String[] {"bad%FF.txt", "bad", "$'bad\\xff.txt'"},
                    new String[] {longest, "long", longest},
                    new String[] {"50%2525 off.txt", "per", "'50%25 off.txt'"},
                    new String[] {"Twin.txt", "twin", "Twin.txt"})) {
                edit(name[0], "now ");
                screens.button("Save").click();
                assertThat(page.getByText("Saved", new Page.GetByTextOptions().setExact(true)))
                        .isVisible();
                looks(device, "odd");
                assertThat(shell("cat -- " + name[2])).isEqualTo("now " + name[1]);
                back();
            }
            assertThat(project.resolve("twin.txt")).hasContent("twins");
            menu("More about bad%FF.txt", "Rename or move");
            page.getByLabel("New path of bad%FF.txt").fill("moved%FE.txt");
            page.keyboard().press("Enter");
            assertThat(row("moved%FE.txt")).isVisible();
            assertThat(shell("cat -- $'moved\\xfe.txt'")).isEqualTo("now bad");
            menu("More about line\u240aend.txt", "Delete");
            assertThat(row("line\u240aend.txt")).hasCount(0);
            screens.button("Undo").click();
            assertThat(row("line\u240aend.txt")).isVisible();
            assertThat(shell("cat -- $'line\\nend.txt'")).isEqualTo("now odd");
        }
    }

    @Test
    void whatIsHostileRunsNothingHere() throws Exception {
        String script = "<script>top.owned = 1; parent.owned = 1; window.owned = 1</script>";
        Files.writeString(repository.resolve("page.html"), script + "<img src=x onerror='owned = 1'>");
        Files.writeString(
                repository.resolve("drawing.svg"),
                "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9' onload='top.owned = 1'><script>top.owned"
                        + " = 1</script><rect width='9' height='9'/></svg>");
        Files.writeString(
                repository.resolve("text.md"),
                script + "\n\n<img src=x onerror='owned = 1'>\n\n[link](javascript:owned=1)\n");
        Files.writeString(repository.resolve("fake.pdf"), "%PDF-1.4\n" + script);
        Files.writeString(repository.resolve("table.csv"), "a,b\n" + script + ",<img src=x onerror='owned = 1'>\n");
        Files.writeString(repository.resolve("<img src=x onerror='owned = 1'>.txt"), "name\n");
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            for (String name : List.of(
                    "page.html",
                    "drawing.svg",
                    "text.md",
                    "fake.pdf",
                    "table.csv",
                    "<img src=x onerror='owned = 1'>.txt")) {
                row(name).click();
                assertThat(page.locator("cv-file").getByText(Pattern.compile("^Loading")))
                        .hasCount(0);
                assertThat(page.evaluate("window.owned")).as(name).isNull();
                back();
            }
            // The address itself, as a link that somebody follows.
            String base = page.url()
                    .replaceFirst(
                            "/c/.*",
                            "/api/v1/workspaces/" + project.getParent().getFileName() + "/files/content?path=");
            for (String name : List.of("page.html", "drawing.svg")) {
                page.navigate(base + name);
                assertThat(page.evaluate("[window.owned, self.origin]"))
                        .as(name)
                        .isEqualTo(java.util.Arrays.asList(null, "null"));
            }
        }
    }

    /** Runs bash in the project's folder: names of bytes that are no text cannot be said in Java. */
    private String shell(String command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", command)
                .directory(project.toFile())
                .redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }
}
