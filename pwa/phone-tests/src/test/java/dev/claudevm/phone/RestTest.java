package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.claudevm.testkit.StandInModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A workspace that went to rest by itself wakes when somebody looks at what is in it. */
class RestTest {

    @TempDir
    Path base;

    @Test
    void whatNobodyNeedsRestsAndWakesWhenItsFilesAreLookedAt() throws Exception {
        Path repository = Repositories.small(base.resolve("shop"));
        try (StandInModel model = StandInModel.start();
                Product product = new Product(base, Configurations.claude(model.baseUrl()) + "limits: {idle: 3s}\n");
                Phone phone = new Phone();
                Phone.Device device = phone.device()) {
            Page page = device.page();
            Screens screens = new Screens(page);
            page.navigate(product.start());
            assertThat(screens.connection()).hasText("Online");
            screens.link("New").click();
            page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("What should be done?"))
                    .fill("say Done.");
            page.getByRole(
                            AriaRole.RADIO,
                            new Page.GetByRoleOptions().setName("Demo").setExact(true))
                    .click();
            page.getByLabel("Project", new Page.GetByLabelOptions().setExact(true))
                    .fill(repository.toString());
            screens.button("Start").click();
            assertThat(screens.said("Demo", "Done.")).isVisible();
            assertThat(page.getByText("The workspace is stopped. Nobody needed it for 3 s. A message starts it."))
                    .isVisible();
            device.screenshot("rested");

            screens.tab("Files").click();
            assertThat(page.getByRole(AriaRole.TREE, new Page.GetByRoleOptions().setName("Files")))
                    .containsText("README.md");
        }
    }
}
