package dev.claudevm.ui;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A few choices side by side, one of them taken. A radio group for screen readers. */
public final class Chips<T> extends Div {

    private final Map<T, NativeButton> chips = new LinkedHashMap<>();
    private Consumer<T> listener = choice -> {};
    private @Nullable T value;

    public Chips(String name) {
        addClassName("chips");
        getElement().setAttribute("role", "radiogroup");
        getElement().setAttribute("aria-label", name);
    }

    /** Adds a choice; the first one added is taken until another is. */
    public Chips<T> choice(T choice, String label) {
        NativeButton chip = new NativeButton(label);
        chip.addClassName("chip");
        chip.getElement().setAttribute("type", "button");
        chip.getElement().setAttribute("role", "radio");
        chip.addClickListener(click -> {
            take(choice);
            listener.accept(choice);
        });
        chips.put(choice, chip);
        add(chip);
        if (value == null) {
            take(choice);
        } else {
            show();
        }
        return this;
    }

    /** Takes {@code choice} without telling the listener; null: none of them. */
    public void take(@Nullable T choice) {
        value = choice;
        show();
    }

    public @Nullable T value() {
        return value;
    }

    /** @param heard is told what a person taps */
    public void onChoice(Consumer<T> heard) {
        listener = heard;
    }

    private void show() {
        chips.forEach((choice, chip) ->
                chip.getElement().setAttribute("aria-checked", Boolean.toString(choice.equals(value))));
    }
}
