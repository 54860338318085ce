package dev.claudevm.bridge;

import dev.claudevm.agents.Fact;
import dev.claudevm.protocol.Delta;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The texts that the agent is writing: what readers have seen of them as deltas. Used by the conversation's thread. */
final class Unfinished {

    private record Key(String messageId, String kind) {}

    private final Map<Key, StringBuilder> texts = new LinkedHashMap<>();

    /** @return what readers must be told; null: nothing, for example when they know the piece already */
    @Nullable
    Delta on(Fact fact) {
        switch (fact) {
            case Fact.Partial piece -> {
                return piece(piece);
            }
            case Fact.TextSaid t -> texts.remove(new Key(t.messageId(), "text"));
            case Fact.Thought t -> texts.remove(new Key(t.messageId(), "thinking"));
            case Fact.TurnEnded _ -> texts.clear();
            default -> {}
        }
        return null;
    }

    private @Nullable Delta piece(Fact.Partial piece) {
        StringBuilder text = texts.computeIfAbsent(new Key(piece.messageId(), piece.kind()), _ -> new StringBuilder());
        int known = text.length() - piece.offset();
        if (known < 0 || known >= piece.text().length()) {
            return null;
        }
        String fresh = piece.text().substring(known);
        Delta delta = new Delta(piece.messageId(), piece.kind(), text.length(), fresh);
        text.append(fresh);
        return delta;
    }

    void clear() {
        texts.clear();
    }

    boolean isEmpty() {
        return texts.isEmpty();
    }

    /** @return each text so far, for a reader that has seen nothing of it */
    List<Delta> whole() {
        List<Delta> deltas = new ArrayList<>();
        texts.forEach((key, text) -> deltas.add(new Delta(key.messageId(), key.kind(), 0, text.toString())));
        return deltas;
    }
}
