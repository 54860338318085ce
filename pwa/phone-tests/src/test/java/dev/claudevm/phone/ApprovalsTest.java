package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Approvals: each is its own card with its own command, on every device, until somebody answers. */
class ApprovalsTest extends Story {

    @Test
    void twoAtOnceAreTwoCardsOnEveryDeviceAndTheFirstAnswerWins() throws Exception {
        try (Phone.Device mine = loggedIn(phone.device(), product.url());
                Phone.Device yours = loggedIn(phone.desk(), product.url())) {
            Screens here = begin(mine, "Demo", "bash2 touch allowed.txt ||| touch denied.txt ;; say Finished.");
            yours.page().navigate(mine.page().url());
            Screens there = new Screens(yours.page());
            assertThat(here.approvals()).hasCount(2);
            assertThat(there.approvals()).hasCount(2);
            mine.screenshot("approvals-phone");
            yours.screenshot("approvals-desk");

            // Both answer the same one at the same time: one decision, and both see it.
            var atTheSameTime = Screens.in(there.approvalWith("touch allowed.txt"), "Allow");
            Screens.answer(here.approvalWith("touch allowed.txt"), "Allow");
            // If it is still there: the other device may hear of the decision at any moment.
            atTheSameTime.evaluateAll("buttons => buttons.forEach(button => button.click())");
            assertThat(here.approvals().filter(open())).hasCount(1);
            assertThat(there.approvals().filter(open())).hasCount(1);
            assertThat(there.approvals().filter(open())).containsText("touch denied.txt");

            // It waits for ever, over a restart of the server; then it is denied from the other device.
            product.kill9();
            product.start();
            assertThat(there.connection()).hasText("Online");
            Screens.answer(there.approvalWith("touch denied.txt"), "Deny");
            assertThat(here.said("Demo", "Finished.")).isVisible();
            assertThat(here.approvals().filter(open())).hasCount(0);

            Path project = workspace().resolve("project");
            Awaitility.await("the allowed command ran").until(() -> Files.exists(project.resolve("allowed.txt")));
            assertThat(project.resolve("denied.txt")).doesNotExist();
        }
    }

    private static com.microsoft.playwright.Locator.FilterOptions open() {
        return new com.microsoft.playwright.Locator.FilterOptions().setHasText("Allow");
    }
}
