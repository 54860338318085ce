package dev.claudevm.bridge.snapshot;

import dev.claudevm.protocol.Snapshots.LeftOut;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Make;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One snapshot. */
final class Making {

    private static final int NAMED = 200;

    private final Places places;
    private final Restic restic;
    private final String workspaceId;
    private final Path work;
    private final List<String> unread = new ArrayList<>();

    /** @param work a folder of the bridge's own for restic's cache and our list */
    Making(Places places, Restic restic, String workspaceId, Path work) {
        this.places = places;
        this.restic = restic;
        this.workspaceId = workspaceId;
        this.work = work;
    }

    /** @return the last line */
    Line run(Make wish, Consumer<Line> progress) throws IOException {
        Files.createDirectories(work);
        Places.Excluded excluded = places.excluded();
        Path list = Files.write(work.resolve("excluded"), excluded.patterns());
        if (wish.fresh()) {
            int _ = restic.run(List.of("init"), json -> {});
        }
        List<String> words = new ArrayList<>(List.of(
                "backup", "--json", "--host", workspaceId, "--tag", wish.tag(), "--exclude-file", list.toString()));
        if (wish.whole()) {
            words.add("--force");
        }
        words.add("--");
        words.addAll(places.saved());
        AtomicReference<@Nullable JsonNode> summary = new AtomicReference<>();
        int code = restic.run(words, json -> hear(json, summary, progress));
        JsonNode end = summary.get();
        if (end == null) {
            throw new Restic.Failed("restic did not say which snapshot it has made.", "Try again.");
        }
        return new Line(
                "done",
                end.path("snapshot_id").asString(""),
                end.path("total_files_processed").asLong(0),
                0,
                end.path("total_bytes_processed").asLong(0),
                0,
                end.path("data_added").asLong(0),
                places.roots(),
                first(excluded.named()),
                excluded.named().size(),
                code == Restic.INCOMPLETE ? List.copyOf(unread) : List.of(),
                null,
                null);
    }

    private static List<LeftOut> first(List<LeftOut> all) {
        return all.subList(0, Math.min(NAMED, all.size()));
    }

    private void hear(JsonNode json, AtomicReference<@Nullable JsonNode> summary, Consumer<Line> progress) {
        switch (json.path("message_type").asString("")) {
            case "status" ->
                progress.accept(Line.progress(
                        json.path("files_done").asLong(0),
                        json.path("total_files").asLong(0),
                        json.path("bytes_done").asLong(0),
                        json.path("total_bytes").asLong(0)));
            case "summary" -> summary.set(json);
            case "error" -> {
                synchronized (unread) {
                    if (unread.size() < NAMED) {
                        unread.add(json.path("item").asString(""));
                    }
                }
            }
            default -> {}
        }
    }
}
