package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.claudevm.testkit.PreviewedProgram;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A web server that the agent starts is offered in the conversation, and opens as an origin of its own. */
class PreviewTest extends Story {

    @Test
    void whatTheAgentServesIsOfferedAndOpened() throws Exception {
        String command = PreviewedProgram.in(repository, "127.0.0.1", 0);
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = begin(device, "Demo", "bash " + command + " ;; say It runs.");
            assertThat(screens.approvals()).hasCount(1);
            Screens.answer(screens.approvalWith("Previewed"), "Allow");
            assertThat(screens.said("Demo", "It runs.")).isVisible();
            Page page = device.page();
            var link = page.getByRole(
                    AriaRole.LINK, new Page.GetByRoleOptions().setName(Pattern.compile("^Open port \\d+, java")));
            assertThat(link).isVisible();
            for (ColorScheme scheme : new ColorScheme[] {ColorScheme.DARK, ColorScheme.LIGHT}) {
                page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
                device.screenshot("preview-offered-" + scheme.name().toLowerCase(java.util.Locale.ROOT));
            }
            assertThat(link.boundingBox().height).isGreaterThanOrEqualTo(44);
            assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                    .isTrue();

            Page opened = page.context().waitForPage(link::click);
            assertThat(opened.getByRole(AriaRole.HEADING)).hasText("Under development");
            // A real WebSocket of a real browser, there and back.
            assertThat(opened.locator("#ws")).hasText("heard: a word");
            assertThat(opened.url()).matches("http://\\d+--[a-z]+-[a-z]+-\\d+\\.localhost:" + product.port() + "/");
            // Another origin: its scripts know nothing of the product's login and cannot act in its name.
            assertThat((String) opened.evaluate("document.cookie")).isEmpty();
            assertThat(
                            (String)
                                    opened.evaluate(
                                            "fetch('http://localhost:" + product.port()
                                                    + "/api/v1/overview', {credentials: 'include'}).then(r => 'read ' + r.status, () => 'refused')"))
                    .isEqualTo("refused");
            assertThat(
                            (String)
                                    opened.evaluate(
                                            "fetch('" + product.url()
                                                    + "/api/v1/overview', {credentials: 'include'}).then(r => 'read ' + r.status, () => 'refused')"))
                    .isEqualTo("refused");
        }
    }
}
