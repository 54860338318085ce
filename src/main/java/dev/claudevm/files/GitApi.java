package dev.claudevm.files;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.HandlerMapping;

/** The own git of a workspace's project. Parameters, bodies and answers are the bridge's: section 9 of the architecture. */
@RestController
@RequestMapping("/api/v1/workspaces/{id}/git")
class GitApi {

    private static final String HERE = "/git";

    private final Relay relay;

    GitApi(Relay relay) {
        this.relay = relay;
    }

    @GetMapping({"", "/diff", "/file", "/branches", "/stashes", "/log", "/job"})
    void ask(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, path(request), request, response);
    }

    @PostMapping({
        "/init",
        "/stage",
        "/unstage",
        "/discard",
        "/discard/undo",
        "/commit",
        "/branches",
        "/switch",
        "/stashes",
        "/stashes/pop",
        "/resolve",
        "/continue",
        "/abort",
        "/fetch",
        "/pull",
        "/push",
        "/pull-request"
    })
    void change(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, path(request), request, response);
    }

    @PutMapping({"/author", "/remote"})
    void set(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, path(request), request, response);
    }

    @GetMapping("/commits/{oid}")
    void commit(
            @PathVariable String id, @PathVariable String oid, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        relay.pass(id, HERE + "/commits/" + Relay.encoded(oid), request, response);
    }

    @DeleteMapping("/job/{job}")
    void stop(
            @PathVariable String id, @PathVariable String job, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        relay.pass(id, HERE + "/job/" + Relay.encoded(job), request, response);
    }

    /** @return what the bridge calls it: the end of the pattern that matched, so nothing that the caller wrote */
    private static String path(HttpServletRequest request) {
        String pattern = String.valueOf(
                Objects.requireNonNull(request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE)));
        return pattern.substring(pattern.lastIndexOf(HERE));
    }
}
