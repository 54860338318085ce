package dev.claudevm.conversation.ui;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;

/** One conversation. Empty: the frame's own side shows it (decision 003); this is its place among Flow's routes. */
@Route("c/:conversationId")
@PageTitle("Conversation")
@PermitAll
class ConversationView extends Div {}
