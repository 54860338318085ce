package dev.claudevm.conversation.ui;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.dom.Element;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;

/** One conversation. The browser's component reads and writes it by its id; this view only names it. */
@Route("c/:conversationId")
@PageTitle("Conversation")
@PermitAll
class ConversationView extends Div implements BeforeEnterObserver {

    private final Element conversation = new Element("cv-conversation");

    ConversationView() {
        addClassName("conversation");
        getElement().appendChild(conversation);
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        conversation.setAttribute(
                "conversation-id",
                event.getRouteParameters().get("conversationId").orElseThrow());
    }
}
