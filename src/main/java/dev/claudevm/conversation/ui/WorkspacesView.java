package dev.claudevm.conversation.ui;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.ui.Changes;
import dev.claudevm.ui.Page;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceChanged;
import dev.claudevm.workspace.WorkspaceService;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * All workspaces by project: what each does, its conversations, and start, stop and delete; below them the deleted ones, folded. Above
 * them the search over everything that was said, which takes their place while something is looked for.
 */
@Route("workspaces")
@PageTitle("Workspaces")
@PermitAll
class WorkspacesView extends Page {

    /** The browser's own side searches and shows what was found (pwa/src/search). */
    @Tag("cv-search")
    private static final class SearchField extends Component {}

    private final WorkspaceService workspaces;
    private final ConversationService conversations;
    private final Clock clock;
    private final Div list = new Div();
    private final Div gone = new Div();
    private final NativeDetails deleted = new NativeDetails("Deleted", gone);

    WorkspacesView(WorkspaceService workspaces, ConversationService conversations, Changes changes, Clock clock) {
        super("Workspaces");
        this.workspaces = workspaces;
        this.conversations = conversations;
        this.clock = clock;
        list.addClassName("content");
        gone.addClassName("content");
        deleted.addClassName("more");
        show(new SearchField(), list, deleted);
        changes.follow(this, WorkspaceChanged.class, this::refresh);
        refresh();
    }

    private void refresh() {
        list.removeAll();
        Map<String, List<Workspace>> byProject = workspaces.list().stream()
                .collect(Collectors.groupingBy(
                        workspace -> workspace.project().name(), LinkedHashMap::new, Collectors.toList()));
        if (byProject.isEmpty()) {
            Anchor make = new Anchor("/new", "Start something");
            make.addClassNames("cv-button", "cv-primary");
            make.getElement().setAttribute("router-link", true);
            Div empty =
                    new Div(new Paragraph("No workspaces yet. Say what should be done, and one is made for it."), make);
            empty.addClassName("empty");
            list.add(empty);
        }
        byProject.forEach((project, members) -> {
            list.add(new H2(project));
            members.forEach(workspace -> list.add(card(workspace)));
        });
        List<Workspace> past = workspaces.deleted();
        gone.removeAll();
        past.forEach(workspace -> gone.add(card(workspace)));
        deleted.setSummaryText("Deleted (" + past.size() + ")");
        deleted.setVisible(!past.isEmpty());
    }

    private WorkspaceCard card(Workspace workspace) {
        List<Conversation> held = conversations.of(workspace.id());
        return new WorkspaceCard(workspace, held, clock.instant(), workspaces, this::refresh);
    }
}
