package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.claudevm.testkit.StandInModel;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What every test on the phone begins with: a model, the product, a browser, and somebody who is logged in. */
@TestInstance(TestInstance.Lifecycle.PER_METHOD)
@ExtendWith(Witness.class)
abstract class Story {

    @TempDir
    Path base;

    StandInModel model;
    Product product;
    Phone phone;
    Path repository;

    @BeforeEach
    void begin() throws Exception {
        repository = Repositories.small(base.resolve("shop"));
        model = StandInModel.start();
        product = new Product(base, Configurations.claude(model.baseUrl()));
        phone = new Phone();
        product.start();
    }

    @AfterEach
    void end() throws Exception {
        phone.close();
        try {
            product.close();
        } finally {
            model.close();
        }
    }

    /** @return a new device that is logged in and shows the inbox at {@code url} */
    Phone.Device loggedIn(Phone.Device device, String url) throws Exception {
        String link = product.cli("login-link").strip().replaceFirst("(?s).*?(http\\S+).*", "$1");
        device.page().navigate(link.replaceFirst("^http://[^/]+", url));
        assertThat(new Screens(device.page()).connection()).hasText("Online");
        return device;
    }

    /** Says {@code message} on New and @return the screen of the conversation. */
    Screens begin(Phone.Device device, String message) {
        return begin(device, "Claude", message);
    }

    Screens begin(Phone.Device device, String agent, String message) {
        Screens screens = fillNew(device, agent, message);
        screens.button("Start").click();
        device.page().waitForURL(Pattern.compile(".*/c/.*"));
        return screens;
    }

    /** Fills New; "Start" is left to do. */
    Screens fillNew(Phone.Device device, String agent, String message) {
        Page page = device.page();
        Screens screens = new Screens(page);
        screens.link("New").click();
        page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("What should be done?"))
                .fill(message);
        page.getByRole(
                        AriaRole.RADIO,
                        new Page.GetByRoleOptions().setName(agent).setExact(true))
                .click();
        page.getByLabel("Project", new Page.GetByLabelOptions().setExact(true)).fill(repository.toString());
        return screens;
    }
}
