package dev.claudevm.server;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link RestoreContract} on this machine. */
class RestoreTest extends RestoreContract {

    @RegisterExtension
    static final OneWorkspace one = new OneWorkspace(RestoreContract::seed, ON_REQUEST_ONLY);

    RestoreTest() {
        super(one);
    }

    private static Path folder() {
        return one.base().resolve("home/workspaces").resolve(one.id());
    }

    @Override
    void copyProject(Path into) {
        run("cp", "-a", folder().resolve("project").toString(), into.toString());
    }

    @Override
    Path journal(String conversation) {
        return folder().resolve("bridge/conversations").resolve(conversation).resolve("journal.ndjson");
    }

    @Override
    void destroy() {
        await("its processes are gone").atMost(Duration.ofMinutes(1)).until(() -> {
            List<ProcessHandle> all =
                    ProcessHandle.allProcesses().filter(RestoreTest::isItsOwn).toList();
            all.forEach(ProcessHandle::destroyForcibly);
            return all.isEmpty();
        });
        run("rm", "-rf", folder().toString());
    }

    /** The sandbox is named after it, and ends with all that is in it; without one, each process says whose it is. */
    private static boolean isItsOwn(ProcessHandle process) {
        Path proc = Path.of("/proc", String.valueOf(process.pid()));
        try {
            return read(proc.resolve("cmdline")).contains(one.id())
                    || read(proc.resolve("environ")).contains("CLAUDE_VM_WORKSPACE=" + one.id());
        } catch (IOException gone) {
            return false;
        }
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }
}
