package dev.claudevm.ui;

import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.VaadinServiceInitListener;
import com.vaadin.flow.server.communication.IndexHtmlResponse;
import org.jsoup.nodes.Element;
import org.springframework.stereotype.Component;

/** Puts into every page what the browser side needs: theme, live components, manifest and the phone's meta tags. */
@Component
class PageHead implements VaadinServiceInitListener {

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.addIndexHtmlRequestListener(PageHead::extend);
    }

    private static void extend(IndexHtmlResponse response) {
        Element head = response.getDocument().head();
        head.select("meta[name=viewport]").remove();
        meta(
                head,
                "viewport",
                "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content");
        meta(head, "mobile-web-app-capable", "yes");
        meta(head, "apple-mobile-web-app-capable", "yes");
        meta(head, "apple-mobile-web-app-status-bar-style", "default");
        head.appendElement("meta")
                .attr("name", "theme-color")
                .attr("media", "(prefers-color-scheme: light)")
                .attr("content", "#f7f7f5");
        head.appendElement("meta")
                .attr("name", "theme-color")
                .attr("media", "(prefers-color-scheme: dark)")
                .attr("content", "#131314");
        link(head, "manifest", "/manifest.webmanifest");
        link(head, "icon", "/icons/icon.svg");
        link(head, "apple-touch-icon", "/icons/apple-touch-icon.png");
        link(head, "stylesheet", "/live/theme.css");
        link(head, "stylesheet", "/views.css");
        head.appendElement("script").attr("type", "module").attr("src", "/live/live.js");
    }

    private static void meta(Element head, String name, String content) {
        head.appendElement("meta").attr("name", name).attr("content", content);
    }

    private static void link(Element head, String rel, String href) {
        head.appendElement("link").attr("rel", rel).attr("href", href);
    }
}
