package dev.claudevm.files;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A workspace's files. Parameters and answers are the bridge's: section 8 of the architecture. */
@RestController
@RequestMapping("/api/v1/workspaces/{id}/files")
class FilesApi {

    private final Relay relay;

    FilesApi(Relay relay) {
        this.relay = relay;
    }

    @GetMapping
    void list(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files", request, response);
    }

    @DeleteMapping
    void delete(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files", request, response);
    }

    @GetMapping("/info")
    void info(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/info", request, response);
    }

    @GetMapping("/content")
    void content(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/content", request, response);
    }

    @PutMapping("/content")
    void save(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/content", request, response);
    }

    @GetMapping("/text")
    void text(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/text", request, response);
    }

    @GetMapping("/find")
    void find(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/find", request, response);
    }

    @GetMapping("/search")
    void search(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/search", request, response);
    }

    @GetMapping("/archive")
    void archive(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/archive", request, response);
    }

    @GetMapping("/watch")
    void watch(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/watch", request, response);
    }

    @PostMapping("/folder")
    void makeFolder(@PathVariable String id, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        relay.pass(id, "/files/folder", request, response);
    }

    @PostMapping("/move")
    void move(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/move", request, response);
    }

    @GetMapping("/trash")
    void trash(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        relay.pass(id, "/files/trash", request, response);
    }

    @PostMapping("/trash/{deleted}/restore")
    void restore(
            @PathVariable String id,
            @PathVariable String deleted,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        relay.pass(id, "/files/trash/" + Relay.encoded(deleted) + "/restore", request, response);
    }

    @DeleteMapping("/trash/{deleted}")
    void forget(
            @PathVariable String id,
            @PathVariable String deleted,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        relay.pass(id, "/files/trash/" + Relay.encoded(deleted), request, response);
    }
}
