package dev.claudevm.conversation.ui;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.notification.Notification;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.problem.Problem;
import dev.claudevm.providers.Providers;
import dev.claudevm.ui.Ago;
import dev.claudevm.workspace.Keeper;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** One workspace in the list. */
final class WorkspaceCard extends Div {

    private final Workspace workspace;
    private final WorkspaceService workspaces;
    private final Runnable changed;

    WorkspaceCard(
            Workspace workspace,
            List<Conversation> conversations,
            Instant now,
            WorkspaceService workspaces,
            Runnable changed) {
        this.workspace = workspace;
        this.workspaces = workspaces;
        this.changed = changed;
        addClassName("card");
        getElement().setAttribute("role", "group");
        getElement().setAttribute("aria-label", "Workspace " + workspace.id());
        add(heading(now));
        place().ifPresent(place -> {
            Paragraph where = new Paragraph(place);
            where.addClassName("dim");
            add(where);
        });
        WorkspaceId original = workspace.copyOf();
        if (original != null) {
            Paragraph copy = new Paragraph("A copy of " + original);
            copy.addClassName("dim");
            add(copy);
        }
        String reason = workspace.reason();
        if (reason != null) {
            String todo = workspace.todo();
            Paragraph why = new Paragraph(todo == null ? reason : reason + " " + todo);
            why.addClassName(workspace.state() == WorkspaceState.FAILED ? "bad" : "dim");
            add(why);
        }
        if (workspace.state() == WorkspaceState.CREATING || workspace.state() == WorkspaceState.STOPPING) {
            workspace.steps().forEach(step -> add(step(step)));
        }
        if (workspace.state() == WorkspaceState.RUNNING) {
            Paragraph rest = new Paragraph(RestDialog.line(workspace.idle(), now));
            rest.addClassName("dim");
            add(rest);
        }
        workspaces.kept(workspace.id()).ifPresent(kept -> {
            add(kept(kept, now));
            Optional.ofNullable(kept.unsaved()).ifPresent(unsaved -> add(unsaved(unsaved)));
        });
        conversations.forEach(conversation -> add(link(conversation, now)));
        add(actions(now));
    }

    /** @return where it runs, unless that is here with the programs that are here */
    private Optional<String> place() {
        String image = workspace.image();
        if (image == null && workspace.provider().equals(Providers.FIRST)) {
            return Optional.empty();
        }
        return Optional.of("On " + workspace.provider() + (image == null ? "" : " · " + image));
    }

    private static Paragraph kept(Keeper.Kept kept, Instant now) {
        Instant at = kept.savedAt();
        String saved = at == null ? "No snapshot yet" : "Snapshot " + Ago.of(at, now);
        String error = kept.error();
        Paragraph line = new Paragraph(
                error != null
                        ? saved + (kept.running() ? " · a new one waits: " : " · the newest failed: ") + error + " "
                                + kept.todo()
                        : kept.running() ? saved + " · a new one is being made" : saved);
        line.addClassName(error == null ? "dim" : "bad");
        return line;
    }

    private static Paragraph unsaved(Keeper.Unsaved unsaved) {
        Paragraph line =
                new Paragraph(unsaved.events() + " events of its conversations are not in the object store yet: "
                        + unsaved.error() + " " + unsaved.todo());
        line.addClassName("bad");
        return line;
    }

    private Div heading(Instant now) {
        Span dot = new Span();
        dot.addClassNames("dot", workspace.state().word());
        String name = workspace.name();
        Span title = new Span(name == null ? workspace.id().value() : name + " · " + workspace.id());
        title.addClassName("grow");
        title.getStyle().set("font-weight", "600");
        Span state = new Span(words() + " · " + Ago.of(workspace.updatedAt(), now));
        state.addClassName("dim");
        Div row = new Div(dot, title, state);
        row.addClassName("row");
        return row;
    }

    private String words() {
        return switch (workspace.state()) {
            case CREATING -> "being made";
            case RUNNING -> workspace.online() ? "running" : "running, not reachable";
            case STOPPING -> "stopping";
            case STOPPED -> "stopped";
            case FAILED -> "failed";
            case DELETED -> "deleted";
        };
    }

    private static Div step(Workspace.Step step) {
        String detail = step.detail();
        Div line =
                new Div(new Span((step.done() ? "✓ " : "◌ ") + step.step() + (detail == null ? "" : " · " + detail)));
        line.addClassName("dim");
        return line;
    }

    private static Anchor link(Conversation conversation, Instant now) {
        // It has a title from its first message on.
        Span title = new Span(conversation.title().isEmpty() ? "Conversation" : conversation.title());
        title.addClassName("grow");
        Span state = new Span(
                switch (conversation.state()) {
                    case IDLE -> Ago.of(conversation.updatedAt(), now);
                    case WORKING -> "working";
                    case NEEDS_YOU -> "needs you";
                    case FAILED -> "failed";
                });
        state.addClassName("dim");
        Anchor anchor = new Anchor("/c/" + conversation.id(), title, state);
        anchor.addClassNames("row", "conversation-link");
        anchor.getElement().setAttribute("router-link", true);
        return anchor;
    }

    private Div actions(Instant now) {
        Div row = new Div();
        row.addClassName("row");
        switch (workspace.state()) {
            case RUNNING -> {
                row.add(button("Stop workspace", "Stop", () -> workspaces.down(workspace.id())));
                if (!workspace.online()) {
                    row.add(force());
                }
            }
            case STOPPED, FAILED -> row.add(button("Start workspace", "Start", () -> workspaces.up(workspace.id())));
            case CREATING, STOPPING -> {
                row.add(force(), delete());
                return row;
            }
            case DELETED -> {
                return deleted(row);
            }
        }
        Anchor another = new Anchor("/new?workspace=" + workspace.id(), "New conversation");
        another.addClassNames("chip", "button");
        another.getElement().setAttribute("router-link", true);
        Anchor copy = new Anchor("/new?copy=" + workspace.id(), "Try in copies");
        copy.addClassNames("chip", "button");
        copy.getElement().setAttribute("router-link", true);
        Button rest = new Button("Stop by itself…", click -> {
            RestDialog dialog = new RestDialog(workspace, workspaces, now, this::attempt);
            UI.getCurrent().add(dialog);
            dialog.open();
        });
        row.add(another, copy, rest, delete());
        return row;
    }

    private Button delete() {
        Button delete = new Button("Delete…", click -> askToDelete());
        delete.getElement().setAttribute("theme", "danger");
        return delete;
    }

    /** Its files are in its snapshots. */
    private Div deleted(Div row) {
        boolean kept = workspaces
                .kept(workspace.id())
                .filter(files -> files.savedAt() != null)
                .isPresent();
        if (kept) {
            row.add(button("Bring back workspace", "Bring back", () -> workspaces.up(workspace.id())));
        } else {
            add(new Paragraph("There is no snapshot of its files; what was said in it is kept."));
        }
        Button purge = new Button("Purge…", click -> askToPurge());
        purge.getElement().setAttribute("theme", "danger");
        row.add(purge);
        return row;
    }

    /** For one that hangs. */
    private Button force() {
        return new Button(
                "Force stop…",
                click -> ask(
                        "Force " + workspace.id() + " to stop?",
                        "Whatever runs in it is killed at once, and no snapshot is made first. Its files stay where they"
                                + " are; Start continues with them.",
                        "Force stop",
                        () -> workspaces.down(workspace.id(), true)));
    }

    private void askToPurge() {
        ask(
                "Purge " + workspace.id() + "?",
                "Its snapshots and everything that was said in it are removed for ever. The project that it was made"
                        + " from is not touched.",
                "Purge",
                () -> workspaces.delete(workspace.id(), true, false));
    }

    private void ask(String title, String words, String yes, Runnable action) {
        Dialog dialog = new Dialog();
        dialog.setHeaderTitle(title);
        dialog.add(new Paragraph(words));
        Button button = new Button(yes, click -> {
            dialog.close();
            attempt(action);
        });
        button.getElement().setAttribute("theme", "danger");
        dialog.getFooter().add(new Button("Cancel", click -> dialog.close()), button);
        UI.getCurrent().add(dialog);
        dialog.open();
    }

    private Button button(String name, String text, Runnable action) {
        Button button = new Button(text, click -> attempt(action));
        button.setAriaLabel(name);
        return button;
    }

    private void askToDelete() {
        Dialog dialog = new Dialog();
        dialog.setHeaderTitle("Delete " + workspace.id() + "?");
        Checkbox purge = new Checkbox("Also delete its snapshots and what was said in it");
        Checkbox force = new Checkbox("Even if what it has now is in no snapshot");
        force.setVisible(workspace.state() != WorkspaceState.RUNNING);
        dialog.add(
                new Paragraph(
                        "A last snapshot is made, then its files are removed from where it runs. It stands under Deleted then:"
                                + " what was said can be read, and Bring back makes it again as it was."),
                purge,
                force);
        Button delete = new Button("Delete", click -> {
            dialog.close();
            attempt(() -> workspaces.delete(workspace.id(), purge.getValue(), force.getValue()));
        });
        delete.getElement().setAttribute("theme", "danger");
        dialog.getFooter().add(new Button("Cancel", click -> dialog.close()), delete);
        UI.getCurrent().add(dialog);
        dialog.open();
    }

    private void attempt(Runnable action) {
        try {
            action.run();
        } catch (Problem refused) {
            Notification.show(refused.detail() + " " + refused.todo(), 8_000, Notification.Position.TOP_CENTER);
        }
        changed.run();
    }
}
