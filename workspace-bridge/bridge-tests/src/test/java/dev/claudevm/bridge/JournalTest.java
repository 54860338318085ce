package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.EventBody;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

    @TempDir
    private Path folder;

    private Journal open() throws Exception {
        return Journal.open(folder.resolve("journal.ndjson"), Clock.systemUTC(), (_, _) -> {});
    }

    private static Commit notices(int count, int from) {
        List<EventBody> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(new EventBody.Notice("notice " + (from + i)));
        }
        return Commit.of(events);
    }

    private static List<Long> read(Journal journal, long after, long upTo) throws Exception {
        List<Long> seqs = new ArrayList<>();
        journal.read(after, upTo, Integer.MAX_VALUE, e -> seqs.add(e.path("seq").asLong()));
        return seqs;
    }

    @Test
    void aTornLastLineIsCutOffWhereverItWasTorn() throws Exception {
        Path file = folder.resolve("journal.ndjson");
        try (Journal journal = open()) {
            journal.append(notices(2, 1));
            journal.append(notices(1, 3));
        }
        byte[] whole = Files.readAllBytes(file);
        int firstLine = new String(whole, StandardCharsets.UTF_8).indexOf('\n') + 1;
        for (int length = firstLine; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            try (Journal journal = open()) {
                assertThat(journal.lastSeq()).isEqualTo(2);
                journal.append(notices(1, 3));
                assertThat(read(journal, 0, 3)).containsExactly(1L, 2L, 3L);
            }
        }
    }

    @Test
    void aLineOfRubbishAtTheEndIsCutOffToo() throws Exception {
        try (Journal journal = open()) {
            journal.append(notices(2, 1));
        }
        Files.writeString(folder.resolve("journal.ndjson"), "\0\0\0\0\n", StandardOpenOption.APPEND);
        try (Journal journal = open()) {
            assertThat(journal.lastSeq()).isEqualTo(2);
        }
    }

    @Test
    void aLongJournalIsPagedByASparseIndex() throws Exception {
        int commits = 20_000;
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < commits; i++) {
            lines.append(notices(5, i * 5).toLine(i * 5L + 1, java.time.Instant.EPOCH))
                    .append('\n');
        }
        Files.writeString(folder.resolve("journal.ndjson"), lines);
        try (Journal journal = open()) {
            assertThat(journal.lastSeq()).isEqualTo(100_000);
            assertThat(journal.indexSize()).isLessThan(500);
            assertThat(read(journal, 99_997, 100_000)).containsExactly(99_998L, 99_999L, 100_000L);
            for (long after = 0; after < 100_000; after += 9_973) {
                assertThat(read(journal, after, after + 3)).containsExactly(after + 1, after + 2, after + 3);
            }
        }
    }
}
