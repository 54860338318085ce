package dev.claudevm.live;

import dev.claudevm.conversation.Agents;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.ConversationState;
import dev.claudevm.conversation.OpenRequest;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Service;

/** Takes snapshots of everything. */
@Service
class Overviews {

    /** Most finished conversations in a snapshot; older ones are in the list of workspaces. */
    private static final int FINISHED = 30;

    private final WorkspaceService workspaces;
    private final ConversationService conversations;
    private final Agents agents;

    Overviews(WorkspaceService workspaces, ConversationService conversations, Agents agents) {
        this.workspaces = workspaces;
        this.conversations = conversations;
        this.agents = agents;
    }

    Overview take() {
        List<Workspace> places = workspaces.list();
        Map<WorkspaceId, Workspace> place =
                places.stream().collect(Collectors.toMap(Workspace::id, Function.identity(), (a, _) -> a));
        List<Conversation> all = conversations.all().stream()
                .filter(conversation -> place.containsKey(conversation.workspaceId()))
                .toList();
        Map<ConversationId, Conversation> talk =
                all.stream().collect(Collectors.toMap(Conversation::id, Function.identity(), (a, _) -> a));
        Function<Conversation, String> project = conversation -> {
            Workspace workspace = place.get(conversation.workspaceId());
            return workspace == null ? "" : workspace.project().name();
        };
        return new Overview(
                conversations.approvals().stream()
                        .flatMap(open -> Stream.ofNullable(talk.get(open.conversationId()))
                                .map(in -> approval(open, in, project)))
                        .toList(),
                conversations.questions().stream()
                        .flatMap(open -> Stream.ofNullable(talk.get(open.conversationId()))
                                .map(in -> question(open, in, project)))
                        .toList(),
                failures(all, place, conversations.blocked()),
                all.stream()
                        .filter(Conversation::working)
                        .filter(conversation -> conversation.state() != ConversationState.NEEDS_YOU)
                        .map(c -> new Overview.Working(
                                c.id().value(),
                                c.workspaceId().value(),
                                project.apply(c),
                                c.title(),
                                c.line(),
                                c.turnStartedAt(),
                                c.queued()))
                        .toList(),
                all.stream()
                        .filter(c -> !c.working() && c.state() == ConversationState.IDLE)
                        .filter(c -> c.turnFinishedSeq() > c.seenSeq())
                        .limit(FINISHED)
                        .map(c -> new Overview.Finished(
                                c.id().value(),
                                c.workspaceId().value(),
                                project.apply(c),
                                c.title(),
                                c.line(),
                                c.turnFinishedAt(),
                                c.outcome()))
                        .toList(),
                places.stream().map(workspace -> place(workspace, all)).toList());
    }

    /** A workspace that cannot start fails each conversation that waits in it. */
    private static List<Overview.Failure> failures(
            List<Conversation> all, Map<WorkspaceId, Workspace> place, Map<ConversationId, Agents.Need> blocked) {
        List<Overview.Failure> failures = new ArrayList<>();
        for (Conversation conversation : all) {
            Workspace workspace = place.get(conversation.workspaceId());
            if (workspace == null) {
                continue;
            }
            String what = conversation.failedWhat();
            String reason = workspace.reason();
            if (workspace.state() == WorkspaceState.FAILED && reason != null) {
                failures.add(failure(conversation, workspace, reason, workspace.todo(), workspace.updatedAt()));
            } else if (blocked.get(conversation.id()) instanceof Agents.Need need) {
                failures.add(failure(conversation, workspace, need.what(), need.todo(), conversation.updatedAt()));
            } else if (conversation.state() == ConversationState.FAILED && what != null) {
                var at = conversation.failedAt();
                failures.add(failure(
                        conversation,
                        workspace,
                        what,
                        conversation.failedTodo(),
                        at == null ? conversation.updatedAt() : at));
            }
        }
        return failures;
    }

    private static Overview.Failure failure(
            Conversation conversation,
            Workspace workspace,
            String what,
            @org.jspecify.annotations.Nullable String todo,
            java.time.Instant at) {
        return new Overview.Failure(
                conversation.id().value(),
                workspace.id().value(),
                workspace.project().name(),
                conversation.title(),
                what,
                todo,
                at);
    }

    private Overview.OpenApproval approval(
            OpenRequest.Approval open, Conversation in, Function<Conversation, String> project) {
        return new Overview.OpenApproval(
                open.id(),
                open.workspaceId().value(),
                project.apply(in),
                in.id().value(),
                in.title(),
                label(in.agent()),
                open.tool(),
                open.title(),
                open.input(),
                open.options(),
                open.openedAt(),
                open.answeredBy());
    }

    private Overview.OpenQuestion question(
            OpenRequest.Question open, Conversation in, Function<Conversation, String> project) {
        return new Overview.OpenQuestion(
                open.id(),
                open.workspaceId().value(),
                project.apply(in),
                in.id().value(),
                in.title(),
                label(in.agent()),
                open.questions(),
                open.openedAt(),
                open.answeredBy());
    }

    private String label(String agent) {
        return agents.find(agent).map(Agents.KnownAgent::label).orElse(agent);
    }

    private static Overview.Place place(Workspace workspace, List<Conversation> all) {
        return new Overview.Place(
                workspace.id().value(),
                workspace.name(),
                workspace.project().name(),
                workspace.branch(),
                workspace.state().word(),
                workspace.online(),
                workspace.reason(),
                workspace.steps(),
                all.stream()
                        .filter(conversation -> conversation.workspaceId().equals(workspace.id()))
                        .map(c -> new Overview.Talk(
                                c.id().value(), c.title(), c.state().word(), c.updatedAt()))
                        .toList());
    }
}
