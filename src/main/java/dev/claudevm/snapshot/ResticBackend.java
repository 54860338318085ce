package dev.claudevm.snapshot;

import dev.claudevm.protocol.Json;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * restic's REST backend, version 2 (restic's documentation, "REST Backend"), over the object store. The objects lie as restic
 * itself would lay them into a folder, so that a repository can be read without us.
 *
 * <p>Whatever is stored, except {@code config}, is named by the SHA-256 of its content, and that is checked while it passes. So
 * there is nothing that an overwriting could change, and what exists is not written again.
 */
@Component
class ResticBackend {

    private static final Logger log = LoggerFactory.getLogger(ResticBackend.class);

    /** restic's own are below 150 MB, packs of data about 16 MB. */
    static final long MAX_OBJECT_BYTES = 512L * 1024 * 1024;

    private static final Pattern PATH =
            Pattern.compile("/(?:(config)|(data|index|keys|locks|snapshots)/([0-9a-f]{64})?)?");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{1,18})?");

    /** What restic knows of is there. */
    private static final Set<String> LASTING = Set.of("data", "index", "snapshots");

    private static final String VERSION_2 = "application/vnd.x.restic.rest.v2";

    private final ObjectStore store;

    ResticBackend(ObjectStore store) {
        this.store = store;
    }

    /**
     * @param path decoded, without query
     * @param range null: all of it
     * @param length of the body; -1: there is none, or it does not say
     */
    record Request(String method, String path, @Nullable String range, InputStream body, long length) {}

    /** @param body null: only its length is told, as to HEAD. The caller closes it */
    record Answer(
            int status,
            @Nullable String type,
            long length,
            @Nullable InputStream body) implements AutoCloseable {

        static Answer of(int status) {
            return new Answer(status, null, 0, InputStream.nullInputStream());
        }

        static Answer text(int status, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return new Answer(status, "text/plain", bytes.length, new java.io.ByteArrayInputStream(bytes));
        }

        @Override
        public void close() throws IOException {
            if (body != null) {
                body.close();
            }
        }
    }

    /** @return the folder of a workspace's repository in the store */
    static String repository(String workspaceId) {
        return "workspaces/" + workspaceId + "/restic/";
    }

    /** @throws IOException when the connection is lost */
    Answer on(Grant grant, Request request) throws IOException {
        Matcher path = PATH.matcher(request.path());
        if (!path.matches()) {
            return Answer.text(400, "That is no path of a repository.");
        }
        String type = path.group(1) == null ? path.group(2) : "config";
        String name = path.group(3);
        try {
            if (type == null) {
                return Answer.text(403, "Repositories are neither made nor deleted here.");
            }
            if (name == null && !type.equals("config")) {
                return request.method().equals("GET") ? list(grant, type) : Answer.of(405);
            }
            String key = key(grant, type, name);
            return switch (request.method()) {
                case "HEAD" ->
                    store.head(key)
                            .map(bytes -> new Answer(200, null, bytes, null))
                            .orElse(Answer.of(404));
                case "GET" -> {
                    Answer answer = get(key, request.range());
                    if (answer.status() == 404 && LASTING.contains(type)) {
                        grant.seen().lost(type + "/" + name);
                    }
                    yield type.equals("data") ? counted(grant.seen(), answer) : answer;
                }
                case "POST" -> put(grant, type, name, key, request);
                case "DELETE" -> delete(grant, type, key);
                default -> Answer.of(405);
            };
        } catch (StoreException e) {
            note(grant, e);
            return failed(grant, e);
        }
    }

    private static Answer failed(Grant grant, StoreException e) {
        return switch (e.kind()) {
            case SOURCE -> Answer.text(400, String.valueOf(e.getMessage()));
            case FULL -> Answer.text(507, String.valueOf(e.getMessage()));
            case REFUSED, UNAVAILABLE -> Answer.text(503, String.valueOf(e.getMessage()));
        };
    }

    /** As restic's own folders: packs are spread by the first two letters of their names. */
    private static String key(Grant grant, String type, @Nullable String name) {
        String folder = repository(grant.workspaceId());
        if (name == null) {
            return folder + type;
        }
        return folder + type + "/" + (type.equals("data") ? name.substring(0, 2) + "/" : "") + name;
    }

    private Answer list(Grant grant, String type) throws StoreException {
        List<Map<String, Object>> found = new ArrayList<>();
        for (ObjectStore.Entry entry : store.list(repository(grant.workspaceId()) + type + "/")) {
            String name = entry.key().substring(entry.key().lastIndexOf('/') + 1);
            if (name.matches("[0-9a-f]{64}")) {
                found.add(Map.of("name", name, "size", entry.bytes()));
            }
        }
        byte[] json = Json.MAPPER.writeValueAsBytes(found);
        return new Answer(200, VERSION_2, json.length, new java.io.ByteArrayInputStream(json));
    }

    private Answer get(String key, @Nullable String range) throws StoreException {
        if (range == null) {
            return store.get(key, null)
                    .map(content -> new Answer(200, "application/octet-stream", content.bytes(), content.stream()))
                    .orElse(Answer.of(404));
        }
        Matcher parts = RANGE.matcher(range);
        if (!parts.matches()) {
            return Answer.of(416);
        }
        Long whole = store.head(key).orElse(null);
        if (whole == null) {
            return Answer.of(404);
        }
        long from = Long.parseLong(parts.group(1));
        long to = parts.group(2) == null ? whole - 1 : Math.min(whole - 1, Long.parseLong(parts.group(2)));
        if (from > to) {
            return Answer.of(416);
        }
        return store.get(key, new ObjectStore.Range(from, to - from + 1))
                .map(content -> new Answer(206, "application/octet-stream", content.bytes(), content.stream()))
                .orElse(Answer.of(404));
    }

    private static Answer counted(Seen seen, Answer answer) {
        InputStream body = answer.body();
        if (body == null) {
            return answer;
        }
        return new Answer(answer.status(), answer.type(), answer.length(), new FilterInputStream(body) {
            @Override
            public int read() throws IOException {
                int next = super.read();
                seen.read(next < 0 ? 0 : 1);
                return next;
            }

            @Override
            public int read(byte[] buffer, int from, int length) throws IOException {
                int count = super.read(buffer, from, length);
                seen.read(Math.max(0, count));
                return count;
            }
        });
    }

    private Answer put(Grant grant, String type, @Nullable String name, String key, Request request)
            throws StoreException, IOException {
        if (grant.rights() == Grant.Rights.READ && !type.equals("locks")) {
            return Answer.text(403, "Nothing is added now.");
        }
        if (name == null || type.equals("keys")) {
            // The control plane makes them. restic tries only so many keys: others would hide the one that counts.
            return Answer.text(403, "Configuration and keys are not written here.");
        }
        if (request.length() < 0) {
            return Answer.of(411);
        }
        if (request.length() > MAX_OBJECT_BYTES) {
            return Answer.of(413);
        }
        Optional<Long> there = store.head(key);
        if (there.isPresent()) {
            // The same name is the same content: whoever did not hear our answer repeats it.
            HashedStream same = new HashedStream(request.body(), request.length(), name);
            try {
                same.transferTo(OutputStream.nullOutputStream());
            } catch (HashedStream.Another e) {
                return Answer.text(400, String.valueOf(e.getMessage()));
            }
            return Answer.of(200);
        }
        store.put(key, new HashedStream(request.body(), request.length(), name), request.length());
        grant.seen().taken();
        return Answer.of(200);
    }

    private void note(Grant grant, StoreException e) {
        if (e.kind() != StoreException.Kind.SOURCE) {
            grant.seen().failed(e);
            log.warn("{}: {}", grant.workspaceId(), e.getMessage());
        }
    }

    private Answer delete(Grant grant, String type, String key) throws StoreException {
        if (grant.rights() != Grant.Rights.KEEP && !type.equals("locks")) {
            log.warn("{}: refused to delete {}", grant.workspaceId(), key);
            return Answer.text(403, "Only locks are deleted from here.");
        }
        store.delete(key);
        return Answer.of(200);
    }
}
