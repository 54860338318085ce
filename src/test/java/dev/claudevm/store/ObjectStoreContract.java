package dev.claudevm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What any object store must do. */
abstract class ObjectStoreContract {

    abstract ObjectStore store();

    static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    void put(String key, String text) throws StoreException {
        store().put(key, bytes(text), text.getBytes(StandardCharsets.UTF_8).length);
    }

    @Nullable
    String get(String key, ObjectStore.@Nullable Range range) throws StoreException, IOException {
        ObjectStore.Content content = store().get(key, range).orElse(null);
        if (content == null) {
            return null;
        }
        try (content) {
            String text = new String(content.stream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(content.bytes()).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
            return text;
        }
    }

    @Test
    void whatWasPutComesBackWholeAndInParts() throws Exception {
        put("a/whole", "0123456789");
        assertThat(get("a/whole", null)).isEqualTo("0123456789");
        assertThat(get("a/whole", new ObjectStore.Range(3, 4))).isEqualTo("3456");
        assertThat(get("a/whole", new ObjectStore.Range(8, 2))).isEqualTo("89");
        assertThat(store().head("a/whole")).contains(10L);
        put("a/empty", "");
        assertThat(get("a/empty", null)).isEmpty();
        assertThat(store().head("a/empty")).contains(0L);
    }

    @Test
    void theLastOneCountsAndADeletedOneIsGone() throws Exception {
        put("b/x", "old");
        put("b/x", "newer");
        assertThat(get("b/x", null)).isEqualTo("newer");
        store().delete("b/x");
        store().delete("b/x");
        assertThat(get("b/x", null)).isNull();
        assertThat(get("b/x", new ObjectStore.Range(0, 1))).isNull();
        assertThat(store().head("b/x")).isEmpty();
    }

    @Test
    void aListHasEverythingBelowItsPrefixAndNothingElse() throws Exception {
        Set<String> expected = new HashSet<>();
        List<Callable<Void>> puts = new ArrayList<>();
        for (int i = 0; i < 1_050; i++) {
            String key = "c/many/" + i % 7 + "/" + i;
            String text = "x".repeat(i % 3);
            puts.add(() -> {
                put(key, text);
                return null;
            });
            expected.add(key);
        }
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (Future<Void> done : threads.invokeAll(puts)) {
                done.get();
            }
        }
        put("c/manyother", "no");
        put("c/many2/1", "no");
        List<ObjectStore.Entry> found = store().list("c/many/");
        assertThat(found.stream().map(ObjectStore.Entry::key)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(found).contains(new ObjectStore.Entry("c/many/1/1", 1));
        assertThat(store().list("c/nothing/")).isEmpty();
    }

    @Test
    void aSourceThatEndsEarlyOrFailsLeavesWhatWasThere() throws Exception {
        put("d/x", "before");
        assertThatThrownBy(() -> store().put("d/x", bytes("short"), 5_000_000))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.SOURCE));
        InputStream broken = new InputStream() {
            private int left = 200_000;

            @Override
            public int read() throws IOException {
                if (left-- <= 0) {
                    throw new IOException("cut off");
                }
                return 'x';
            }
        };
        assertThatThrownBy(() -> store().put("d/y", broken, 5_000_000)).isInstanceOf(StoreException.class);
        assertThat(get("d/x", null)).isEqualTo("before");
        assertThat(get("d/y", null)).isNull();
        assertThat(store().list("d/")).extracting(ObjectStore.Entry::key).containsExactly("d/x");
    }

    @Test
    void aLongObjectGoesThroughInParts() throws Exception {
        long length = Stores.PART_BYTES + 1_000_003;
        MessageDigest put = MessageDigest.getInstance("SHA-256");
        store().put("e/long", new DigestInputStream(new Noise(length), put), length);
        MessageDigest got = MessageDigest.getInstance("SHA-256");
        try (ObjectStore.Content content = store().get("e/long", null).orElseThrow()) {
            assertThat(content.bytes()).isEqualTo(length);
            new DigestInputStream(content.stream(), got).transferTo(java.io.OutputStream.nullOutputStream());
        }
        assertThat(got.digest()).isEqualTo(put.digest());
        try (ObjectStore.Content content =
                store().get("e/long", new ObjectStore.Range(length - 3, 3)).orElseThrow()) {
            assertThat(content.stream().readAllBytes()).hasSize(3);
        }
        store().delete("e/long");
    }

    @Test
    void manyAtOnceDoNotDisturbEachOther() throws Exception {
        List<Callable<Void>> work = IntStream.range(0, 40)
                .<Callable<Void>>mapToObj(i -> () -> {
                    put("f/" + i % 5 + "/" + i, "content " + i);
                    assertThat(get("f/" + i % 5 + "/" + i, null)).isEqualTo("content " + i);
                    return null;
                })
                .toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
        }
        assertThat(store().list("f/")).hasSize(40);
    }

    @Test
    void aKeyThatIsNoneIsRefused() {
        for (String key : List.of("", "/a", "a/", "a//b", "../a", "a/../b", "a b", "a/.hidden")) {
            assertThatThrownBy(() -> store().head(key)).as(key).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** So many bytes that no compression makes small. */
    static final class Noise extends InputStream {
        private long left;
        private long state = 88_172_645_463_325_252L;

        Noise(long length) {
            left = length;
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            left--;
            state ^= state << 13;
            state ^= state >>> 7;
            state ^= state << 17;
            return (int) (state & 0xff);
        }
    }
}
