package dev.claudevm.settings;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import dev.claudevm.problem.Problem;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.providers.AddedProviders.Shown;
import dev.claudevm.providers.Providers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds or changes a provider. It is tried before it is kept; what the trial asks is asked here. */
final class ProviderForm extends Dialog {

    private static final Logger log = LoggerFactory.getLogger(ProviderForm.class);

    /** Gives the values to whoever keeps them. */
    private interface Keeping {
        void keep(ProviderKind kind, String name, Map<String, @Nullable String> values, boolean check);
    }

    private final Select<ProviderKind> kind = new Select<>();
    private final TextField name = new TextField("Name");
    private final Div fields = new Div();
    private final List<OptionField> options = new ArrayList<>();
    private final Paragraph trouble = new Paragraph();
    private final Button save;
    private final Button allTheSame = new Button("Keep it all the same", click -> keep(false));
    private final Map<String, String> confirmed = new LinkedHashMap<>();
    private final List<Shown> before;
    private final String word;
    private final Keeping keeping;

    private ProviderForm(String title, String word, List<Shown> before, Keeping keeping) {
        this.word = word;
        this.before = before;
        this.keeping = keeping;
        this.save = new Button(word, click -> keep(true));
        setHeaderTitle(title);
        setWidth("min(100%, 480px)");
        kind.setLabel("Kind");
        kind.setItemLabelGenerator(ProviderKind::title);
        kind.setWidthFull();
        kind.addValueChangeListener(chosen -> show(chosen.getValue()));
        name.setHelperText("Small letters, digits and hyphens");
        name.setWidthFull();
        name.getElement().executeJs("this.inputElement.autocapitalize = 'none'; this.inputElement.spellcheck = false");
        fields.addClassName("content");
        fields.getStyle().set("padding", "0");
        trouble.addClassName("bad");
        trouble.getElement().setAttribute("role", "alert");
        // A host key's fingerprint is one long word, which must not make the form wider than a phone.
        trouble.getStyle().set("overflow-wrap", "anywhere");
        trouble.setVisible(false);
        allTheSame.setVisible(false);
        save.addThemeVariants(ButtonVariant.PRIMARY);
        Div all = new Div(kind, name, fields, trouble);
        all.getStyle()
                .set("display", "grid")
                .set("grid-template-columns", "minmax(0, 1fr)")
                .set("gap", "12px");
        add(all);
        getFooter().add(new Button("Cancel", click -> close()), allTheSame, save);
    }

    static ProviderForm toAdd(ProviderParts parts) {
        ProviderForm form = new ProviderForm(
                "Add a provider",
                "Add",
                List.of(),
                (kind, name, values, check) -> parts.added().add(name, kind.name(), values, check));
        form.kind.setItems(parts.kinds().all());
        form.kind.setValue(parts.kinds().all().getFirst());
        return form;
    }

    static ProviderForm toChange(Providers.Known provider, ProviderParts parts) {
        ProviderForm form = new ProviderForm(
                "Change " + provider.name(),
                "Save",
                parts.added().options(provider.name()),
                (kind, name, values, check) -> parts.inUse().change(provider.name(), values, check));
        form.kind.setVisible(false);
        form.name.setVisible(false);
        ProviderKind its = parts.kinds().get(provider.kind());
        form.kind.setItems(its);
        form.kind.setValue(its);
        return form;
    }

    private void show(ProviderKind chosen) {
        fields.removeAll();
        options.clear();
        confirmed.clear();
        Paragraph help = new Paragraph(chosen.help());
        help.addClassName("dim");
        fields.add(help);
        for (var option : chosen.options()) {
            Shown shown = before.stream()
                    .filter(known -> known.name().equals(option.name()))
                    .findFirst()
                    .orElse(null);
            OptionField field = OptionField.of(option, shown);
            options.add(field);
            fields.add(field.component());
        }
    }

    /** Trying it may take a while: it is done beside this page. */
    private void keep(boolean check) {
        Map<String, @Nullable String> values = new LinkedHashMap<>();
        for (OptionField field : options) {
            String value = field.value().get();
            if (value != null) {
                values.put(field.option().name(), value);
            }
        }
        values.putAll(confirmed);
        ProviderKind chosen = kind.getValue();
        String called = name.getValue().strip();
        UI ui = UI.getCurrent();
        waiting(true);
        Thread.ofVirtual().name("provider-form").start(() -> {
            try {
                keeping.keep(chosen, called, values, check);
                var _ = ui.access(this::close);
            } catch (Problem refused) {
                var _ = ui.access(() -> say(refused));
            } catch (RuntimeException e) {
                log.error("A provider could not be kept", e);
                var _ = ui.access(() -> say(Problem.unavailable("The server failed.", "Its log has the cause.")));
            }
        });
    }

    private void waiting(boolean yes) {
        save.setEnabled(!yes);
        allTheSame.setEnabled(!yes);
        save.setText(yes ? "Being tried…" : word);
        if (yes) {
            trouble.setVisible(false);
        }
    }

    private void say(Problem refused) {
        waiting(false);
        trouble.setText(refused.detail() + (refused.detail().endsWith(".") ? " " : ". ") + refused.todo());
        trouble.setVisible(true);
        trouble.getElement().executeJs("this.scrollIntoView({block: 'nearest'})");
        allTheSame.setVisible(refused.more().containsKey("check"));
        if (refused.more().get("confirm") instanceof Map<?, ?> confirm) {
            confirmed.put(String.valueOf(confirm.get("option")), String.valueOf(confirm.get("value")));
            save.setText("Yes, it is right");
        } else {
            confirmed.clear();
        }
    }
}
