package dev.claudevm.conversation.ui;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.dom.Element;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import dev.claudevm.ui.Page;
import jakarta.annotation.security.PermitAll;

/** Home: what needs the person over all workspaces, what is working, what was finished. */
@Route("")
@PageTitle("Inbox")
@PermitAll
class InboxView extends Page {

    InboxView() {
        super("Inbox");
        Div place = new Div();
        place.getElement().appendChild(new Element("cv-inbox"));
        show(place);
    }
}
