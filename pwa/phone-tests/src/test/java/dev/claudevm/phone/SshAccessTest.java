package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Keys for SSH in Settings, and the line that is shown there, given to the real {@code ssh}. */
class SshAccessTest extends Story {

    @Test
    void aKeyIsPastedComesInAndIsDeletedAgain() throws Exception {
        Path key = base.resolve("phone key");
        assertThat(run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me@laptop", "-f", key.toString())
                        .exit())
                .isZero();
        try (Phone.Device device = loggedIn(phone.device(), product.url())) {
            Page page = device.page();
            Screens screens = new Screens(page);
            screens.link("Settings").click();
            assertThat(page.getByText("No key yet.")).isVisible();
            assertThat(page.getByText("Nobody has come in yet.")).isVisible();
            look(device, "ssh-empty");

            Locator field = page.getByLabel("Public key, or the address of your keys at a forge");
            field.fill(Files.readString(key));
            screens.button("Add key").click();
            assertThat(page.getByText("That is a private key")).isVisible();
            field.fill("ssh-ed25519 nonsense");
            screens.button("Add key").click();
            assertThat(page.locator("cv-ssh [role=status].bad")).isVisible();
            field.fill(Files.readString(key.resolveSibling("phone key.pub")));
            screens.button("Add key").click();
            assertThat(page.getByText("May come in: me@laptop.")).isVisible();
            Locator keys = page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Keys"));
            assertThat(keys).containsText("ssh-ed25519, never used");
            assertThat(keys).containsText("SHA256:");

            String id = workspace(device);
            page.navigate(product.url() + "/settings");
            Locator line = page.locator(".cv-ssh-line code");
            assertThat(line).hasText(Pattern.compile("ssh -p \\d+ " + id + "@127\\.0\\.0\\.1"));
            Ran came = ssh(key, line.textContent(), "cat README.md >/dev/null && echo came in");
            assertThat(came.out()).contains("came in");

            page.reload();
            assertThat(keys).containsText(Pattern.compile("used (just now|\\d+ min ago)"));
            Locator logins = page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Latest logins"));
            assertThat(logins).containsText(id);
            assertThat(logins).containsText("me@laptop, from 127.0.0.1");
            look(device, "ssh-used");

            screens.button("Delete me@laptop").click();
            assertThat(page.getByText("Connections with it end.")).isVisible();
            look(device, "ssh-sure");
            screens.button("Yes, delete me@laptop").click();
            assertThat(page.getByText("Deleted me@laptop.")).isVisible();
            assertThat(page.getByText("No key yet.")).isVisible();
            assertThat(ssh(key, line.textContent(), "true").out()).contains("Permission denied");
        }
        try (Phone.Device desk = loggedIn(phone.desk(), product.url())) {
            desk.page().navigate(product.url() + "/settings");
            assertThat(desk.page().getByText("No key yet.")).isVisible();
            look(desk, "ssh-desk");
        }
    }

    private String workspace(Phone.Device device) throws Exception {
        Screens screens = begin(device, "Demo", "say there");
        assertThat(screens.log()).containsText("there");
        return product.cli("workspace", "list")
                .lines()
                .flatMap(line ->
                        Pattern.compile("[a-z]+-[a-z]+-\\d{4}").matcher(line).results())
                .findFirst()
                .orElseThrow()
                .group();
    }

    /** Light and dark; nothing may be wider than the screen. */
    private static void look(Phone.Device device, String name) {
        Page page = device.page();
        page.locator("cv-ssh").scrollIntoViewIfNeeded();
        assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as("no sideways scrolling")
                .isTrue();
        assertThat((List<?>) page.evaluate("[...document.querySelectorAll('cv-ssh button')]"
                        + ".filter(b => b.getBoundingClientRect().height < 43.5).map(b => b.textContent)"))
                .as("buttons that a thumb misses")
                .isEmpty();
        for (String theme : List.of("light", "dark")) {
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme);
            page.locator("cv-ssh").evaluate("e => e.scrollIntoView({block: 'start'})");
            device.screenshot(name + "-" + theme);
        }
        page.evaluate("delete document.documentElement.dataset.theme");
    }

    private record Ran(int exit, String out) {}

    private Ran ssh(Path key, String shown, String command) throws Exception {
        List<String> words = new ArrayList<>(List.of(shown.split(" ")));
        words.addAll(
                1,
                List.of(
                        "-F",
                        "/dev/null",
                        "-o",
                        "BatchMode=yes",
                        "-o",
                        "IdentitiesOnly=yes",
                        "-i",
                        key.toString(),
                        "-o",
                        "StrictHostKeyChecking=accept-new",
                        "-o",
                        "UserKnownHostsFile=\"" + base.resolve("known") + "\""));
        words.add(command);
        return run(words.toArray(String[]::new));
    }

    private static Ran run(String... line) throws Exception {
        Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), out);
    }
}
