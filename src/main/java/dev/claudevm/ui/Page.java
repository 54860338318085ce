package dev.claudevm.ui;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.dom.Element;

/** A view with a heading, the state of the connection beside it, and content that scrolls. */
public abstract class Page extends Div {

    private final Div content = new Div();

    protected Page(String title) {
        addClassName("page");
        Header header = new Header(new H1(title));
        header.getElement().appendChild(new Element("cv-status"));
        content.addClassName("content");
        add(header, content);
    }

    /** Puts {@code parts} below the heading, in this order. */
    protected final void show(Component... parts) {
        content.removeAll();
        content.add(parts);
    }
}
