package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Who taps again before the server has answered the first tap gets where the second one leads. */
class QuickTapsTest extends Story {

    private static final Pattern ASKING = Pattern.compile("v-r=uidl");

    private Page page;
    private Screens screens;

    /** Leads to a conversation by way of New: from then on Flow's router has the history. */
    private void open(Phone.Device device) {
        screens = beginOnNew(device, "Demo", "say Here I am");
        page = device.page();
        assertThat(screens.said("Demo", "Here I am")).isVisible();
    }

    /** Does {@code taps} while no answer comes to whatever Flow asks. */
    private void unanswered(Runnable taps) {
        List<Route> held = new ArrayList<>();
        page.route(ASKING, held::add);
        taps.run();
        // The first tap has asked; only now is the question one that both taps have passed.
        page.waitForCondition(() -> !held.isEmpty());
        page.unroute(ASKING);
        held.forEach(Route::resume);
    }

    private Locator card() {
        return page.getByRole(
                AriaRole.GROUP, new Page.GetByRoleOptions().setName(Pattern.compile("^Workspace [a-z]+-[a-z]+-\\d+$")));
    }

    @Test
    void theSecondOfTwoTapsWins() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            unanswered(() -> {
                screens.link("Back").click();
                screens.link("Workspaces").click();
            });
            assertThat(card()).isVisible();
            unanswered(() -> {
                screens.link("New").click();
                screens.link("Settings").click();
                screens.link("Inbox").click();
            });
            assertThat(page).hasURL(product.url() + "/");
            assertThat(page.locator("cv-inbox")).isVisible();
            screens.link("Workspaces").click();
            assertThat(card()).isVisible();
        }
    }

    @Test
    void aTabThatIsTappedBeforeTheAddressHasChangedStays() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            screens.link("Back").click();
            screens.link("Workspaces").click();
            assertThat(card()).isVisible();
            unanswered(() -> {
                page.locator(".conversation-link").click();
                screens.tab("Files").click();
            });
            assertThat(page).hasURL(Pattern.compile(".*/c/[a-z0-9]+#files$"));
            assertThat(screens.tab("Files")).hasAttribute("aria-selected", "true");
            assertThat(page.getByRole(AriaRole.TREE, new Page.GetByRoleOptions().setName("Files")))
                    .isVisible();
        }
    }

    @Test
    void aTapThatTheRouterHasLostLeadsThereAllTheSame() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            screens.link("Back").click();
            page.waitForCondition(() -> page.url().equals(product.url() + "/"));
            // Its listener stands behind this one.
            page.evaluate("document.addEventListener('click', tap => tap.preventDefault(), {once: true})");
            screens.link("Workspaces").click();
            assertThat(card()).isVisible();
        }
    }

    @Test
    void aRouterThatNeverArrivesDelaysATapOnly() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            screens.link("Back").click();
            page.waitForCondition(() -> page.url().equals(product.url() + "/"));
            page.evaluate("Vaadin.Flow.navigation = true");
            screens.link("Workspaces").click();
            assertThat(card()).isVisible();
        }
    }

    /** Of a step back, Flow's router makes several; where they end is looked at a little later, and must not undo what was tapped by then. */
    @Test
    void aTapRightAfterTheWayBackStays() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device);
            screens.link("Back").click();
            screens.link("Workspaces").click();
            page.locator(".conversation-link").click();
            assertThat(page).hasURL(Pattern.compile(".*/c/.*"));
            page.goBack();
            page.locator(".conversation-link").waitFor();
            page.evaluate("""
                    window.away = 0;
                    addEventListener('cv-navigated', () => { if (document.getElementById('live').hidden) away++; });
                    """);
            unanswered(() -> {
                page.locator(".conversation-link").click();
                // As long as the shell leaves to Flow's router, and a little more, by the page's own clock.
                page.waitForFunction("tapped => performance.now() > tapped + 500", page.evaluate("performance.now()"));
            });
            assertThat(page.evaluate("away")).isEqualTo(0);
            assertThat(screens.log()).isVisible();
            assertThat(page).hasURL(Pattern.compile(".*/c/.*"));
        }
    }
}
