package dev.claudevm.settings;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.notification.Notification;
import com.vaadin.flow.component.textfield.PasswordField;
import dev.claudevm.agent.Agent;
import dev.claudevm.agent.AgentCatalog;

/** One agent: whether it can work, and what it lacks. A stored key is never shown again. */
final class AgentCard extends Div {

    private final Agent agent;
    private final AgentCatalog agents;
    private final Runnable changed;

    AgentCard(Agent agent, AgentCatalog agents, Runnable changed) {
        this.agent = agent;
        this.agents = agents;
        this.changed = changed;
        addClassName("card");
        getElement().setAttribute("role", "group");
        getElement().setAttribute("aria-label", "Agent " + agent.label());
        Span dot = new Span();
        dot.addClassNames("dot", agent.state() == Agent.State.READY ? "running" : "failed");
        Span name = new Span(agent.label() + (agent.isDefault() ? " · default" : ""));
        name.addClassName("grow");
        Span state = new Span(words());
        state.addClassName("dim");
        Div heading = new Div(dot, name, state);
        heading.addClassName("row");
        add(heading);
        if (agent.demo()) {
            add(dim("A demo: needs no key, asks no model, really works in the workspace."));
        }
        if (!agent.todo().isEmpty()) {
            add(dim(agent.todo()));
        }
        if (!agent.keyOrigin().equals("not_needed")) {
            add(key());
        }
        login();
        installation();
    }

    private String words() {
        return switch (agent.state()) {
            case READY -> "ready";
            case NEEDS_KEY -> "needs a key";
            case NEEDS_INSTALLATION -> "not installed";
            case INSTALLING -> "being installed";
        };
    }

    private Div key() {
        Div box = new Div();
        box.addClassName("card-part");
        String origin = switch (agent.keyOrigin()) {
            case "config" -> "The key comes from config.yaml.";
            case "environment" -> "The key comes from the server's environment.";
            case "settings" -> "A key is stored here, encrypted.";
            case "login" -> "Uses this machine's own login.";
            default -> ""; // what to do stands above
        };
        if (!origin.isEmpty()) {
            box.add(dim(origin));
        }
        if (agent.keyOrigin().equals("config") || agent.keyOrigin().equals("environment")) {
            return box;
        }
        PasswordField field = new PasswordField("Key for " + agent.label());
        field.setPlaceholder("Paste an API key or a setup token");
        field.setRevealButtonVisible(false);
        Button save = new Button("Save", click -> attempt(() -> agents.setKey(agent.name(), field.getValue())));
        save.addThemeVariants(ButtonVariant.PRIMARY);
        Div row = new Div(save);
        row.addClassName("row");
        if (agent.keyOrigin().equals("settings")) {
            row.add(new Button("Remove", click -> attempt(() -> agents.removeKey(agent.name()))));
        }
        box.add(field, row);
        return box;
    }

    private void login() {
        Agent.Login login = agent.login();
        if (login == null || (!login.found() && !login.lent())) {
            return;
        }
        Checkbox lend = new Checkbox("Lend this machine's own " + agent.label() + " login to workspaces", login.lent());
        lend.setEnabled(!login.fixed());
        lend.addValueChangeListener(
                changedValue -> attempt(() -> agents.lendLogin(agent.name(), changedValue.getValue())));
        add(lend, dim("The agent in a workspace can then use, and see, that login."));
    }

    private void installation() {
        Agent.Installation installation = agent.installation();
        if (installation != null && installation.running()) {
            add(dim("Installing " + installation.version() + ": " + installation.bytes() / 1_000_000 + " MB so far"));
        } else if (agent.state() == Agent.State.NEEDS_INSTALLATION) {
            if (installation != null && installation.error() != null) {
                Paragraph error = new Paragraph(installation.error());
                error.addClassName("bad");
                add(error);
            }
            Button install = new Button("Install", click -> attempt(() -> agents.install(agent.name())));
            install.addThemeVariants(ButtonVariant.PRIMARY);
            add(install);
        }
    }

    private static Paragraph dim(String text) {
        Paragraph line = new Paragraph(text);
        line.addClassName("dim");
        return line;
    }

    private void attempt(Runnable action) {
        try {
            action.run();
        } catch (IllegalArgumentException refused) {
            Notification.show(String.valueOf(refused.getMessage()), 8_000, Notification.Position.TOP_CENTER);
            return;
        }
        changed.run();
    }
}
