package dev.claudevm.ui;

import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.VaadinServiceInitListener;
import com.vaadin.flow.server.communication.IndexHtmlResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.springframework.stereotype.Component;

/**
 * Makes Flow's page ours: the frame and the live components stand in it from the first byte, and Flow itself waits until one of its
 * views is wanted (decision 003). Both are those of the offline shell: {@code pwa/src/head.html, frame.html}.
 */
@Component
class PageHead implements VaadinServiceInitListener {

    private static final String RESOURCES = "/META-INF/resources/live/";

    private final String frame = read("frame.html");
    private final String ours = read("head.html");

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.addIndexHtmlRequestListener(this::extend);
    }

    private void extend(IndexHtmlResponse response) {
        Document page = response.getDocument();
        Element head = page.head();
        head.select("meta[name=viewport], style:containsData(#outlet)").remove();
        // One page for every address, so that the service worker can keep it.
        head.select("base").attr("href", "/");
        for (Element start : head.select("script[type=module][src*=VAADIN]")) {
            meta(head, "cv-flow", start.attr("src").replaceFirst("^\\./", "/"));
            start.remove();
        }
        head.append(ours);
        page.title("claude-vm");
        // Flow renders into #outlet, which is in the frame.
        page.body().html(frame);
    }

    private static void meta(Element head, String name, String content) {
        head.appendElement("meta").attr("name", name).attr("content", content);
    }

    private static String read(String name) {
        try (InputStream in = PageHead.class.getResourceAsStream(RESOURCES + name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing; build the module pwa first.");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
