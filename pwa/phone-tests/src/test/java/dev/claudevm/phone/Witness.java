package dev.claudevm.phone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** When a test fails: what the server and the workspaces wrote, beside the failure. */
final class Witness implements TestExecutionExceptionHandler {

    private static final int TAIL_CHARS = 6_000;

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        if (context.getRequiredTestInstance() instanceof Story story && story.product != null) {
            System.err.println("--- server's output\n" + story.product.output());
            story.phone
                    .opened()
                    .forEach(device -> System.err.println("--- console\n" + String.join("\n", device.console())));
            tail(story.product.home().resolve("logs/server.log"));
            try (var files = Files.walk(story.product.home().resolve("workspaces"))) {
                files.filter(file -> file.getFileName().toString().matches(".*\\.log"))
                        .forEach(Witness::tail);
            } catch (IOException unreadable) {
                System.err.println(unreadable);
            }
        }
        throw failure;
    }

    private static void tail(Path file) {
        try {
            String text = Files.readString(file);
            System.err.println("--- " + file + "\n" + text.substring(Math.max(0, text.length() - TAIL_CHARS)));
        } catch (IOException unreadable) {
            System.err.println("--- " + file + ": " + unreadable);
        }
    }
}
