package dev.claudevm.settings;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import dev.claudevm.access.Devices;
import dev.claudevm.access.LoginLinks;
import dev.claudevm.config.ServerAddress;
import dev.claudevm.ui.Ago;
import java.time.Clock;

/** Browsers that are logged in, each with its way out, and a link for one more. */
final class DeviceList extends Div {

    private final Devices devices;
    private final LoginLinks links;
    private final ServerAddress address;
    private final Clock clock;

    DeviceList(Devices devices, LoginLinks links, ServerAddress address, Clock clock) {
        this.devices = devices;
        this.links = links;
        this.address = address;
        this.clock = clock;
        addClassName("card");
        refresh();
    }

    private void refresh() {
        removeAll();
        devices.list().forEach(device -> add(row(device)));
        add(new Button("Log in another device", click -> showLink()));
    }

    private Div row(Devices.Device device) {
        Span name = new Span(readable(device.userAgent()));
        name.addClassName("grow");
        Span seen = new Span(Ago.of(device.lastSeenAt(), clock.instant()));
        seen.addClassName("dim");
        Button revoke = new Button("Log out", click -> {
            devices.revoke(device.id());
            refresh();
        });
        revoke.setAriaLabel("Log out " + readable(device.userAgent()));
        Div row = new Div(name, seen, revoke);
        row.addClassName("row");
        return row;
    }

    private void showLink() {
        String link = address.url().orElse("") + "/login/link?token=" + links.create();
        Anchor anchor = new Anchor(link, link);
        anchor.addClassName("mono");
        add(
                new Paragraph("Open this on the other device. It works once, for " + LoginLinks.LIFETIME.toMinutes()
                        + " minutes."),
                anchor);
    }

    /** @return the browser and system out of what a browser calls itself, for example {@code Chrome on Android} */
    private static String readable(String userAgent) {
        String browser = userAgent.contains("Firefox")
                ? "Firefox"
                : userAgent.contains("Edg") ? "Edge" : userAgent.contains("Chrome") ? "Chrome" : "Safari";
        if (!userAgent.startsWith("Mozilla/")) {
            return userAgent.isBlank() ? "Unknown browser" : userAgent;
        }
        String system = userAgent.contains("Android")
                ? "Android"
                : userAgent.contains("iPhone") || userAgent.contains("iPad")
                        ? "iOS"
                        : userAgent.contains("Mac OS") ? "macOS" : userAgent.contains("Windows") ? "Windows" : "Linux";
        return browser + " on " + system;
    }
}
