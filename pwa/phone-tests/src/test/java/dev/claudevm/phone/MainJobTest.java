package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.claudevm.testkit.CuttingProxy;
import dev.claudevm.testkit.StandInModel;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job of the product, whole: a newcomer's hour on a phone, with everything that goes wrong in it. */
class MainJobTest {

    @TempDir
    Path base;

    @Test
    void aNewcomerLetsClaudeWorkFromAPhoneAndLosesNothing() throws Exception {
        Path repository = Repositories.small(base.resolve("shop"));
        try (StandInModel model = StandInModel.start();
                Product product = new Product(base, Configurations.claude(model.baseUrl()));
                CuttingProxy network = CuttingProxy.before("127.0.0.1", product.port());
                Phone phone = new Phone();
                Phone.Device device = phone.device()) {
            String link = product.start().replaceFirst("^http://[^/]+", "http://127.0.0.1:" + network.port());
            Page page = device.page();
            Screens screens = new Screens(page);

            // In by the printed link, which works once.
            page.navigate(link);
            assertThat(screens.connection()).hasText("Online");
            device.screenshot("inbox-empty");

            // The first message makes the workspace, and waits for it.
            screens.link("New").click();
            page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("What should be done?"))
                    .fill(
                            "say Hello from the workspace. ;; bash2 touch one.txt ||| touch two.txt ;; say Both are there.");
            page.getByLabel("Project", new Page.GetByLabelOptions().setExact(true))
                    .fill(repository.toString());
            device.screenshot("new");
            screens.button("Start").click();
            page.waitForURL(Pattern.compile(".*/c/.*"));
            device.screenshot("making-the-workspace");

            // Each command is asked for on a card of its own. (Claude asks for writing commands one after the other;
            // two at once are in ApprovalsTest.)
            assertThat(screens.approvalWith("touch one.txt")).isVisible();
            assertThat(screens.said("Claude", "Hello from the workspace.")).isVisible();
            device.screenshot("approval");
            Screens.answer(screens.approvalWith("touch one.txt"), "Allow");
            assertThat(screens.approvalWith("touch two.txt")).isVisible();
            Screens.answer(screens.approvalWith("touch two.txt"), "Allow");
            assertThat(screens.said("Claude", "Both are there.")).isVisible();

            // Messages queue behind a running turn.
            screens.say("slow 60 100");
            assertThat(screens.said("Claude", "t0005")).isVisible();
            screens.say("say Second in the queue.");
            screens.say("ask Which version? | v2 | v3");
            assertThat(screens.queue()).hasCount(2);
            device.screenshot("queue");

            // The network goes away in the middle; what is said meanwhile stays on this phone.
            network.mode(CuttingProxy.Mode.REFUSE);
            assertThat(screens.connection()).hasText("Offline, trying again");
            screens.say("say Written without a network.");
            assertThat(page.locator("body")).containsText("on this phone");
            device.screenshot("offline");

            // The server dies as well, and comes back. Then the network does.
            product.kill9();
            product.start();
            network.mode(CuttingProxy.Mode.PASS);
            assertThat(screens.connection()).hasText("Online");

            // A question, answered.
            Locator question = screens.questions().first();
            assertThat(question).containsText("Which version?");
            device.screenshot("question");
            Screens.answer(question, "v2");
            assertThat(screens.said("Claude", "Written without a network.")).isVisible();
            Awaitility.await("every message reached the model")
                    .until(() -> model.mainRequests().size() >= 7);
            assertThat(screens.articles("You")).hasCount(5);
            device.screenshot("done");

            // Once and in order, on the screen as at the model.
            assertThat(screens.articles("You").allInnerTexts().stream()
                            .map(text -> text.strip().split("\n")[0])
                            .toList())
                    .satisfiesExactly(
                            first -> assertThat(first).startsWith("say Hello"),
                            second -> assertThat(second).startsWith("slow 60 100"),
                            third -> assertThat(third).startsWith("say Second"),
                            fourth -> assertThat(fourth).startsWith("ask Which"),
                            fifth -> assertThat(fifth).startsWith("say Written"));
            String slow = screens.log().innerText();
            for (int token = 1; token <= 60; token++) {
                String word = "t%04d".formatted(token);
                assertThat(slow.split(word, -1)).as(word + " once").hasSize(2);
            }

            // And again on another device, from nothing.
            try (Phone.Device second = phone.device()) {
                second.page().navigate(product.cli("login-link").strip().replaceFirst("(?s).*?(http\\S+).*", "$1"));
                second.page()
                        .navigate(page.url()
                                .replaceFirst(
                                        "^http://[^/]+", second.page().url().replaceFirst("(http://[^/]+).*", "$1")));
                assertThat(new Screens(second.page()).articles("You")).hasCount(5);
            }
        }
    }
}
