package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How soon the tree of a project with 100,000 files is to be seen after the tap. See {@link Bench}. */
class BenchFiles extends Story {

    private static final int FILES = 100_000;
    private static final int ROUNDS = 7;
    private static final String TAB = "#cv-tab-files";
    private static final String FOLDER = "[role=treeitem][aria-label='all, folder']";
    private static final String FILE = "[role=treeitem][aria-label^='file-000003.txt']";

    /** Ends when the first rows have been painted. */
    private static final String TAP = """
            ([what, row]) => new Promise((done) => {
              const began = performance.now();
              const look = () => {
                if (!document.querySelector(row)) return;
                watch.disconnect();
                requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
              };
              const watch = new MutationObserver(look);
              watch.observe(document.body, { subtree: true, childList: true, attributes: true });
              document.querySelector(what).click();
            })""";

    @Test
    void trees() throws Exception {
        Path all = Files.createDirectories(repository.resolve("all"));
        for (int i = 0; i < FILES; i++) {
            Files.createFile(all.resolve("file-%06d.txt".formatted(i)));
        }
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = begin(device, "Demo", "say Here I am.");
            assertThat(screens.said("Demo", "Here I am.")).isVisible();
            Page page = device.page();
            List<Long> tab = new ArrayList<>();
            List<Long> folder = new ArrayList<>();
            List<Long> floor = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                // Nothing of it is held in the page.
                page.reload();
                assertThat(screens.said("Demo", "Here I am.")).isVisible();
                tab.add(tap(page, TAB, FOLDER));
                folder.add(tap(page, FOLDER, FILE));
                page.locator("#cv-tab-chat").click();
                floor.add(ls(all));
            }
            Bench.row(
                    "the tree of " + FILES + " files, from the tap on Files to the screen: median / p95",
                    Bench.spread(tab),
                    "",
                    "300 ms");
            Bench.row(
                    "a folder of " + FILES + " files, from the tap to the screen: median / p95",
                    Bench.spread(folder),
                    "`ls -l` " + Bench.spread(floor),
                    "300 ms");
        }
    }

    private static long tap(Page page, String what, String row) {
        return ((Number) page.evaluate(TAP, List.of(what, row))).longValue();
    }

    /** The real thing beside it: the system's own program lists the folder. */
    private static long ls(Path folder) throws Exception {
        long began = System.nanoTime();
        new ProcessBuilder("ls", "-l", folder.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        return (System.nanoTime() - began) / 1_000_000;
    }
}
