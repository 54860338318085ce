package dev.claudevm.conversation.ui;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.select.Select;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** When a workspace stops by itself, and until when it does not. */
final class RestDialog extends Dialog {

    private static final List<Integer> MINUTES = List.of(5, 15, 30, 60, 240, 0);
    private static final List<Duration> AWAKE =
            List.of(Duration.ofHours(1), Duration.ofHours(4), Duration.ofHours(12), Duration.ofDays(3));

    /** @param minutes null: what project or server say */
    private record After(@Nullable Integer minutes) {}

    /** @param time from now; null: what it is now */
    private record Awake(@Nullable Duration time, @Nullable Instant until) {}

    private final Select<After> after = new Select<>();
    private final Checkbox project;
    private final Select<Awake> awake = new Select<>();

    /** @param attempt runs what a person wished, and shows what was refused */
    RestDialog(Workspace workspace, WorkspaceService workspaces, Instant now, Consumer<Runnable> attempt) {
        setHeaderTitle("Stop by itself");
        Workspace.Idle idle = workspace.idle();
        project = new Checkbox("For all workspaces of " + workspace.project().name());
        List<After> choices = new ArrayList<>(List.of(new After(null)));
        MINUTES.forEach(minutes -> choices.add(new After(minutes)));
        if (idle.minutes() != null && !MINUTES.contains(idle.minutes())) {
            choices.add(new After(idle.minutes()));
        }
        after.setLabel("When nobody has needed it for");
        after.setItems(choices);
        after.setItemLabelGenerator(choice -> words(choice.minutes()));
        after.setValue(new After(idle.minutes()));
        after.setWidthFull();

        Instant kept =
                idle.keepAwakeUntil() != null && idle.keepAwakeUntil().isAfter(now) ? idle.keepAwakeUntil() : null;
        List<Awake> times = new ArrayList<>(List.of(new Awake(null, null)));
        if (kept != null) {
            times.add(new Awake(null, kept));
        }
        AWAKE.forEach(time -> times.add(new Awake(time, null)));
        awake.setLabel("Keep it awake");
        awake.setItems(times);
        awake.setItemLabelGenerator(choice -> words(choice, now));
        awake.setValue(new Awake(null, kept));
        awake.setWidthFull();

        // A finger finds it.
        project.getStyle().set("min-height", "44px");
        Div fields = new Div(after, project, awake);
        fields.getStyle().set("display", "grid").set("gap", "12px").set("align-items", "center");
        add(
                new Paragraph(
                        "It is needed while an agent works or asks, a message waits, or a terminal, SSH, files or a"
                                + " preview are in use. A message, a terminal or SSH starts it again."),
                fields);
        Button save = new Button("Save", click -> {
            close();
            attempt.accept(() -> {
                Integer minutes = after.getValue().minutes();
                if (project.getValue() || !Objects.equals(minutes, idle.minutes())) {
                    workspaces.idleMinutes(workspace.id(), minutes, project.getValue());
                }
                Awake wanted = awake.getValue();
                if (wanted.time() != null) {
                    workspaces.keepAwake(workspace.id(), Instant.now().plus(wanted.time()));
                } else if (wanted.until() == null && kept != null) {
                    workspaces.keepAwake(workspace.id(), null);
                }
            });
        });
        save.getElement().setAttribute("theme", "primary");
        getFooter().add(new Button("Cancel", click -> close()), save);
    }

    /** @return what stands on a workspace's card */
    static String line(Workspace.Idle idle, Instant now) {
        Instant kept = idle.keepAwakeUntil();
        if (kept != null && kept.isAfter(now)) {
            return "Kept awake for "
                    + Workspace.Idle.words(Duration.between(now, kept).plusSeconds(59)) + " more";
        }
        return idle.after().isZero()
                ? "Never stops by itself"
                : "Stops when nobody has needed it for " + Workspace.Idle.words(idle.after());
    }

    private static String words(@Nullable Integer minutes) {
        if (minutes == null) {
            return "as the project or the server says";
        }
        return minutes == 0 ? "never" : Workspace.Idle.words(Duration.ofMinutes(minutes));
    }

    private static String words(Awake choice, Instant now) {
        if (choice.time() != null) {
            return "for " + Workspace.Idle.words(choice.time());
        }
        return choice.until() == null
                ? "no"
                : "as now: "
                        + Workspace.Idle.words(
                                Duration.between(now, choice.until()).plusSeconds(59)) + " more";
    }
}
