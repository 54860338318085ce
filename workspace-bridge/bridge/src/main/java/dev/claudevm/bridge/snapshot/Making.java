package dev.claudevm.bridge.snapshot;

import dev.claudevm.protocol.Snapshots.LeftOut;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Make;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
    private final List<String> unread = new ArrayList<>();

    Making(Places places, Restic restic, String workspaceId) {
        this.places = places;
        this.restic = restic;
        this.workspaceId = workspaceId;
    }

    /** @return the last line */
    Line run(Make wish, Consumer<Line> progress) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "backup", "--json", "--host", workspaceId, "--tag", wish.tag(), "--exclude-file", "/dev/stdin"));
        if (wish.whole()) {
            words.add("--force");
        }
        words.add("--");
        words.addAll(places.saved());
        AtomicReference<@Nullable JsonNode> summary = new AtomicReference<>();
        AtomicReference<Places.@Nullable Excluded> found = new AtomicReference<>();
        // The tree is searched while restic opens the repository.
        int code = restic.run(words, json -> hear(json, summary, progress), Restic.Verdict.USUAL, input -> {
            Places.Excluded excluded = places.excluded();
            found.set(excluded);
            input.write(excluded.patterns());
        });
        JsonNode end = summary.get();
        if (end == null) {
            throw new Restic.Failed("restic did not say which snapshot it has made.", "Try again.");
        }
        List<LeftOut> leftOut = Objects.requireNonNull(found.get()).named();
        return new Line(
                "done",
                end.path("snapshot_id").asString(""),
                end.path("total_files_processed").asLong(0),
                0,
                end.path("total_bytes_processed").asLong(0),
                0,
                end.path("data_added").asLong(0),
                places.roots(),
                first(leftOut),
                leftOut.size(),
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
