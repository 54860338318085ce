package dev.claudevm.start;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.select.Select;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.fork.ForkWish;
import dev.claudevm.fork.Forks;
import dev.claudevm.problem.Problem;
import dev.claudevm.snapshot.Snapshot;
import dev.claudevm.snapshot.Snapshots;
import dev.claudevm.ui.Ago;
import dev.claudevm.ui.Chips;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

/** The part of the form that says of which workspace copies are made, as it was when, and how many. */
@Component
@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
class Copies {

    private static final int OFFERED = 30;
    private static final List<Integer> NUMBERS = List.of(1, 2, 3, 4, 6, 8);

    private final Forks forks;
    private final Snapshots snapshots;
    private final WorkspaceService workspaces;
    private final Clock clock;
    private final Chips<Integer> number = new Chips<>("Copies");
    private final Select<Version> version = new Select<>();
    private final String request = UUID.randomUUID().toString();
    private @Nullable WorkspaceId source;

    /** @param snapshot null: as it is now */
    private record Version(@Nullable String snapshot, String label) {}

    Copies(Forks forks, Snapshots snapshots, WorkspaceService workspaces, Clock clock) {
        this.forks = forks;
        this.snapshots = snapshots;
        this.workspaces = workspaces;
        this.clock = clock;
    }

    /** @return whether copies are to be made */
    boolean chosen() {
        return source != null;
    }

    /**
     * @param snapshot the one that is chosen first; null: as it is now
     * @return the form
     * @throws Problem when there is no such workspace
     */
    Div of(WorkspaceId id, @Nullable String snapshot) {
        source = workspaces.get(id).id();
        Instant now = clock.instant();
        List<Version> versions = new ArrayList<>(List.of(new Version(null, "As it is now")));
        snapshots.of(id).stream()
                .filter(known -> known.state() == Snapshot.State.DONE)
                .limit(OFFERED)
                .forEach(known -> versions.add(new Version(known.id(), words(known, now))));
        version.setLabel("Its files");
        version.setItems(versions);
        version.setItemLabelGenerator(Version::label);
        version.setValue(versions.stream()
                .filter(one -> one.snapshot() != null && one.snapshot().equals(snapshot))
                .findFirst()
                .orElse(versions.getFirst()));
        NUMBERS.forEach(n -> number.choice(n, String.valueOf(n)));
        number.take(snapshot == null ? 2 : 1);
        Div form = new Div(
                new Paragraph("In copies of " + id + ": new workspaces that begin with its files, each with a"
                        + " conversation and snapshots of its own. " + id + " itself goes on."),
                version,
                new H2("Copies"),
                number);
        form.addClassName("content");
        return form;
    }

    private static String words(Snapshot snapshot, Instant now) {
        String ago = Ago.of(snapshot.begunAt(), now);
        return "As it was "
                + (ago.equals("now") ? "a moment ago" : ago + " ago")
                + switch (snapshot.why()) {
                    case REST -> ", when the agent came to rest";
                    case INTERVAL -> ", while the agent worked";
                    case STOP -> ", before it stopped";
                    case DELETE -> ", before it was deleted";
                    case REQUEST -> "";
                };
    }

    /** @throws Problem when something asked for makes no sense; then nothing was made */
    List<Forks.Fork> make(String message, NewConversation conversation, String by) {
        if (message.isBlank()) {
            throw Problem.invalid("Nothing was said.", "Say what should be done; one sentence is enough.");
        }
        WorkspaceId from = source;
        Integer copies = number.value();
        Version as = version.getValue();
        if (from == null || copies == null) {
            throw new IllegalStateException("nothing is chosen");
        }
        return forks.make(
                new ForkWish(from, as == null ? null : as.snapshot(), copies, message, conversation, null, null),
                request,
                by);
    }
}
