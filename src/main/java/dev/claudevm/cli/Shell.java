package dev.claudevm.cli;

import dev.claudevm.cli.chat.ChatCommands;
import dev.claudevm.cli.chat.ChatSession;
import dev.claudevm.cli.chat.Screen;
import java.io.IOException;
import java.util.List;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.LineReaderImpl;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The terminal of a chat: what is typed stays usable while output comes above it. */
final class Shell implements Screen, AutoCloseable {

    private final Terminal terminal;
    private final LineReaderImpl reader;
    private volatile String prompt = "> ";

    Shell() throws IOException {
        terminal = TerminalBuilder.builder().system(true).dumb(true).build();
        LineReader built = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("claude-vm")
                .completer(new StringsCompleter(ChatCommands.NAMES))
                // A message may hold any of these; none has a meaning here.
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.BRACKETED_PASTE, true)
                .build();
        reader = (LineReaderImpl) built;
    }

    /** Reads lines until the person leaves. */
    void run(ChatSession session) {
        String prefill = "";
        boolean warned = false;
        while (true) {
            session.lineBegins();
            try {
                String line = reader.readLine(prompt, null, (Character) null, prefill.isEmpty() ? null : prefill);
                warned = false;
                ChatCommands.Next next = session.typed(line);
                if (next.quit()) {
                    return;
                }
                prefill = next.prefill();
            } catch (UserInterruptException e) {
                prefill = "";
                if (e.getPartialLine().isEmpty() && warned) {
                    return;
                }
                if (e.getPartialLine().isEmpty()) {
                    warned = true;
                    print(List.of("  Ctrl-C again leaves, and the agent goes on. /stop interrupts the agent."));
                }
            } catch (EndOfFileException e) {
                return;
            }
        }
    }

    @Override
    public void print(List<String> lines) {
        if (!lines.isEmpty()) {
            reader.printAbove(String.join("\n", lines));
        }
    }

    @Override
    public void prompt(String text) {
        if (text.equals(prompt)) {
            return;
        }
        prompt = text;
        if (reader.isReading()) {
            reader.setPrompt(text);
            reader.callWidget(LineReader.REDISPLAY);
        }
    }

    @Override
    public int width() {
        return terminal.getWidth() > 0 ? terminal.getWidth() : 80;
    }

    @Override
    public void close() throws IOException {
        terminal.close();
    }
}
