package dev.claudevm.settings;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.claudevm.provider.ProviderOption;
import dev.claudevm.provider.ProviderOption.Type;
import dev.claudevm.providers.AddedProviders.Shown;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a person gives one option's value.
 *
 * @param value what is there now; null: nothing is to be changed
 */
record OptionField(ProviderOption option, Component component, Supplier<@Nullable String> value) {

    /** @param shown what was given until now; null: nothing */
    static OptionField of(ProviderOption option, @Nullable Shown shown) {
        boolean given = shown != null && shown.given();
        String usual = option.defaultValue() == null ? "" : option.defaultValue();
        String before = shown == null ? null : shown.value();
        String now = before == null ? "" : before;
        if (option.confirmed()) {
            return confirmed(option, given);
        }
        if (option.type() == Type.SWITCH) {
            Checkbox box = new Checkbox(option.title());
            box.getStyle().set("min-height", "44px");
            box.setValue(Boolean.parseBoolean(now.isEmpty() ? usual : now));
            return new OptionField(option, box, () -> box.getValue().toString());
        }
        if (!option.allowed().isEmpty()) {
            return choice(option, now.isEmpty() ? usual : now);
        }
        String hint = given && option.secret() ? "Stored; leave it empty to keep it" : usual;
        return option.type() == Type.FILE ? area(option, now, hint) : line(option, now, hint);
    }

    /** A stored one can be forgotten, so that the check asks for it again. */
    private static OptionField confirmed(ProviderOption option, boolean given) {
        Checkbox again = new Checkbox("Ask again: " + option.title());
        again.getStyle().set("min-height", "44px");
        again.setVisible(given);
        return new OptionField(option, again, () -> again.getValue() ? "" : null);
    }

    private static OptionField choice(ProviderOption option, String now) {
        Select<String> select = new Select<>();
        select.setLabel(option.title());
        select.setHelperText(option.help());
        select.setItems(option.allowed());
        select.setWidthFull();
        if (option.allowed().contains(now)) {
            select.setValue(now);
        }
        return new OptionField(option, select, () -> select.isEmpty() ? "" : select.getValue());
    }

    private static OptionField area(ProviderOption option, String now, String hint) {
        TextArea area = new TextArea(option.title());
        area.setHelperText(option.help());
        area.setPlaceholder(hint.isEmpty() ? "Paste the file's content" : hint);
        area.setValue(now);
        area.setWidthFull();
        plain(word -> area.getElement().executeJs(word));
        if (option.secret()) {
            area.getElement().executeJs("this.inputElement.style.webkitTextSecurity = 'disc'");
        }
        return new OptionField(option, area, () -> kept(option, area.getValue()));
    }

    private static OptionField line(ProviderOption option, String now, String hint) {
        if (option.secret()) {
            PasswordField field = new PasswordField(option.title());
            field.setHelperText(option.help());
            field.setPlaceholder(hint);
            field.setRevealButtonVisible(false);
            field.setWidthFull();
            field.getElement().executeJs("this.inputElement.autocomplete = 'new-password'");
            return new OptionField(option, field, () -> kept(option, field.getValue()));
        }
        TextField field = new TextField(option.title());
        field.setHelperText(option.help());
        field.setPlaceholder(hint);
        field.setValue(now);
        field.setWidthFull();
        plain(word -> field.getElement().executeJs(word));
        return new OptionField(option, field, () -> kept(option, field.getValue()));
    }

    /** Names of machines and keys are no sentences. */
    private static void plain(Consumer<String> script) {
        script.accept("this.inputElement.autocapitalize = 'none'; this.inputElement.spellcheck = false");
    }

    private static @Nullable String kept(ProviderOption option, String typed) {
        return option.secret() && typed.isEmpty() ? null : option.type() == Type.FILE ? typed : typed.strip();
    }
}
