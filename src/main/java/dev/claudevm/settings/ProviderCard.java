package dev.claudevm.settings;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.notification.Notification;
import dev.claudevm.problem.Problem;
import dev.claudevm.providers.AddedProviders;
import dev.claudevm.providers.Providers;
import dev.claudevm.workspace.WorkspaceId;
import java.util.List;
import java.util.stream.Collectors;

/** One provider: whether it works, what was set, and what can be done with it. */
final class ProviderCard extends Div {

    private final Providers.Known provider;
    private final ProviderParts parts;
    private final Runnable changed;
    private final Span dot = new Span();
    private final Span state = new Span("being asked…");
    private final Paragraph trouble = new Paragraph();

    ProviderCard(Providers.Known provider, boolean usual, ProviderParts parts, Runnable changed) {
        this.provider = provider;
        this.parts = parts;
        this.changed = changed;
        addClassName("card");
        getElement().setAttribute("role", "group");
        getElement().setAttribute("aria-label", "Provider " + provider.name());
        dot.addClassNames("dot", "stopped");
        Span name = new Span(provider.label() + (usual ? " · default" : ""));
        name.addClassName("grow");
        state.addClassName("dim");
        Div heading = new Div(dot, name, state);
        heading.addClassName("row");
        // One that nobody asked for is no trouble.
        trouble.addClassName(provider.added() || usual ? "bad" : "dim");
        trouble.setVisible(false);
        add(heading, trouble, dim(words()));
        Div actions = new Div();
        actions.addClassName("row");
        if (!usual) {
            actions.add(button("Make default", () -> {
                parts.defaults().set(null, provider.name());
                changed.run();
            }));
        }
        if (provider.added()) {
            actions.add(button("Change…", () -> ProviderList.open(ProviderForm.toChange(provider, parts))), delete());
        }
        if (actions.getComponentCount() > 0) {
            add(actions);
        }
    }

    void show(Providers.Availability answer) {
        dot.removeClassName("stopped");
        dot.addClassName(answer.available() ? "running" : trouble.hasClassName("bad") ? "failed" : "stopped");
        state.setText(answer.available() ? "ready" : "not available");
        trouble.setText(answer.words());
        trouble.setVisible(!answer.available());
    }

    private String words() {
        int workspaces = parts.inUse().workspaces(provider.name()).size();
        String count =
                workspaces == 0 ? "" : workspaces == 1 ? " Has one workspace." : " Has " + workspaces + " workspaces.";
        if (!provider.added()) {
            return "Set up in config.yaml." + count;
        }
        String options = parts.added().options(provider.name()).stream()
                .filter(AddedProviders.Shown::given)
                .map(option -> option.secret() ? option.name() + " stored" : option.name() + " " + option.value())
                .collect(Collectors.joining(", "));
        return "Kind " + provider.kind() + (options.isEmpty() ? "." : ": " + options + ".") + count;
    }

    private Button button(String text, Runnable action) {
        Button button = new Button(text, click -> action.run());
        button.setAriaLabel(text.replace("…", "") + " " + provider.name());
        return button;
    }

    private Button delete() {
        Button delete = button("Delete…", this::askToDelete);
        delete.getElement().setAttribute("theme", "danger");
        return delete;
    }

    private void askToDelete() {
        List<WorkspaceId> its = parts.inUse().workspaces(provider.name());
        Dialog dialog = new Dialog();
        dialog.setHeaderTitle("Delete " + provider.name() + "?");
        dialog.add(new Paragraph(
                its.isEmpty()
                        ? "Its options and secrets are forgotten."
                        : "It has workspaces: "
                                + its.stream().map(WorkspaceId::value).collect(Collectors.joining(", "))
                                + ". They are stopped and stay where they are, and go on when a provider of the same name"
                                + " and kind is added again. Its options and secrets are forgotten."));
        Button sure = new Button(its.isEmpty() ? "Delete" : "Delete all the same", click -> {
            dialog.close();
            try {
                parts.inUse().delete(provider.name(), !its.isEmpty());
            } catch (Problem refused) {
                Notification.show(refused.detail() + " " + refused.todo(), 8_000, Notification.Position.TOP_CENTER);
            }
            changed.run();
        });
        sure.getElement().setAttribute("theme", "danger");
        dialog.getFooter().add(new Button("Cancel", click -> dialog.close()), sure);
        ProviderList.open(dialog);
    }

    private static Paragraph dim(String text) {
        Paragraph line = new Paragraph(text);
        line.addClassName("dim");
        line.getStyle().set("overflow-wrap", "anywhere");
        return line;
    }
}
