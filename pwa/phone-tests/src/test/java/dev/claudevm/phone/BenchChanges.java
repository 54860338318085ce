package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How soon a long diff is to be seen after the tap on its file. See {@link Bench}. */
class BenchChanges extends Story {

    private static final int LINES = 2_000;
    private static final int ROUNDS = 7;

    /** Ends when the first row has been painted. */
    private static final String TAP = """
            (button) => new Promise((done) => {
              const began = performance.now();
              const look = () => {
                const row = document.querySelector('[data-row="0"]');
                if (!row || row.getClientRects().length === 0) return;
                watch.disconnect();
                requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
              };
              const watch = new MutationObserver(look);
              watch.observe(document.body, { subtree: true, childList: true, attributes: true });
              button.click();
            })""";

    @Test
    void diffs() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = begin(device, "Demo", "bash seq 1 " + LINES + " > big.txt ;; say Changed.");
            assertThat(screens.approvals()).hasCount(1);
            Screens.answer(screens.approvalWith("big.txt"), "Allow");
            assertThat(screens.said("Demo", "Changed.")).isVisible();
            Page page = device.page();
            page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Changes"))
                    .click();
            Locator file = page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Changed files"))
                    .getByRole(AriaRole.BUTTON)
                    .filter(new Locator.FilterOptions().setHasText("big.txt"));
            List<Long> figures = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                page.reload();
                assertThat(file).isVisible();
                figures.add(((Number) file.evaluate(TAP)).longValue());
            }
            Bench.row(
                    "a diff of 2,000 lines, from the tap to the screen: median / p95",
                    Bench.spread(figures),
                    "`git diff` " + Bench.spread(git()),
                    "300 ms");
        }
    }

    /** The same diff by git alone. */
    private List<Long> git() throws Exception {
        Path after = base.resolve("big.txt");
        Files.writeString(
                after,
                IntStream.rangeClosed(1, LINES)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining("\n", "", "\n")));
        List<Long> figures = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            long began = System.nanoTime();
            Process git = new ProcessBuilder("git", "diff", "--no-index", "/dev/null", after.toString()).start();
            git.getInputStream().readAllBytes();
            git.waitFor();
            figures.add((System.nanoTime() - began) / 1_000_000);
        }
        return figures;
    }
}
