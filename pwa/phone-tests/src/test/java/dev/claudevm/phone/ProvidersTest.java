package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Settings, where workspaces run, on a phone. */
class ProvidersTest extends Story {

    @AfterEach
    void asItWas() throws Exception {
        product.cli("provider", "default", "none");
        if (product.cli("provider", "list").contains("small")) {
            product.cli("provider", "delete", "small", "--force");
        }
    }

    @Test
    void aProviderIsAddedTriedChosenAndDeleted() throws Exception {
        Path socket = Files.createTempDirectory("engine").resolve("docker.sock");
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Page page = device.page();
            Screens screens = new Screens(page);
            screens.link("Settings").click();
            assertThat(card(page, "local")).containsText("ready");
            screens.button("Add a provider").click();
            Locator dialog = page.getByRole(AriaRole.DIALOG);
            dialog.getByLabel("Name").fill("Small Box");
            dialog.getByLabel("Address of the Engine").fill("unix://" + socket);
            Screens.in(dialog, "Add").click();
            assertThat(dialog.getByRole(AriaRole.ALERT)).containsText("cannot be the name");
            dialog.getByLabel("Name").fill("small");
            Screens.in(dialog, "Add").click();
            assertThat(dialog.getByRole(AriaRole.ALERT)).containsText("Docker does not answer");
            device.screenshot("provider-not-there");
            Screens.in(dialog, "Keep it all the same").click();
            assertThat(card(page, "small")).containsText("not available");
            card(page, "small").scrollIntoViewIfNeeded();
            device.screenshot("provider-not-available");

            try (ServerSocketChannel engine = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                engine.bind(UnixDomainSocketAddress.of(socket));
                Thread.ofVirtual().start(() -> answer(engine));
                screens.button("Change small").click();
                dialog.getByLabel("Processes").fill("10");
                Screens.in(dialog, "Save").click();
                assertThat(dialog.getByRole(AriaRole.ALERT)).containsText("50");
                dialog.getByLabel("Processes").fill("200");
                Screens.in(dialog, "Save").click();
                assertThat(card(page, "small")).containsText("pids 200");
                assertThat(card(page, "small")).containsText("ready");
                screens.button("Make default small").click();
                assertThat(card(page, "small")).containsText("default");
                device.screenshot("provider-ready");

                screens.link("New").click();
                Locator where = page.getByRole(AriaRole.RADIOGROUP, new Page.GetByRoleOptions().setName("Where"));
                Locator small = where.getByRole(AriaRole.RADIO, new Locator.GetByRoleOptions().setName("small"));
                assertThat(small).hasAttribute("aria-checked", "true");
                assertThat(page.getByLabel("Always for this project")).isVisible();
                small.scrollIntoViewIfNeeded();
                device.screenshot("provider-on-new");
            } finally {
                Files.deleteIfExists(socket);
            }

            screens.link("Settings").click();
            screens.button("Delete small").click();
            Screens.in(dialog, "Delete").click();
            assertThat(card(page, "small")).hasCount(0);
            assertThat(card(page, "local")).containsText("default");
        }
    }

    private static Locator card(Page page, String name) {
        return page.getByRole(
                AriaRole.GROUP,
                new Page.GetByRoleOptions().setName("Provider " + name).setExact(true));
    }

    /** An Engine that says yes to a ping, which is all that is asked of it here. */
    private static void answer(ServerSocketChannel engine) {
        while (true) {
            try (SocketChannel caller = engine.accept()) {
                caller.read(ByteBuffer.allocate(4096));
                caller.write(ByteBuffer.wrap("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"
                        .getBytes(StandardCharsets.US_ASCII)));
            } catch (IOException ended) {
                return;
            }
        }
    }
}
