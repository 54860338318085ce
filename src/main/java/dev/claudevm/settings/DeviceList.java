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
import java.util.Comparator;
import java.util.List;

/** Browsers that are logged in, each with its way out, and a link for one more. */
final class DeviceList extends Div {

    /** So many are shown before one asks for all. */
    private static final int SHOWN = 5;

    private final Devices devices;
    private final LoginLinks links;
    private final ServerAddress address;
    private final Clock clock;
    private final String here;
    private boolean all;

    /** @param here the device that looks at this */
    DeviceList(Devices devices, LoginLinks links, ServerAddress address, Clock clock, String here) {
        this.here = here;
        this.devices = devices;
        this.links = links;
        this.address = address;
        this.clock = clock;
        addClassName("card");
        refresh();
    }

    private void refresh() {
        removeAll();
        List<Devices.Device> known = devices.list().stream()
                .sorted(Comparator.comparing(
                        (Devices.Device device) -> !device.id().equals(here)))
                .toList();
        known.stream().limit(all ? known.size() : SHOWN).forEach(device -> add(row(device)));
        if (!all && known.size() > SHOWN) {
            add(new Button("Show all " + known.size(), click -> {
                all = true;
                refresh();
            }));
        }
        add(new Button("Log in another device", click -> showLink()));
    }

    private Div row(Devices.Device device) {
        Span name = new Span(readable(device.userAgent()));
        name.addClassName("grow");
        Span seen = new Span(device.id().equals(here) ? "this device" : Ago.of(device.lastSeenAt(), clock.instant()));
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
