package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code claude-vm diff} of a real turn: git itself takes it, and it takes the turn back byte for byte. */
class TurnDiffTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final OneWorkspace THERE = new OneWorkspace(project -> {
        Files.writeString(project.resolve("a.txt"), "one\ntwo\n");
        Files.writeString(project.resolve("gone.txt"), "without an end");
        Files.writeString(project.resolve("tool.sh"), "echo hi\n");
    });

    private static String conversation = "";

    private static ServerProcess server() {
        return THERE.server();
    }

    @BeforeAll
    static void start() throws Exception {
        conversation = server().call(
                        "POST",
                        "workspaces/" + THERE.id() + "/conversations",
                        "{\"agent\": \"demo\", \"mode\": \"bypassPermissions\"}")
                .json()
                .path("id")
                .asString("");
        turn(
                "m1",
                "bash printf 'one\\r\\n2' > a.txt && rm gone.txt && chmod +x tool.sh && mkdir 'ü x'"
                        + " && printf 'new\\n' > 'ü x/say \"hi\".txt' && ln -s a.txt link && : > empty",
                1);
        turn("m2", "write a.txt ::: last\\n", 2);
    }

    private static void turn(String id, String script, int checkpoints) throws Exception {
        server().say(conversation, id, script);
        await("the turn's checkpoint")
                .atMost(PATIENCE)
                .until(() ->
                        server()
                                        .get("conversations/" + conversation + "/checkpoints")
                                        .path("checkpoints")
                                        .values()
                                        .stream()
                                        .filter(taken ->
                                                taken.path("why").asString("").equals("turn"))
                                        .count()
                                == checkpoints);
    }

    private record Run(int exit, String out, String err) {}

    private static Run cli(String... arguments) throws Exception {
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "dev.claudevm.cli.Main"),
                        Stream.of(arguments))
                .toList();
        return run(
                THERE.base(),
                Map.of("CLAUDE_VM_HOME", THERE.base().resolve("home").toString()),
                "",
                command);
    }

    private static Run run(Path folder, Map<String, String> environment, String input, List<String> command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile(THERE.base(), "out", "");
        Path err = Files.createTempFile(THERE.base(), "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
        builder.environment().put("HOME", THERE.base().resolve("user").toString());
        builder.environment().put("LANG", "C.UTF-8");
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        return new Run(process.waitFor(), Files.readString(out), Files.readString(err));
    }

    @Test
    void gitTakesATurnBackWithIt() throws Exception {
        Path project = THERE.base().resolve("home/workspaces/" + THERE.id() + "/project");
        Path copy = THERE.base().resolve("copy");
        assertThat(run(THERE.base(), Map.of(), "", List.of("cp", "-a", project.toString(), copy.toString()))
                        .exit())
                .isZero();
        Files.writeString(copy.resolve("a.txt"), "one\r\n2");
        Run first = cli("diff", conversation, "--turn", "1");
        assertThat(first.exit()).as(first.err()).isZero();
        Run applied = run(copy, Map.of(), first.out(), List.of("git", "apply", "-R", "-"));
        assertThat(applied.exit()).as(applied.err() + first.out()).isZero();
        assertThat(copy.resolve("a.txt")).hasContent("one\ntwo\n");
        assertThat(copy.resolve("gone.txt")).hasContent("without an end");
        assertThat(Files.isExecutable(copy.resolve("tool.sh"))).isFalse();
        try (Stream<Path> left = Files.list(copy)) {
            assertThat(left.map(path -> path.getFileName().toString())).doesNotContain("link", "empty", "ü x");
        }
    }

    @Test
    void theLastTurnAFileAndAListAreAskedForAlone() throws Exception {
        Run last = cli("diff", conversation);
        assertThat(last.out())
                .contains("diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n")
                .contains("+last\n");
        assertThat(last.out()).doesNotContain("gone.txt");
        Run one = cli("diff", conversation, "gone.txt", "--all");
        assertThat(one.out())
                .isEqualTo("diff --git a/gone.txt b/gone.txt\ndeleted file mode 100644\n--- a/gone.txt\n+++ /dev/null\n"
                        + "@@ -1 +0,0 @@\n-without an end\n\\ No newline at end of file\n");
        Run list = cli("diff", conversation, "--all", "--stat");
        assertThat(list.out())
                .contains("D  +0 -1")
                .contains("ü x/say \"hi\".txt")
                .contains("link");
    }

    @Test
    void whatIsNotThereIsSaid() throws Exception {
        assertThat(cli("diff", conversation, "--turn", "7").exit()).isEqualTo(3);
        Run path = cli("diff", conversation, "tool.sh");
        assertThat(path.exit()).isEqualTo(3);
        assertThat(path.err()).contains("was not changed by turn 2 of 2").contains("--stat");
        assertThat(cli("diff", conversation, "--turn", "1", "--all").exit()).isEqualTo(2);
        assertThat(cli("diff", "nothing").exit()).isEqualTo(3);
    }
}
