package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What was said is looked for by thumb and by keyboard, and each result leads to its place and back. */
class SearchTest extends Story {

    private static final int LONG = 6_000;

    private Page page;
    private Screens screens;
    private String id;
    private String conversation;

    private void open(Phone.Device device, String... messages) throws Exception {
        screens = begin(device, "Demo", messages[0]);
        page = device.page();
        conversation = page.url().replaceFirst(".*/c/([a-z0-9]+).*", "$1");
        for (int i = 1; i < messages.length; i++) {
            screens.say(messages[i]);
        }
        for (String message : messages) {
            assertThat(screens.said("Demo", message.substring("say ".length()))).isVisible();
        }
        id = workspace().getFileName().toString();
    }

    private Locator field() {
        return page.getByRole(
                AriaRole.SEARCHBOX,
                new Page.GetByRoleOptions().setName("Search").setExact(true));
    }

    private Locator hits() {
        return page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Found"))
                .getByRole(AriaRole.LINK);
    }

    private Locator hit(String words) {
        return hits().filter(new Locator.FilterOptions().setHasText(words)).first();
    }

    private Locator card() {
        return page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName("Workspace " + id));
    }

    /** Also what every screen must be: not wider than the device, and nothing too small for a thumb. */
    private void looks(Phone.Device device, String name) {
        for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            device.screenshot("search-" + name + "-" + scheme.name().toLowerCase(Locale.ROOT));
        }
        assertThat(
                        page.evaluate(
                                "document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll('.page')].every(p => p.scrollWidth <= p.clientWidth)"))
                .as("no sideways scrolling: " + name)
                .isEqualTo(true);
        assertThat(
                        page.evaluate(
                                "[...document.querySelectorAll('cv-search :is(button, a, input)')].filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"))
                .as("targets: " + name)
                .isEqualTo(List.of());
    }

    private void toWorkspaces() {
        screens.link("Workspaces").click();
        assertThat(card()).isVisible();
    }

    @Test
    void aDeletedWorkspaceIsFoundByThumbAndTheWayBackLeadsToTheResults() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device, "say The kingfisher sleeps in FooBarService", "say Nothing of note");
            screens.link("Back").click();
            toWorkspaces();
            looks(device, "field");
            double before = field().boundingBox().y;

            field().fill("king");
            assertThat(hit("The kingfisher")).isVisible();
            assertThat(field().boundingBox().y).as("nothing jumps").isEqualTo(before);
            assertThat(card()).isHidden();
            assertThat(hit("The kingfisher").locator("mark").first()).hasText("kingfisher");
            assertThat(hits()).hasCount(2);
            looks(device, "found");

            field().fill("\"sleeps in\" foobar");
            assertThat(hits()).hasCount(2);
            assertThat(hit("kingfisher").locator("mark")).containsText(new String[] {"sleeps", "in", "FooBar"});
            field().fill("a zebra that nobody mentioned");
            assertThat(page.getByText("Nothing found for")).isVisible();
            looks(device, "nothing");
            field().fill("-> !=");
            assertThat(page.getByText("Only words and numbers")).isVisible();

            device.page().context().setOffline(true);
            field().fill("kingfisher");
            assertThat(page.getByText("The server does not answer")).isVisible();
            looks(device, "offline");
            device.page().context().setOffline(false);
            assertThat(hits()).hasCount(2);

            String _ = product.cli("workspace", "delete", id, "--yes");
            assertThat(product.cli("search", "kingfisher")).contains(id + " (deleted)", "kingfisher");
            page.navigate(product.url() + "/workspaces?q=kingfisher");
            assertThat(field()).hasValue("kingfisher");
            assertThat(hits()).hasCount(2);
            assertThat(hits().first()).containsText("deleted");
            looks(device, "deleted");
            hits().filter(new Locator.FilterOptions().setHasText("You")).click();
            assertThat(page.locator("cv-item.cv-arrived")).containsText("kingfisher");
            assertThat(page.locator("cv-item.cv-arrived")).isInViewport();
            looks(device, "arrived");
            assertThat(page).hasURL(Pattern.compile(".*/c/" + conversation + "[?]at=\\d+.*"));
            page.goBack();
            assertThat(hits()).hasCount(2);
            assertThat(field()).hasValue("kingfisher");
            hits().first().click();
            assertThat(page).hasURL(Pattern.compile(".*/c/.*"));
            screens.link("Back to what was found").click();
            assertThat(hits()).hasCount(2);

            screens.button("End search").click();
            assertThat(hits()).hasCount(0);
            assertThat(page.getByText("Deleted (1)")).isVisible();
            assertThat(page).hasURL(Pattern.compile(".*/workspaces$"));
            String _ = product.cli("workspace", "delete", id, "--yes", "--purge");
            field().fill("kingfisher");
            assertThat(page.getByText("Nothing found for")).isVisible();
        }
    }

    @Test
    void aPlaceFarFromTheEndIsShownAndTheEndIsOneTapAway() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            open(device, "say The first word");
            String _ = product.cli("workspace", "down", id);
            product.kill9();
            LongJournal.grow(product.home(), conversation, LONG);
            String _ = product.start();
            page.navigate(product.url() + "/workspaces");
            field().fill("\"event 1234\"");
            LocatorAssertions.HasCountOptions whenItWasRead =
                    new LocatorAssertions.HasCountOptions().setTimeout(120_000);
            assertThat(hits()).hasCount(1, whenItWasRead);
            hits().click();
            Locator there = page.locator("cv-item.cv-arrived");
            assertThat(there).containsText("This is event 1234 ");
            assertThat(there).isInViewport();
            looks(device, "far");

            // Reading on in both directions leaves no gap.
            assertThat(screens.log()).containsText("event 1233 ");
            screens.log().hover();
            for (int i = 0; i < 40 && !screens.log().innerText().contains("event 1450 "); i++) {
                page.mouse().wheel(0, 4_000);
                page.waitForFunction(
                        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
            }
            assertThat(screens.log()).containsText("event 1450 ");
            assertThat(screens.log()).containsText("event 1400 ");
            screens.button("To the end").click();
            assertThat(screens.said("Demo", "This is event " + LONG + " ")).isInViewport();

            // Near the end all in between is loaded.
            page.navigate(product.url() + "/c/" + conversation + "?at=" + (LONG - 500));
            assertThat(page.locator("cv-item.cv-arrived")).containsText("event " + (LONG - 500) + " ");
            assertThat(page.locator("cv-item.cv-arrived")).isInViewport();
            // A place that there is none of.
            page.navigate(product.url() + "/c/" + conversation + "?at=999999");
            assertThat(screens.said("Demo", "This is event " + LONG + " ")).isInViewport();
        }
    }

    @Test
    void everythingGoesByKeyboard() throws Exception {
        try (Phone.Device device = loggedIn(phone.desk(), product.url())) {
            open(device, "say The magpie waits", "say The magpie flies");
            page.navigate(product.url() + "/");
            assertThat(screens.connection()).hasText("Online");
            page.keyboard().press("/");
            assertThat(field()).isFocused();
            page.keyboard().type("magpie");
            assertThat(hits()).hasCount(4);
            looks(device, "desk");
            page.keyboard().press("ArrowDown");
            page.keyboard().press("ArrowDown");
            assertThat(hits().nth(1)).isFocused();
            page.keyboard().press("ArrowUp");
            page.keyboard().press("Enter");
            assertThat(page.locator("cv-item.cv-arrived")).containsText("magpie");
            // Kept where it is for two seconds; the end is in sight meanwhile.
            assertThat(page.locator(".cv-to-end"))
                    .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(1_000));
            looks(device, "arrived-at-the-end");
            assertThat(page).hasURL(Pattern.compile(".*/c/.*"));
            page.goBack();
            assertThat(hits()).hasCount(4);
            page.keyboard().press("/");
            assertThat(field()).isFocused();
            page.keyboard().press("Escape");
            assertThat(field()).hasValue("");
            assertThat(hits()).hasCount(0);
            assertThat(card()).isVisible();
        }
    }
}
