package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.claudevm.testkit.StandInModel;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What every test on the phone begins with: the stage, a repository of its own, and somebody who is logged in. */
@ExtendWith({Stage.class, Witness.class})
abstract class Story {

    /** The test's own. */
    @TempDir
    Path base;

    StandInModel model;
    Product product;
    Phone phone;
    Path repository;

    @BeforeEach
    void begin() throws Exception {
        repository = Repositories.small(base.resolve("shop"));
    }

    /** @return the folder of the one workspace that there is */
    Path workspace() throws IOException {
        try (var entries = Files.list(product.home().resolve("workspaces"))) {
            return entries.filter(entry -> entry.getFileName().toString().matches("[a-z]+-[a-z]+-\\d+"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** @return a new device that is logged in and shows the inbox at {@code url} */
    Phone.Device loggedIn(Phone.Device device, String url) throws Exception {
        device.page().navigate(product.loginLink().replaceFirst("^http://[^/]+", url));
        assertThat(new Screens(device.page()).connection()).hasText("Online");
        return device;
    }

    /** A conversation that begins elsewhere is opened on {@code device}, as from a notification. @return its screen */
    Screens begin(Phone.Device device, String message) throws Exception {
        return begin(device, "Claude", message);
    }

    Screens begin(Phone.Device device, String agent, String message) throws Exception {
        String conversation = product.begin(repository, agent.toLowerCase(Locale.ROOT), message);
        Page page = device.page();
        page.navigate(URI.create(page.url()).resolve("/c/" + conversation).toString());
        return new Screens(page);
    }

    /** Begins one by hand, by way of New: from then on Flow runs and has the history. */
    Screens beginOnNew(Phone.Device device, String agent, String message) {
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
