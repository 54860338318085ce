package dev.claudevm.bridge;

import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventBody.CheckpointRestored;
import dev.claudevm.protocol.EventBody.CheckpointTaken;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a conversation's journal says of checkpoints. Written by the conversation's thread, read by any. */
final class CheckpointLog {

    /** The answer of {@code GET …/checkpoints}. */
    record Listing(List<CheckpointTaken> checkpoints, List<CheckpointRestored> restored) {}

    private final List<CheckpointTaken> taken = new ArrayList<>();
    private final List<CheckpointRestored> restored = new ArrayList<>();
    private @Nullable String owed;

    synchronized void on(EventBody event) {
        switch (event) {
            case CheckpointTaken t -> {
                taken.add(t);
                if (t.turnId() != null && t.turnId().equals(owed)) {
                    owed = null;
                }
            }
            case CheckpointRestored r -> restored.add(r);
            case EventBody.TurnFinished t -> owed = t.turnId();
            default -> {}
        }
    }

    synchronized Listing listing() {
        return new Listing(List.copyOf(taken), List.copyOf(restored));
    }

    /** @return the last finished turn when its checkpoint is not there yet; else null */
    synchronized @Nullable String owed() {
        return owed;
    }

    /** @return id of the newest one; null: there is none */
    synchronized @Nullable String newest() {
        return taken.isEmpty() ? null : taken.getLast().checkpointId();
    }
}
