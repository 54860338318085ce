package dev.claudevm.start;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.KeyModifier;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.spring.security.AuthenticationContext;
import dev.claudevm.agent.Agent;
import dev.claudevm.agent.AgentCatalog;
import dev.claudevm.agents.AgentCapabilities.Mode;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.fork.Forks;
import dev.claudevm.problem.Problem;
import dev.claudevm.project.Project;
import dev.claudevm.project.Projects;
import dev.claudevm.providers.DefaultProviders;
import dev.claudevm.providers.Providers;
import dev.claudevm.ui.Chips;
import dev.claudevm.ui.Page;
import dev.claudevm.workspace.NewWorkspace;
import dev.claudevm.workspace.WorkspaceId;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * New work: first what should be done, then where. One tap makes the workspace and the conversation; the message waits in
 * its queue meanwhile. {@code ?project=} chooses a project, {@code ?workspace=} talks in a workspace that is there, {@code ?copy=} makes
 * copies of one ({@code &snapshot=}: as it was then).
 */
@Route("new")
@PageTitle("New")
@PermitAll
class NewView extends Page implements BeforeEnterObserver {

    /** Most projects offered as chips; others are typed. */
    private static final int RECENT = 6;

    /** Who has not answered by then is not offered. */
    private static final Duration PATIENCE = Duration.ofMillis(1500);

    private final Starts starts;
    private final AgentCatalog agents;
    private final Projects projects;
    private final Providers providers;
    private final DefaultProviders defaults;
    private final ServerConfig config;
    private final List<String> missing = new ArrayList<>();
    private final List<String> offered = new ArrayList<>();
    private final Checkbox always = new Checkbox("Always for this project");
    private final AuthenticationContext authentication;
    private final TextArea message = new TextArea("What should be done?");
    private final TextField source = new TextField("Project");
    private final Chips<String> recent = new Chips<>("Recent projects");
    private final Chips<String> where = new Chips<>("Where");
    private final Chips<String> agent = new Chips<>("Agent");
    private final Select<Mode> mode = new Select<>();
    private final TextField branch = new TextField();
    private final TextField image = new TextField();
    private final NativeDetails images = new NativeDetails("Image", image);
    private final Div place = new Div();
    private final Div warnings = new Div();
    private final Div agentNeeds = new Div();
    private final Paragraph problem = new Paragraph();
    private final Button start = new Button("Start");
    private final Copies copies;
    private @Nullable WorkspaceId inside;

    NewView(
            Starts starts,
            Projects projects,
            Providers providers,
            DefaultProviders defaults,
            ServerConfig config,
            AgentCatalog agents,
            Copies copies,
            AuthenticationContext authentication) {
        super("New");
        this.starts = starts;
        this.agents = agents;
        this.projects = projects;
        this.providers = providers;
        this.defaults = defaults;
        this.config = config;
        this.copies = copies;
        this.authentication = authentication;
        message.addClassName("first");
        message.setPlaceholder("Find out why checkout is slow on mobile and fix the worst cause.");
        message.setValueChangeMode(ValueChangeMode.LAZY);
        message.getElement().setAttribute("data-draft", "new-message");
        chooseProject(projects.recent().stream().limit(RECENT).toList());
        chooseWhere();
        chooseAgent();
        problem.addClassName("bad");
        problem.getElement().setAttribute("role", "alert");
        problem.setVisible(false);
        start.addThemeVariants(ButtonVariant.PRIMARY);
        start.addClassName("start");
        start.setDisableOnClick(true);
        start.addClickListener(click -> start());
        start.addClickShortcut(Key.ENTER, KeyModifier.CONTROL);
        Div foot = new Div(problem, start);
        foot.addClassName("sticky-foot");
        show(message, place, new H2("Agent"), agent, agentNeeds, mode, foot);
    }

    private void chooseProject(List<Project> known) {
        source.setPlaceholder("Git URL or folder on the server");
        source.setClearButtonVisible(true);
        source.getElement().setAttribute("data-draft", "new-project");
        source.setValueChangeMode(ValueChangeMode.LAZY);
        known.forEach(project -> recent.choice(project.source(), project.name()));
        recent.take(null);
        recent.setVisible(!known.isEmpty());
        recent.onChoice(source::setValue);
        source.addValueChangeListener(changed -> {
            recent.take(changed.getValue());
            chooseDefault(changed.getValue());
        });
        if (!known.isEmpty()) {
            source.setValue(known.getFirst().source());
        }
        branch.setPlaceholder("The default one");
        branch.setAriaLabel("Branch");
        place.addClassName("content");
        NativeDetails more = new NativeDetails("Branch", branch);
        more.addClassName("more");
        image.setPlaceholder("The default one");
        image.setAriaLabel("Image");
        images.addClassName("more");
        always.setVisible(false);
        // A finger finds it.
        always.getStyle().set("min-height", "44px");
        place.add(source, recent, more, new H2("Where"), where, always, images, warnings);
    }

    private void chooseWhere() {
        warnings.addClassName("warn");
        List<Providers.Known> all = providers.all();
        var answers =
                providers.availability(all.stream().map(Providers.Known::name).toList(), PATIENCE);
        for (var provider : all) {
            var can = Objects.requireNonNull(answers.get(provider.name()));
            if (can.available()) {
                where.choice(provider.name(), provider.label());
                offered.add(provider.name());
            } else if (provider.added() || config.providers().containsKey(provider.name())) {
                // Who has configured it wants to know why it is missing.
                missing.add(provider.label() + ": " + can.words());
            }
        }
        where.onChoice(this::warn);
        chooseDefault(source.getValue());
    }

    /** Where the project's workspaces go. */
    private void chooseDefault(String typed) {
        String project = project(typed);
        String usual = defaults.of(project);
        if (offered.contains(usual)) {
            where.take(usual);
        }
        always.setValue(project != null && usual.equals(defaults.ofProject(project)));
        warn(where.value());
    }

    /** @return null when there is none of that source yet */
    private @Nullable String project(String typed) {
        try {
            return typed.isBlank()
                    ? null
                    : projects.known(typed).map(Project::id).orElse(null);
        } catch (Problem notASource) {
            return null;
        }
    }

    private void chooseAgent() {
        agentNeeds.addClassName("warn");
        mode.setLabel("Mode");
        mode.setItemLabelGenerator(Mode::label);
        agents.all().forEach(choice -> agent.choice(choice.name(), choice.label()));
        agent.onChoice(this::describe);
        String first = agent.value();
        if (first != null) {
            describe(first);
        }
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        var query = event.getLocation().getQueryParameters();
        query.getSingleParameter("project").ifPresent(source::setValue);
        query.getSingleParameter("copy").ifPresent(id -> {
            place.removeAll();
            place.add(copies.of(
                    WorkspaceId.parse(id), query.getSingleParameter("snapshot").orElse(null)));
        });
        query.getSingleParameter("workspace").ifPresent(id -> {
            inside = WorkspaceId.parse(id);
            place.removeAll();
            place.add(new Paragraph("In workspace " + id));
        });
    }

    /** What was typed is kept in the browser until it is started, also when the server goes away meanwhile. */
    @Override
    protected void onAttach(AttachEvent attached) {
        attached.getUI().getPage().executeJs("""
                for (const field of document.querySelectorAll('[data-draft]')) {
                  const key = 'cv-draft-' + field.dataset.draft;
                  const kept = localStorage.getItem(key);
                  if (kept && !field.value) {
                    field.value = kept;
                    field.dispatchEvent(new CustomEvent('change', {bubbles: true}));
                  }
                  field.addEventListener('input', () => localStorage.setItem(key, field.value));
                }""");
    }

    private void warn(@Nullable String provider) {
        warnings.removeAll();
        var chosen = providers.find(provider == null ? "" : provider);
        images.setVisible(chosen.filter(known -> known.capabilities().images()).isPresent());
        chosen.ifPresent(
                known -> known.capabilities().warnings().forEach(line -> warnings.add(new Div(new Span(line)))));
        always.setVisible(offered.size() > 1);
        missing.forEach(line -> warnings.add(new Div(new Span(line))));
        warnings.setVisible(warnings.getComponentCount() > 0);
    }

    private @Nullable String chosenImage() {
        return images.isVisible() ? image.getValue() : null;
    }

    private void describe(String name) {
        Agent chosen = agents.find(name).orElseThrow();
        agentNeeds.removeAll();
        if (chosen.demo()) {
            agentNeeds.add(new Span("A demo: it needs no key and asks no model. It really works in the workspace."));
        } else if (chosen.state() == Agent.State.NEEDS_KEY || chosen.state() == Agent.State.NEEDS_INSTALLATION) {
            Anchor settings = new Anchor("/settings", "Open Settings");
            agentNeeds.add(new Span(chosen.todo() + " "), settings);
        }
        agentNeeds.setVisible(agentNeeds.getElement().getChildCount() > 0);
        mode.setItems(chosen.modes());
        mode.setVisible(!chosen.modes().isEmpty());
        chosen.modes().stream()
                .filter(known -> known.id().equals(chosen.defaultMode()))
                .findFirst()
                .or(() -> chosen.modes().stream().findFirst())
                .ifPresent(mode::setValue);
    }

    private void remember(String typed) {
        String project = project(typed);
        if (project != null && always.isVisible()) {
            String now = always.getValue() ? where.value() : null;
            if (!Objects.equals(now, defaults.ofProject(project))) {
                defaults.set(project, now);
            }
        }
    }

    private void forget() {
        getElement()
                .executeJs(
                        "for (const key of ['new-message', 'new-project']) localStorage.removeItem('cv-draft-' + key)");
    }

    private void start() {
        try {
            Mode chosen = mode.getValue();
            if (copies.chosen()) {
                List<Forks.Fork> made = copies.make(
                        message.getValue(),
                        new NewConversation(agent.value(), chosen == null ? null : chosen.id(), null),
                        authentication.getPrincipalName().orElse("owner"));
                forget();
                Forks.Fork first = made.getFirst();
                getUI().ifPresent(ui -> ui.navigate(made.size() == 1 ? "c/" + first.conversation() : "workspaces"));
                return;
            }
            Conversation conversation = starts.begin(
                    message.getValue(),
                    inside,
                    new NewWorkspace(source.getValue(), where.value(), branch.getValue(), chosenImage(), null),
                    new NewConversation(agent.value(), chosen == null ? null : chosen.id(), null),
                    authentication.getPrincipalName().orElse("owner"));
            if (inside == null) {
                remember(source.getValue());
            }
            forget();
            getUI().ifPresent(ui -> ui.navigate("c/" + conversation.id()));
        } catch (Problem refused) {
            problem.setText(refused.detail() + " " + refused.todo());
            problem.setVisible(true);
            start.setEnabled(true);
        }
    }
}
