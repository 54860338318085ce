package dev.claudevm.bridge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.bridge.checkpoint.Checkpoints.Restored;
import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.Hunk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** One change of a file is taken back and nothing else, byte for byte. */
class HunkTest {

    private static final TreePath FILE = TreePath.parse("f");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void write(ProjectUnderTest given, String text) throws Exception {
        Files.write(given.project.resolve("f"), bytes(text));
    }

    private static Restored back(ProjectUnderTest given, Checkpoint from, Checkpoint to, int... lines) {
        return given.checkpoints()
                .restoreHunk(from.id(), FILE, new Hunk(to.id(), lines[0], lines[1], lines[2], lines[3]), _ -> {})
                .join();
    }

    private static void assertIs(ProjectUnderTest given, String text) {
        assertThat(given.project.resolve("f")).hasBinaryContent(bytes(text));
    }

    @Test
    void eachKindOfChangeGoesBackAloneAndIsTakenBack() throws Exception {
        String was = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        String became = "1\ntwo\n3\n4\n4b\n4c\n5\n6\n8\n9\n";
        record Case(String result, int... lines) {}
        for (Case c : new Case[] {
            new Case("1\n2\n3\n4\n4b\n4c\n5\n6\n8\n9\n", 2, 1, 2, 1),
            new Case("1\ntwo\n3\n4\n5\n6\n8\n9\n", 5, 0, 5, 2),
            new Case("1\ntwo\n3\n4\n4b\n4c\n5\n6\n7\n8\n9\n", 7, 1, 9, 0),
        }) {
            try (var given = new ProjectUnderTest()) {
                write(given, was);
                given.sh("chmod 750 f; echo other >g");
                Checkpoint first = given.take();
                write(given, became);
                given.sh("echo changed >g");
                Checkpoint second = given.take();
                given.remember("second");
                Restored done = back(given, first, second, c.lines());
                assertIs(given, c.result());
                assertThat(given.sh("stat -c %a f; cat g")).containsExactly("750", "changed");
                assertThat(done.files()).isEqualTo(1);
                // Again, as after a crash: nothing more happens.
                assertThat(back(given, first, second, c.lines()).files()).isZero();
                assertIs(given, c.result());
                given.checkpoints().restore(done.before().id(), FILE, _ -> {}).join();
                given.assertIs("second");
            }
        }
    }

    @Test
    void lineEndsMissingEndsAndBytesThatAreNoTextStayAsTheyAre() throws Exception {
        record Case(String was, String became, String result, int... lines) {}
        for (Case c : new Case[] {
            new Case("a\r\nb\r\nc\r\nd\r\n", "a\r\nB\r\nc\r\nD\r\n", "a\r\nb\r\nc\r\nD\r\n", 2, 1, 2, 1),
            new Case("a\r\nb\r\nc\r\nd\r\n", "a\nb\nc\nd\n", "a\r\nb\r\nc\r\nd\r\n", 1, 4, 1, 4),
            new Case("a\nb\nc\nlast", "A\nb\nc\nlast\nmore", "A\nb\nc\nlast", 4, 1, 4, 2),
            new Case("a\nb\nc\nlast\n", "A\nb\nc\nlast", "A\nb\nc\nlast\n", 4, 1, 4, 1),
            new Case("a\nb\nc\nlast", "A\nb\nc\nlast\n", "a\nb\nc\nlast\n", 1, 1, 1, 1),
            new Case("\u00e4\nb\nc\n\u00f6\n", "\u00e4\u00e4\nb\nc\n\u00fc\n", "\u00e4\nb\nc\n\u00fc\n", 1, 1, 1, 1),
            new Case("a\n", "", "a\n", 1, 1, 1, 0),
        }) {
            try (var given = new ProjectUnderTest()) {
                write(given, c.was());
                Checkpoint first = given.take();
                write(given, c.became());
                Checkpoint second = given.take();
                back(given, first, second, c.lines());
                assertIs(given, c.result());
            }
        }
    }

    @Test
    void whatCameSinceStaysAndWhereItIsInTheWayItIsSaid() throws Exception {
        try (var given = new ProjectUnderTest()) {
            write(given, "1\n2\n3\n4\n5\n6\n7\n8\n9");
            Checkpoint first = given.take();
            write(given, "1\ntwo\n3\n4\n5\n6\n7\n8\n9");
            Checkpoint second = given.take();
            write(given, "new\nlines\n1\ntwo\n3\n4\n5\n6\n7\neight\n9");
            back(given, first, second, 2, 1, 2, 1);
            assertIs(given, "new\nlines\n1\n2\n3\n4\n5\n6\n7\neight\n9");

            write(given, "1\nTWO\n3\n4\n5\n6\n7\n8\n9");
            assertThatThrownBy(() -> back(given, first, second, 2, 1, 2, 1))
                    .hasCauseInstanceOf(HunkDoesNotApply.class)
                    .hasMessageContaining("changed at this place since");
            assertIs(given, "1\nTWO\n3\n4\n5\n6\n7\n8\n9");
            given.sh("rm f; mkdir f");
            assertThatThrownBy(() -> back(given, first, second, 2, 1, 2, 1))
                    .hasMessageContaining("not a file in each of the states");
        }
    }

    @Test
    void whatIsNoChangeIsRefused() throws Exception {
        try (var given = new ProjectUnderTest()) {
            write(given, "1\n2\n");
            Checkpoint first = given.take();
            write(given, "1\ntwo\n");
            Checkpoint second = given.take();
            for (int[] lines : new int[][] {
                {2, 1, 4, 1},
                {2, 9, 2, 1},
                {0, 1, 2, 1},
                {2, 1, 0, 1},
                {2, -1, 2, 1},
                {2, 1, 2, -1},
                {2, Integer.MAX_VALUE, 2, 1}
            }) {
                assertThatThrownBy(() -> back(given, first, second, lines)).hasCauseInstanceOf(HunkDoesNotApply.class);
            }
            assertIs(given, "1\ntwo\n");
        }
    }
}
