package dev.claudevm.agent;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Agents over REST. A key goes in and never comes out. */
@RestController
@RequestMapping("/api/v1/agents")
class AgentApi {

    private final AgentCatalog agents;

    AgentApi(AgentCatalog agents) {
        this.agents = agents;
    }

    record AgentList(List<Agent> agents) {}

    record NewKey(@Nullable String key) {

        @Override
        public String toString() {
            return "NewKey[…]";
        }
    }

    record Lending(@Nullable Boolean lend) {}

    @GetMapping
    AgentList list() {
        return new AgentList(agents.all());
    }

    @GetMapping("/{name}")
    Agent get(@PathVariable String name) {
        return known(name);
    }

    @PutMapping("/{name}/key")
    Agent setKey(@PathVariable String name, @RequestBody NewKey wanted) {
        known(name);
        refuseInvalid(() -> agents.setKey(name, wanted.key() == null ? "" : wanted.key()), "Send {\"key\": \"…\"}.");
        return known(name);
    }

    @DeleteMapping("/{name}/key")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void removeKey(@PathVariable String name) {
        known(name);
        if (!agents.removeKey(name)) {
            throw problem(
                    HttpStatus.NOT_FOUND,
                    "There is no key of " + name + " in Settings.",
                    "A key from config.yaml or the environment is taken away there.");
        }
    }

    @PutMapping("/{name}/login")
    Agent lendLogin(@PathVariable String name, @RequestBody Lending wanted) {
        known(name);
        Boolean lend = wanted.lend();
        if (lend == null) {
            throw problem(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "\"lend\" is missing.",
                    "Send {\"lend\": true} or {\"lend\": false}.");
        }
        refuseInvalid(() -> agents.lendLogin(name, lend), "Look at the agent's \"login\".");
        return known(name);
    }

    @PostMapping("/{name}/install")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Agent install(@PathVariable String name) {
        known(name);
        refuseInvalid(() -> agents.install(name), "Look at the agent's \"todo\".");
        return known(name);
    }

    private Agent known(String name) {
        return agents.find(name)
                .orElseThrow(() -> problem(
                        HttpStatus.NOT_FOUND,
                        "There is no agent \"" + name + "\".",
                        "Look at the list of agents; config.yaml says which are enabled."));
    }

    private static void refuseInvalid(Runnable action, String todo) {
        try {
            action.run();
        } catch (IllegalArgumentException e) {
            throw problem(HttpStatus.UNPROCESSABLE_CONTENT, String.valueOf(e.getMessage()), todo);
        }
    }

    private static ErrorResponseException problem(HttpStatus status, String detail, String todo) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setProperty("todo", todo);
        return new ErrorResponseException(status, problem, null);
    }
}
