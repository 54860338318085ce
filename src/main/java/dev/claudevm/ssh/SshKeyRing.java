package dev.claudevm.ssh;

import dev.claudevm.problem.Problem;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;

/** The keys of people. */
@Service
class SshKeyRing {

    private static final int MAX_KEYS_OF_ONE = 100;
    private static final int MAX_NAME_CHARS = 100;

    private final SshKeyRepository keys;
    private final KeysByUrl byUrl;
    private final Clock clock;
    private final ApplicationEventPublisher events;

    SshKeyRing(SshKeyRepository keys, KeysByUrl byUrl, Clock clock, ApplicationEventPublisher events) {
        this.keys = keys;
        this.byUrl = byUrl;
        this.clock = clock;
        this.events = events;
    }

    /** A key was taken away: whoever came in with it has to go. */
    record Removed(String fingerprint) {}

    List<SshKey> of(String userId) {
        return keys.of(userId);
    }

    Optional<SshKeyRepository.Owned> find(String fingerprint) {
        return keys.find(fingerprint);
    }

    void used(SshKey key) {
        keys.used(key.id(), clock.instant());
    }

    /**
     * @param text one key a line. One that the user has already stays as it is
     * @param name null: each key's comment
     * @return the keys that the text names
     * @throws Problem when it is no list of keys, or somebody else has one of them
     */
    List<SshKey> add(String userId, String text, @Nullable String name) {
        List<PublicKeys.Parsed> wanted = PublicKeys.parse(text);
        if (keys.of(userId).size() + wanted.size() > MAX_KEYS_OF_ONE) {
            throw Problem.invalid("Those are too many keys.", "Remove some that you do not use any more.");
        }
        List<SshKey> added = new ArrayList<>();
        for (PublicKeys.Parsed key : wanted) {
            added.add(add(userId, key, name(name, key)));
        }
        return added;
    }

    /** The same with what a forge says of an account, {@code https://github.com/<name>.keys}. */
    List<SshKey> addFrom(String userId, String url) {
        URI uri = KeysByUrl.parse(url);
        return add(userId, byUrl.fetch(uri), uri.getHost() + uri.getPath());
    }

    private SshKey add(String userId, PublicKeys.Parsed key, String name) {
        try {
            if (keys.find(key.fingerprint()).isEmpty()) {
                keys.insert(UUID.randomUUID().toString(), userId, name, key, clock.instant());
            }
        } catch (DuplicateKeyException sameAtTheSameTime) {
            // Then it is there.
        }
        return keys.find(key.fingerprint())
                .filter(owned -> owned.userId().equals(userId))
                .orElseThrow(() -> Problem.conflict(
                        "The key " + key.fingerprint() + " belongs to another user.", "Make a key of your own."))
                .key();
    }

    /** @throws Problem when the user has no such key */
    void remove(String userId, String id) {
        SshKey key = keys.of(userId).stream()
                .filter(candidate ->
                        candidate.id().equals(id) || candidate.fingerprint().equals(id))
                .findFirst()
                .orElseThrow(
                        () -> Problem.unknown("There is no key \"" + id + "\".", "See the list: claude-vm key list."));
        if (keys.delete(userId, key.id())) {
            events.publishEvent(new Removed(key.fingerprint()));
        }
    }

    private static String name(@Nullable String name, PublicKeys.Parsed key) {
        String text =
                name == null || name.isBlank() ? key.comment() : name.strip().replaceAll("\\p{Cntrl}", "");
        if (text.isEmpty()) {
            text = key.type();
        }
        return text.length() > MAX_NAME_CHARS ? text.substring(0, MAX_NAME_CHARS) : text;
    }
}
