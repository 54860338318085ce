package dev.claudevm.conversation.ui;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;

/** Home. Empty: the frame's own side shows the inbox (decision 003); this is its place among Flow's routes. */
@Route("")
@PageTitle("Inbox")
@PermitAll
class InboxView extends Div {}
