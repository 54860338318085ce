package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.claudevm.testkit.CuttingProxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Between phone and server everything can go wrong; nothing is lost, nobody reloads. */
class NetworkTest extends Story {

    @Test
    void afterABlackHoleThePageCatchesUpByItselfAndSendsWhatWasTyped() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + proxy.port())) {
            Screens screens = begin(device, "slow 150 40");
            assertThat(screens.said("Claude", "t0005")).isVisible();
            device.page().evaluate("window.notReloaded = true");

            proxy.mode(CuttingProxy.Mode.BLACKHOLE);
            assertThat(screens.connection()).hasText("Offline, trying again");
            screens.say("say Typed into a black hole.");
            assertThat(device.page().locator("body")).containsText("on this phone");
            Awaitility.await("the turn went on without the phone").until(() -> model.timesAsked("slow 150 40") == 1);

            proxy.mode(CuttingProxy.Mode.PASS);
            assertThat(screens.connection()).hasText("Online");
            assertThat(screens.said("Claude", "t0150")).isVisible();
            assertThat(screens.said("Claude", "Typed into a black hole.")).isVisible();
            Awaitility.await("the message reached the model")
                    .untilAsserted(() -> assertThat(model.timesAsked("say Typed into a black hole."))
                            .isEqualTo(1));
            assertThat(device.page().evaluate("window.notReloaded")).isEqualTo(true);
            eachTokenIsThereOnce(screens, 150);
        }
    }

    @Test
    void aPartOfThePageThatIsLostOnItsWayIsAskedForAgain() throws Exception {
        try (Phone.Device device = phone.deviceWithoutServiceWorker()) {
            AtomicInteger lost = new AtomicInteger();
            device.page().route(Pattern.compile("/live/(chunks/|live\\.js|theme\\.css)"), part -> {
                if (lost.getAndIncrement() < 2) {
                    part.abort("connectionreset");
                } else {
                    part.resume();
                }
            });
            loggedIn(device, product.url());
            assertThat(lost.get()).isGreaterThan(2);
            assertThat(device.page().locator("#note")).isHidden();
        }
    }

    @Test
    void aPartThatStaysLostIsAskedForAtGrowingPausesAndWhatIsLostLaterEndsNoPage() throws Exception {
        try (Phone.Device device = phone.deviceWithoutServiceWorker()) {
            Page page = device.page();
            Pattern style = Pattern.compile("/live/theme\\.css");
            page.route(style, part -> part.abort("connectionreset"));
            loggedIn(device, product.url());
            page.waitForFunction("Number(sessionStorage.getItem('cv-lost')) > 1");
            page.unroute(style);
            page.waitForFunction("sessionStorage.getItem('cv-lost') === null");
            assertThat(page.locator("#note")).isHidden();

            page.evaluate("""
                    () => new Promise(lost => {
                      const late = document.createElement('script');
                      late.src = '/live/no-such-part.js';
                      late.onerror = lost;
                      document.head.append(late);
                    })""");
            assertThat(page.evaluate("sessionStorage.getItem('cv-lost')"))
                    .as("it is not begun anew")
                    .isNull();
        }
    }

    @Test
    void whatWasSeenAndTypedSurvivesThatThePageIsSwipedAwayInTheMiddleOfAnAnswer() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + proxy.port())) {
            Screens screens = begin(device, "slow 400 40");
            assertThat(screens.said("Claude", "t0005")).isVisible();
            String url = device.page().url();
            device.page().evaluate("navigator.serviceWorker.ready.then(() => true)");

            proxy.mode(CuttingProxy.Mode.REFUSE);
            assertThat(screens.connection()).hasText("Offline, trying again");
            screens.say("say Typed before the page was closed.");
            assertThat(device.page().locator("body")).containsText("on this phone");
            screens.composer().fill("half a thought");

            // The offline shell shows the conversation and still has everything.
            screens = new Screens(device.reopen(url));
            assertThat(screens.said("Claude", "t0005")).isVisible();
            assertThat(device.page().locator("body")).containsText("Typed before the page was closed.");

            device.screenshot("offline-shell");

            proxy.mode(CuttingProxy.Mode.PASS);
            assertThat(screens.connection()).hasText("Online");
            Awaitility.await("the message reached the model")
                    .untilAsserted(() -> assertThat(model.timesAsked("say Typed before the page was closed."))
                            .isEqualTo(1));
            assertThat(screens.composer()).hasValue("half a thought");
            assertThat(screens.said("Claude", "t0400")).isVisible();
            eachTokenIsThereOnce(screens, 400);
        }
    }

    private static void eachTokenIsThereOnce(Screens screens, int tokens) {
        String text = screens.log().innerText();
        for (int token = 1; token <= tokens; token++) {
            assertThat(text.split("t%04d".formatted(token), -1))
                    .as("token " + token)
                    .hasSize(2);
        }
    }
}
