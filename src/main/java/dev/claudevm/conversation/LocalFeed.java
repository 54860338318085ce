package dev.claudevm.conversation;

import dev.claudevm.protocol.Delta;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.stereotype.Component;

/** The feed inside one process. */
@Component
class LocalFeed implements Feed {

    private static final int MAX_TEXT_CHARS = 1024 * 1024;
    private static final int MAX_TEXTS = 20;

    private final Map<ConversationId, Channel> channels = new ConcurrentHashMap<>();
    private final Set<Runnable> overviews = ConcurrentHashMap.newKeySet();

    /** Its listeners, and the texts that are being written; the lock keeps both in step for who joins. */
    private static final class Channel {
        private final List<Listener> listeners = new CopyOnWriteArrayList<>();
        private final Map<String, StringBuilder> texts = new LinkedHashMap<>();
        private final Map<String, String> kinds = new LinkedHashMap<>();
    }

    private Channel channel(ConversationId id) {
        return channels.computeIfAbsent(id, key -> new Channel());
    }

    @Override
    public Joined join(ConversationId id, Listener listener) {
        Channel channel = channel(id);
        synchronized (channel) {
            List<Delta> unfinished = new ArrayList<>();
            channel.texts.forEach((messageId, text) -> unfinished.add(
                    new Delta(messageId, channel.kinds.getOrDefault(messageId, "text"), 0, text.toString())));
            channel.listeners.add(listener);
            return new Joined(() -> channel.listeners.remove(listener), unfinished);
        }
    }

    @Override
    public Subscription joinOverview(Runnable changed) {
        overviews.add(changed);
        return () -> overviews.remove(changed);
    }

    @Override
    public void publishEvents(ConversationId id, long lastSeq) {
        channel(id).listeners.forEach(listener -> listener.events(lastSeq));
    }

    @Override
    public void publishDelta(ConversationId id, Delta delta) {
        Channel channel = channel(id);
        synchronized (channel) {
            collect(channel, delta);
            channel.listeners.forEach(listener -> listener.delta(delta));
        }
    }

    private static void collect(Channel channel, Delta delta) {
        StringBuilder text = channel.texts.get(delta.messageId());
        if (text == null) {
            if (delta.offset() != 0 || channel.texts.size() >= MAX_TEXTS) {
                return;
            }
            text = new StringBuilder();
            channel.texts.put(delta.messageId(), text);
            channel.kinds.put(delta.messageId(), delta.kind());
        }
        int known = text.length() - delta.offset();
        if (known < 0 || text.length() + delta.text().length() > MAX_TEXT_CHARS) {
            // A gap, or too much: whoever joins now waits for the finished text.
            channel.texts.remove(delta.messageId());
        } else if (known < delta.text().length()) {
            text.append(delta.text(), known, delta.text().length());
        }
    }

    @Override
    public void forgetDeltas(ConversationId id) {
        Channel channel = channel(id);
        synchronized (channel) {
            channel.texts.clear();
            channel.kinds.clear();
        }
    }

    @Override
    public void publishPending(ConversationId id) {
        channel(id).listeners.forEach(Listener::pending);
    }

    @Override
    public void publishConversation(ConversationId id) {
        channel(id).listeners.forEach(Listener::conversation);
        publishOverview();
    }

    @Override
    public void publishOverview() {
        overviews.forEach(Runnable::run);
    }
}
