package dev.claudevm.settings;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.dom.Element;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.spring.security.AuthenticationContext;
import dev.claudevm.access.ApiTokens;
import dev.claudevm.access.Caller;
import dev.claudevm.access.Devices;
import dev.claudevm.access.LoginLinks;
import dev.claudevm.agent.AgentCatalog;
import dev.claudevm.agent.AgentsChanged;
import dev.claudevm.config.ServerAddress;
import dev.claudevm.providers.AddedProviders;
import dev.claudevm.ui.Changes;
import dev.claudevm.ui.Chips;
import dev.claudevm.ui.Page;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;

/** Agents and keys first, because nothing works without; then where workspaces run, who can come in, and how it looks. */
@Route("settings")
@PageTitle("Settings")
@PermitAll
class SettingsView extends Page {

    private final AgentCatalog agents;
    private final Div agentCards = new Div();
    private final Chips<String> look = new Chips<>("Appearance");

    SettingsView(
            AgentCatalog agents,
            ProviderParts providers,
            Devices devices,
            ApiTokens tokens,
            LoginLinks links,
            ServerAddress address,
            Changes changes,
            AuthenticationContext authentication,
            Clock clock) {
        super("Settings");
        this.agents = agents;
        agentCards.addClassName("content");
        changes.follow(this, AgentsChanged.class, this::showAgents);
        showAgents();
        ProviderList places = new ProviderList(providers);
        changes.follow(this, AddedProviders.ProvidersChanged.class, places::refresh);
        look.choice("", "As the device").choice("light", "Light").choice("dark", "Dark");
        look.onChoice(choice -> getElement()
                .executeJs(
                        "if ($0) { document.documentElement.dataset.theme = $0; localStorage.setItem('cv-theme', $0) }"
                                + " else { delete document.documentElement.dataset.theme; localStorage.removeItem('cv-theme') }",
                        choice));
        show(
                new H2("Agents"),
                agentCards,
                new H2("Where workspaces run"),
                places,
                new H2("Devices that are logged in"),
                new DeviceList(
                        devices,
                        links,
                        address,
                        clock,
                        authentication
                                .getAuthenticatedUser(Caller.class)
                                .map(Caller::credentialId)
                                .orElse("")),
                new H2("Notifications on this device"),
                own("cv-push"),
                new H2("SSH keys"),
                own("cv-ssh"),
                new H2("API tokens"),
                new TokenList(tokens, clock),
                new H2("Appearance"),
                look,
                new H2("About"),
                new Paragraph("claude-vm, self-hosted and open source (Apache-2.0)."));
    }

    /** What the browser draws by itself, by the REST API. */
    private static Div own(String element) {
        Div place = new Div();
        place.getElement().appendChild(new Element(element));
        return place;
    }

    @Override
    protected void onAttach(AttachEvent attached) {
        getElement().executeJs("return localStorage.getItem('cv-theme') || ''").then(String.class, look::take);
    }

    private void showAgents() {
        agentCards.removeAll();
        agents.all().forEach(agent -> agentCards.add(new AgentCard(agent, agents, this::showAgents)));
    }
}
