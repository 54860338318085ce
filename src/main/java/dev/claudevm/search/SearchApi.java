package dev.claudevm.search;

import dev.claudevm.conversation.Agents;
import dev.claudevm.workspace.WorkspaceId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Search over REST. */
@RestController
@RequestMapping("/api/v1/search")
class SearchApi {

    private final Search search;
    private final Agents agents;

    SearchApi(Search search, Agents agents) {
        this.search = search;
        this.agents = agents;
    }

    /** @param name null: its id is its name */
    record Place(String id, @Nullable String name, String project, String state) {}

    record Talk(String id, String title, String agent, String agentLabel) {}

    /** {@link Search.Result} as a client gets it. */
    record View(
            String kind,
            Place workspace,
            Talk conversation,
            long seq,
            long saidSeq,
            @Nullable String by,
            String at,
            String text,
            List<int[]> ranges,
            boolean cutBefore,
            boolean cutAfter) {

        static View of(Search.Result found, String agentLabel) {
            return new View(
                    found.kind(),
                    new Place(
                            found.workspace().id().value(),
                            found.workspace().name(),
                            found.workspace().project().name(),
                            found.workspace().state().word()),
                    new Talk(
                            found.conversation().id().value(),
                            found.conversation().title(),
                            found.conversation().agent(),
                            agentLabel),
                    found.seq(),
                    found.saidSeq(),
                    found.by(),
                    found.at().toString(),
                    found.text(),
                    found.ranges(),
                    found.cutBefore(),
                    found.cutAfter());
        }
    }

    /** @param next for {@code cursor}; null: that was all */
    record Answer(List<View> results, @Nullable String next, boolean complete) {}

    private View view(Search.Result found) {
        String agent = found.conversation().agent();
        return View.of(found, agents.find(agent).map(Agents.KnownAgent::label).orElse(agent));
    }

    @GetMapping
    Answer search(
            @RequestParam String q,
            @RequestParam(required = false) @Nullable String workspace,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "20") int limit) {
        Search.Page page = search.find(
                q, workspace == null || workspace.isBlank() ? null : WorkspaceId.parse(workspace), cursor, limit);
        return new Answer(page.results().stream().map(this::view).toList(), page.next(), page.complete());
    }
}
