package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What an agent prints is text, whatever it looks like. */
class HostileAgentTest extends Story {

    @Test
    void markupScriptsAndLinksOfAnAgentAreHarmless() throws Exception {
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Screens screens = begin(
                    device,
                    "say <script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'> "
                            + "[tap me](javascript:window.hacked=3) <a href='javascript:window.hacked=4'>or me</a> end-of-text");
            assertThat(screens.said("Claude", "end-of-text")).isVisible();
            screens.log()
                    .locator("a")
                    .all()
                    .forEach(link -> assertThat(link.getAttribute("href")).doesNotStartWith("javascript:"));
            assertThat(screens.log().locator("img[src='x'], script").count()).isZero();
            assertThat(device.page().evaluate("window.hacked")).isNull();
        }
    }
}
