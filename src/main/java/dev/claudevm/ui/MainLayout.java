package dev.claudevm.ui;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasElement;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Aside;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Main;
import com.vaadin.flow.component.html.Nav;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.dom.Element;
import com.vaadin.flow.router.AfterNavigationEvent;
import com.vaadin.flow.router.AfterNavigationObserver;
import com.vaadin.flow.router.Layout;
import com.vaadin.flow.router.RouterLayout;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.List;

/**
 * The frame around every view. On a phone: the view and a navigation at the thumb, which makes room for the composer in a
 * conversation. On a desk: the tree of workspaces on the left.
 */
@Layout
@PermitAll
public final class MainLayout extends Div implements RouterLayout, AfterNavigationObserver {

    private final Main main = new Main();
    private final List<Anchor> links = new ArrayList<>();

    MainLayout() {
        addClassName("frame");
        Aside aside = new Aside();
        aside.getElement().appendChild(new Element("cv-tree"));
        aside.add(navigation("Main", "side"));
        aside.getElement().appendChild(new Element("cv-status"));
        add(aside, main, navigation("Main", "thumb"));
        // Counts what waits: in the document's title and on the app's icon.
        getElement().appendChild(new Element("cv-badge"));
    }

    private Nav navigation(String name, String className) {
        Nav nav = new Nav();
        nav.addClassName(className);
        nav.getElement().setAttribute("aria-label", name);
        nav.add(
                link("", "Inbox", Icon.INBOX),
                link("workspaces", "Workspaces", Icon.WORKSPACES),
                link("new", "New", Icon.NEW),
                link("settings", "Settings", Icon.SETTINGS));
        return nav;
    }

    private Anchor link(String route, String name, Icon icon) {
        Anchor anchor = new Anchor("/" + route, icon.component(), new Span(name));
        anchor.getElement().setAttribute("router-link", true);
        links.add(anchor);
        return anchor;
    }

    @Override
    public void showRouterLayoutContent(HasElement content) {
        main.removeAll();
        main.add((Component) content);
    }

    @Override
    public void removeRouterLayoutContent(HasElement oldContent) {
        main.removeAll();
    }

    @Override
    public void afterNavigation(AfterNavigationEvent event) {
        String path = "/" + event.getLocation().getPath();
        getElement().setAttribute("data-route", path);
        getElement().getClassList().set("in-conversation", path.startsWith("/c/"));
        for (Anchor link : links) {
            if (link.getHref().equals(path)) {
                link.getElement().setAttribute("aria-current", "page");
            } else {
                link.getElement().removeAttribute("aria-current");
            }
        }
    }
}
