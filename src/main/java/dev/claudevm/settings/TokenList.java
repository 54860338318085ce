package dev.claudevm.settings;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.notification.Notification;
import com.vaadin.flow.component.textfield.TextField;
import dev.claudevm.access.ApiTokens;
import dev.claudevm.ui.Ago;
import java.time.Clock;
import java.time.Instant;

/** Tokens for programs. A new one is shown once. */
final class TokenList extends Div {

    private final ApiTokens tokens;
    private final Clock clock;
    private final Div rows = new Div();
    private final TextField name = new TextField("Name of a new token");

    TokenList(ApiTokens tokens, Clock clock) {
        this.tokens = tokens;
        this.clock = clock;
        addClassName("card");
        name.setPlaceholder("Laptop");
        Div fresh = new Div();
        Button create = new Button("Create token", click -> {
            try {
                ApiTokens.Created created = tokens.create(name.getValue());
                Span value = new Span(created.token());
                value.addClassName("mono");
                fresh.removeAll();
                fresh.add(new Paragraph("Copy it now; it is not shown again."), value);
                name.clear();
                refresh();
            } catch (IllegalArgumentException refused) {
                Notification.show(String.valueOf(refused.getMessage()), 6_000, Notification.Position.TOP_CENTER);
            }
        });
        add(rows, name, create, fresh);
        refresh();
    }

    private void refresh() {
        rows.removeAll();
        tokens.list().forEach(token -> rows.add(row(token)));
    }

    private Div row(ApiTokens.ApiToken token) {
        Span label = new Span(token.name());
        label.addClassName("grow");
        Instant used = token.lastUsedAt();
        Span when = new Span(used == null ? "never used" : "used " + Ago.of(used, clock.instant()));
        when.addClassName("dim");
        Button revoke = new Button("Revoke", click -> {
            tokens.revoke(token.id());
            refresh();
        });
        revoke.setAriaLabel("Revoke " + token.name());
        Div row = new Div(label, when, revoke);
        row.addClassName("row");
        return row;
    }
}
