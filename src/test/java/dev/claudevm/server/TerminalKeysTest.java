package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What is typed arrives once and in order, whenever it is typed. Everything is real. A shell and the program that it starts
 * hand the terminal to each other; what is typed in that moment is the shell's affair, so each test waits for the program.
 */
class TerminalKeysTest {

    @RegisterExtension
    static final OneWorkspace THERE =
            new OneWorkspace(project -> Files.writeString(project.resolve("README"), "a project"));

    private static ServerProcess server() {
        return THERE.server();
    }

    private static TerminalPage page(String terminal) throws IOException {
        return new TerminalPage(
                "workspaces/" + THERE.id() + "/terminals/" + terminal + "/socket",
                "Authorization",
                "Bearer " + server().token());
    }

    @Test
    void eachKeyArrivesOnceThoughTheConnectionIsCutAtAnyMoment() throws Exception {
        Random chance = new Random(4711);
        StringBuilder expected = new StringBuilder();
        int cuts = 0;
        try (TerminalPage page = page("cuts")) {
            page.open(server().url(), false);
            // What is typed before the shell has let go of its terminal would be the shell's.
            page.type("PS1=; stty -echo; echo cat-$((1+1)); cat > lines\r");
            page.awaitScreen("cat-2");
            for (int i = 1; i <= 150; i++) {
                String line = "line-%04d".formatted(i);
                expected.append(line).append('\n');
                page.type(line.substring(0, 3));
                page.type(line.substring(3));
                page.type("\r");
                int happens = chance.nextInt(12);
                if (happens == 0) {
                    page.cut();
                    cuts++;
                    page.open(server().url(), chance.nextInt(3) == 0);
                } else if (happens == 1) {
                    // Typed while there is no connection.
                    page.cut();
                    cuts++;
                } else if (happens == 2 && !page.isOpen()) {
                    page.open(server().url(), false);
                }
            }
            if (!page.isOpen()) {
                page.open(server().url(), false);
            }
            await("everything typed is in the workspace").until(() -> page.unsettled() == 0);
            page.type("\004");
            page.type("seq -f line-%04g 150 | diff - lines; echo \"sum $(sha256sum < lines)\"\r");
            page.awaitScreen("sum " + sum(expected.toString()));
        }
        assertThat(cuts).isGreaterThan(10);
    }

    @Test
    void whatIsTypedInTheMomentAWindowOpensArrives() throws Exception {
        StringBuilder expected = new StringBuilder();
        try (TerminalPage page = page("at-once")) {
            page.open(server().url(), false);
            page.type("PS1=; stty -echo; echo cat-$((1+1)); cat > lines\r");
            page.awaitScreen("cat-2");
            for (int i = 1; i <= 20; i++) {
                page.cut();
                page.open(server().url(), true);
                // tmux has not even been started in the workspace.
                for (String key : "line-%02d\r".formatted(i).split("")) {
                    page.type(key);
                }
                expected.append("line-%02d\n".formatted(i));
                if (i % 2 == 0) {
                    await("line " + i + " is in the workspace").until(() -> page.unsettled() == 0);
                }
            }
            await("everything typed is in the workspace").until(() -> page.unsettled() == 0);
            page.type("\004");
            page.type("echo \"sum $(sha256sum < lines)\"\r");
            page.awaitScreen("sum " + sum(expected.toString()));
        }
    }

    @Test
    void whatIsTypedIntoATerminalThatIsJustMadeIsDone() throws Exception {
        for (int i = 1; i <= 5; i++) {
            try (TerminalPage page = page("new-" + i)) {
                page.open(server().url(), false);
                for (String key : ("echo new-$((" + i + "*7))-there\r").split("")) {
                    page.type(key);
                }
                page.awaitScreen("new-" + i * 7 + "-there");
            }
            server().call("DELETE", "workspaces/" + THERE.id() + "/terminals/new-" + i, "");
        }
    }

    @Test
    void everyControlKeyIsThePrograms() throws Exception {
        try (TerminalPage page = page("control")) {
            page.open(server().url(), false);
            page.type("stty raw -echo; echo ready-$((1+1)); head -c 26 | od -An -tx1; stty sane\r");
            page.awaitScreen("ready-2");
            for (char key = 1; key <= 26; key++) {
                page.type(String.valueOf(key));
            }
            page.awaitScreen("01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10");
            page.awaitScreen("11 12 13 14 15 16 17 18 19 1a");
        }
    }

    private static String sum(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
