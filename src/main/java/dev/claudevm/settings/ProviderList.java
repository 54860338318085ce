package dev.claudevm.settings;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import dev.claudevm.providers.Providers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where workspaces run: every provider, and the way to another one. Whether they work is asked after they are shown. */
final class ProviderList extends Div {

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final ProviderParts parts;
    private final Map<String, ProviderCard> cards = new LinkedHashMap<>();

    ProviderList(ProviderParts parts) {
        this.parts = parts;
        addClassName("content");
        show();
    }

    @Override
    protected void onAttach(AttachEvent attached) {
        ask(attached.getUI());
    }

    /** Anew, because something has changed. */
    void refresh() {
        show();
        getUI().ifPresent(this::ask);
    }

    private void show() {
        removeAll();
        cards.clear();
        String usual = parts.defaults().ofPerson();
        for (Providers.Known known : parts.providers().all()) {
            ProviderCard card = new ProviderCard(known, known.name().equals(usual), parts, this::refresh);
            cards.put(known.name(), card);
            add(card);
        }
        add(new Button("Add a provider", click -> open(ProviderForm.toAdd(parts))));
    }

    private void ask(UI ui) {
        Map<String, ProviderCard> shown = Map.copyOf(cards);
        Thread.ofVirtual().name("settings-providers").start(() -> {
            var answers = parts.providers().availability(List.copyOf(shown.keySet()), PATIENCE);
            var _ = ui.access(() -> answers.forEach((name, answer) -> {
                ProviderCard card = shown.get(name);
                if (card != null) {
                    card.show(answer);
                }
            }));
        });
    }

    static void open(Dialog dialog) {
        UI.getCurrent().add(dialog);
        dialog.open();
    }
}
