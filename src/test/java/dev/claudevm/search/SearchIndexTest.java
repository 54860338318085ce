package dev.claudevm.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.NIOFSDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.FileSystemUtils;

/** The index is derived: whatever becomes of it, what was said is found again. */
@SuppressWarnings("NullAway.Init")
class SearchIndexTest extends Searched {

    @Test
    void anIndexThatIsGoneOrOfAnotherVersionIsMadeAnew() throws Exception {
        add(answer("x", "a needle"));
        awaitFound("needle", "a needle");
        core.close();
        FileSystemUtils.deleteRecursively(folder());
        start();
        awaitFound("needle", "a needle");

        core.close();
        try (IndexWriter another = new IndexWriter(
                new NIOFSDirectory(folder()), new IndexWriterConfig().setOpenMode(IndexWriterConfig.OpenMode.APPEND))) {
            // Only the version says that something is missing.
            another.deleteDocuments(new Term(Fields.KIND, Saying.Kind.ANSWER.word()));
            another.setLiveCommitData(Map.of("version", "0").entrySet());
        }
        start();
        awaitFound("needle", "a needle");
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "noise", "cut"})
    void aBrokenIndexIsMadeAnew(String how) throws Exception {
        for (int i = 0; i < 300; i++) {
            add(answer("x" + i, "a needle " + i + " in hay"));
        }
        await("all")
                .atMost(LIMIT)
                .until(() -> search.find("needle", null, null, 100).next() != null);
        core.close();
        try (Stream<Path> files = Files.list(folder())) {
            for (Path file : files.filter(one -> !one.endsWith("write.lock")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                switch (how) {
                    case "empty" -> Files.write(file, new byte[0]);
                    case "cut" -> Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
                    default -> {
                        for (int i = bytes.length / 3; i < bytes.length / 2; i++) {
                            bytes[i] ^= 0x55;
                        }
                        Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);
                    }
                }
            }
        }
        start();
        await("all is found again").atMost(LIMIT).untilAsserted(() -> {
            Search.Page page = search.find("needle 299", null, null, 100);
            assertThat(page.complete()).isTrue();
            assertThat(page.results()).hasSize(1);
            assertThat(search.find("needle", null, null, 100).next()).isNotNull();
        });
    }

    @Test
    void whatACrashLeftIsMadeGoodOnce() throws Exception {
        add(answer("x1", "before the crash"));
        awaitFound("crash", "before the crash");
        core.close();
        Path then = temp.resolve("then");
        FileSystemUtils.copyRecursively(folder(), then);
        start();
        add(answer("x2", "after the crash"), said("m1", "also after the crash"));
        awaitFound("crash", "before the crash", "after the crash", "also after the crash");
        core.close();
        // As a process leaves it that was killed before it had written down the rest.
        FileSystemUtils.deleteRecursively(folder());
        FileSystemUtils.copyRecursively(then, folder());
        start();
        awaitFound("crash", "before the crash", "after the crash", "also after the crash");
    }

    @Test
    void aDatabaseThatIsPutBackTakesTheIndexWithIt() throws Exception {
        add(answer("x1", "a thing that stays"));
        awaitFound("thing", "a thing that stays");
        core.close();
        Path database = temp.resolve("home/db");
        FileSystemUtils.copyRecursively(database, temp.resolve("backup"));
        start();
        add(answer("x2", "a thing that is lost"), answer("x3", "another thing that is lost"));
        awaitFound("lost", "a thing that is lost", "another thing that is lost");
        core.close();
        FileSystemUtils.deleteRecursively(database);
        FileSystemUtils.copyRecursively(temp.resolve("backup"), database);
        start();
        add(answer("x2", "a thing that came instead"));
        awaitFound("thing", "a thing that stays", "a thing that came instead");
        assertThat(texts("lost")).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenIsNoErrorPageAndComesBack() throws Exception {
        core.close();
        FileSystemUtils.deleteRecursively(folder());
        Files.writeString(folder(), "a file is in the way");
        start();
        add(answer("x1", "patience"));
        assertThat(search.find("patience", null, null, 10).complete()).isFalse();
        Files.move(folder(), temp.resolve("moved"), StandardCopyOption.REPLACE_EXISTING);
        awaitFound("patience", "patience");
    }

    @Test
    void eventsThatNobodyUnderstandsStopNothing() throws Exception {
        conversations.bringBack(
                workspace,
                conversation,
                "demo",
                null,
                "",
                List.of(
                        "{\"seq\":1,\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"text\"}",
                        "{\"seq\":2,\"at\":\"no time\",\"type\":\"text\",\"markdown\":7}",
                        "{\"seq\":3,\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"from.the.future\",\"text\":\"odd\"}",
                        "{\"seq\":4,\"at\":\"9999-01-01T00:00:00Z\",\"type\":\"text\",\"turnId\":\"t\",\"messageId\":\"x\",\"markdown\":\"later odd\"}"));
        awaitFound("odd", "later odd");
        assertThat(find("odd").getFirst().at()).isAfter(Instant.EPOCH);
    }
}
