package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import dev.claudevm.testkit.CuttingProxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What waits: moved by hand, and sent by the service worker when the page is gone. */
class QueueTest extends Story {

    @Test
    void aMessageIsDraggedToAnotherPlace() throws Exception {
        try (Phone.Device desk = loggedIn(phone.desk(), product.url())) {
            Screens screens = begin(desk, "Demo", "hang");
            screens.button("Stop").waitFor();
            screens.say("say one");
            screens.say("say two");
            assertThat(screens.queue().last()).containsText("in the queue, 2nd");
            Locator grip = screens.queue()
                    .last()
                    .getByRole(
                            AriaRole.BUTTON,
                            new Locator.GetByRoleOptions().setName("Move").setExact(true));
            BoundingBox from = grip.boundingBox();
            BoundingBox to = screens.queue().first().boundingBox();
            Page page = desk.page();
            page.mouse().move(from.x + from.width / 2, from.y + from.height / 2);
            page.mouse().down();
            page.mouse().move(from.x + 5, to.y + to.height / 2);
            page.mouse().move(from.x + 5, to.y + 3);
            page.mouse().up();
            assertThat(screens.queue().first()).containsText("say two");
            assertThat(screens.queue().last()).containsText("say one");
        }
    }

    @Test
    void theServiceWorkerSendsWhatWasSaidWhenThePageIsGone() throws Exception {
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + network.port())) {
            Screens screens = begin(device, "Demo", "say hello");
            assertThat(screens.said("Demo", "hello")).isVisible();
            Page page = device.page();
            page.waitForFunction(
                    "navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready.then(() => true)");
            String conversation = page.url().replaceFirst(".*/c/", "");
            // A turn that still runs would have it wait in the queue.
            assertThat(screens.button("Stop")).hasCount(0);
            network.mode(CuttingProxy.Mode.REFUSE);
            assertThat(screens.connection()).hasText("Offline, trying again");
            screens.say("say while away");
            assertThat(screens.articles("You").filter(new Locator.FilterOptions().setHasText("say while away")))
                    .hasCount(1);
            // Nothing of ours is open any more but the worker.
            page.navigate("about:blank");
            network.mode(CuttingProxy.Mode.PASS);
            sync(page, "http://127.0.0.1:" + network.port());
            Awaitility.await("the server has it")
                    .until(() -> product.cli("logs", conversation).contains("while away"));
        }
    }

    /** What the browser does when it thinks that there is a network again. */
    private static void sync(Page page, String origin) throws Exception {
        CDPSession cdp = page.context().newCDPSession(page);
        CompletableFuture<String> registration = new CompletableFuture<>();
        cdp.on(
                "ServiceWorker.workerRegistrationUpdated",
                (JsonObject event) -> event.getAsJsonArray("registrations").forEach(known -> {
                    if (known.getAsJsonObject().get("scopeURL").getAsString().startsWith(origin)) {
                        registration.complete(
                                known.getAsJsonObject().get("registrationId").getAsString());
                    }
                }));
        cdp.send("ServiceWorker.enable");
        Awaitility.await("the worker is registered").until(() -> {
            page.evaluate("0");
            return registration.isDone();
        });
        JsonObject event = new JsonObject();
        event.addProperty("origin", origin);
        event.addProperty("registrationId", registration.get(1, TimeUnit.SECONDS));
        event.addProperty("tag", "cv-outbox");
        event.addProperty("lastChance", true);
        cdp.send("ServiceWorker.dispatchSyncEvent", event);
    }
}
