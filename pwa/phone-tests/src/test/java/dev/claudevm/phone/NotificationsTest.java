package dev.claudevm.phone;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import dev.claudevm.testkit.CuttingProxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * What the service worker does with a push and with a tap. The browser's own push service is not reachable from a test: the
 * message is handed to the browser as if it had come from there. The way to it is tested in {@code PushTest}.
 */
class NotificationsTest extends Story {

    private static final String SHOWN = "navigator.serviceWorker.ready.then(r => r.getNotifications())"
            + ".then(all => all.map(n => n.title + '|' + n.body).join('\\n'))";

    @Test
    void allowInANotificationAnswersOnceAlsoWithoutANetworkAndWhenItIsTappedTwice() throws Exception {
        try (CuttingProxy network = CuttingProxy.before("127.0.0.1", product.port());
                Phone.Device device = loggedIn(phone.device(), "http://127.0.0.1:" + network.port())) {
            String origin = "http://127.0.0.1:" + network.port();
            Page page = device.page();
            page.context()
                    .grantPermissions(
                            List.of("notifications"), new BrowserContext.GrantPermissionsOptions().setOrigin(origin));
            Screens screens = begin(device, "Demo", "bash touch allowed-by-notification");
            assertThat(screens.approvals()).hasCount(1);
            String conversation = page.url().replaceFirst(".*/c/", "");
            String approval = (String)
                    page.evaluate("fetch('/api/v1/approvals').then(r => r.json()).then(all => all.approvals[0].id)");
            JsonObject said = new JsonObject();
            said.addProperty("show", "approval:" + approval);
            said.addProperty("kind", "approval");
            said.addProperty("conversation", conversation);
            said.addProperty("request", approval);
            said.addProperty("title", "shop: Demo asks for your approval");
            said.addProperty("body", "");
            said.addProperty("count", 1);

            deliver(page, origin, said);
            assertThat((String) page.evaluate(SHOWN))
                    .as("who looks at the conversation is not told")
                    .isEmpty();

            page.navigate(origin + "/settings");
            assertThat(screens.button("Turn on notifications")).isVisible();
            device.screenshot("notifications-off");
            deliver(page, origin, said);
            awaitShown(page, "shop: Demo asks for your approval|");

            network.mode(CuttingProxy.Mode.REFUSE);
            assertThat(screens.connection()).hasText("Offline, trying again");
            tap(page, origin, "allow");
            awaitShown(page, "Allow is kept|");
            network.mode(CuttingProxy.Mode.PASS);
            Awaitility.await("the agent goes on")
                    .untilAsserted(
                            () -> assertThat(product.cli("logs", conversation)).contains("allowed by"));

            page.navigate(origin + "/settings");
            deliver(page, origin, said);
            awaitShown(page, "shop: Demo asks for your approval|");
            tap(page, origin, "allow");
            Awaitility.await("the late tap is answered")
                    .untilAsserted(
                            () -> assertThat((String) page.evaluate(SHOWN)).doesNotContain("asks for your approval"));
            assertThat(product.cli("logs", conversation).split("allowed by", -1))
                    .hasSize(2);
        }
    }

    private static void awaitShown(Page page, String start) {
        Awaitility.await("a notification \"" + start + "\"")
                .untilAsserted(() -> assertThat((String) page.evaluate(SHOWN)).startsWith(start));
    }

    /** What the browser does when its push service has brought something. */
    private static void deliver(Page page, String origin, JsonObject said) throws Exception {
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
        JsonObject push = new JsonObject();
        push.addProperty("origin", origin);
        push.addProperty("registrationId", registration.get(1, TimeUnit.SECONDS));
        push.addProperty("data", said.toString());
        cdp.send("ServiceWorker.deliverPushMessage", push);
        cdp.detach();
    }

    /**
     * What the browser does when a button of the notification is tapped. An event that a script makes may not be waited for
     * ({@code waitUntil} refuses it), so the worker must not go to sleep meanwhile; it was woken a moment ago.
     */
    private static void tap(Page page, String origin, String action) {
        CDPSession cdp = page.context().browser().newBrowserCDPSession();
        JsonObject target = null;
        JsonArray targets = cdp.send("Target.getTargets").getAsJsonArray("targetInfos");
        for (var each : targets) {
            JsonObject info = each.getAsJsonObject();
            if (info.get("type").getAsString().equals("service_worker")
                    && info.get("url").getAsString().startsWith(origin)) {
                target = info;
            }
        }
        assertThat(target).as("the running worker").isNotNull();
        JsonObject attach = new JsonObject();
        attach.addProperty("targetId", target.get("targetId").getAsString());
        attach.addProperty("flatten", false);
        String session =
                cdp.send("Target.attachToTarget", attach).get("sessionId").getAsString();
        JsonObject parameters = new JsonObject();
        parameters.addProperty(
                "expression",
                "self.registration.getNotifications().then(([notification]) => self.dispatchEvent("
                        + "new NotificationEvent('notificationclick', {notification, action: '" + action + "'})))");
        JsonObject evaluate = new JsonObject();
        evaluate.addProperty("id", 1);
        evaluate.addProperty("method", "Runtime.evaluate");
        evaluate.add("params", parameters);
        JsonObject message = new JsonObject();
        message.addProperty("sessionId", session);
        message.addProperty("message", evaluate.toString());
        CompletableFuture<String> done = new CompletableFuture<>();
        cdp.on("Target.receivedMessageFromTarget", (JsonObject answer) -> {
            String text = answer.get("message").getAsString();
            if (text.contains("\"id\":1")) {
                done.complete(text);
            }
        });
        cdp.send("Target.sendMessageToTarget", message);
        Awaitility.await("the tap was heard").until(() -> {
            page.evaluate("0");
            return done.isDone();
        });
        cdp.detach();
    }
}
