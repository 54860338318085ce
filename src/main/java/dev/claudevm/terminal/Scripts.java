package dev.claudevm.terminal;

import dev.claudevm.conversation.ConversationId;
import java.nio.charset.StandardCharsets;

/**
 * What is run in the workspace: tmux, on the same server as the agents' panes. Names and ids need no quoting but blanks
 * ({@link TerminalName}).
 */
final class Scripts {

    /** Lines of a terminal's past that come along when it is opened. */
    private static final int HISTORY_LINES = 2_000;

    private static final int KEPT_LINES = 20_000;

    /** Between the fields of a line; tmux shows it as it is, and no name has it. */
    static final String SEPARATOR = "|";

    /** The exit code that says that there are as many terminals as there may be. */
    static final int TOO_MANY = 4;

    private static final String TMUX = "T() { tmux -u -L claude-vm -f /dev/null \"$@\"; }\n";

    /**
     * The browser's terminal keeps its own past: no alternate screen, and lines leave the screen at its top one by one. With
     * tmux's mouse off, programs that want the mouse get it, and otherwise it selects and scrolls in the browser. A
     * server's options are set before its first session: that one's shell hears of them then.
     */
    private static final String OPTIONS = """
            D=screen-256color; for d in /usr/share/terminfo /lib/terminfo /usr/lib/terminfo /etc/terminfo; do [ -e $d/t/tmux-256color ] && D=tmux-256color; done
            O="set -g history-limit %d ; set -s default-terminal $D ; set -s escape-time 10 ; set-environment -g COLORTERM truecolor ; set -s terminal-overrides[10] xterm*:smcup@:rmcup@:indn@ ; set -s terminal-features[10] xterm*:RGB:strikethrough:usstyle:overline"
            set -f
            """.formatted(KEPT_LINES);

    /** What is typed before tmux has the terminal is left as it is: no echo, no Ctrl-C, no end of file. */
    private static final String PREPARE = "stty raw -echo opost onlcr\nunset LINES COLUMNS\n";

    /**
     * Said behind the past; then a byte is waited for, and only then tmux attaches. When it takes a terminal it throws away
     * what was written there and not read yet ({@code tcflush(TCOFLUSH)}), which would be the end of the past.
     */
    static final byte[] ATTACHES = "\033]777;attach\007".getBytes(StandardCharsets.US_ASCII);

    private Scripts() {}

    static String list() {
        return bash(TMUX + "T list-sessions -F '#{session_name}" + SEPARATOR + "#{session_created}" + SEPARATOR
                + "#{session_attached}" + SEPARATOR + "#{pane_current_command}' 2>/dev/null; :");
    }

    /** Ends with code 0 when the terminal is there afterwards. */
    static String make(TerminalName name, int most) {
        return bash(TMUX + make(name, most, 80, 24));
    }

    static String rename(TerminalName from, TerminalName to) {
        return bash(TMUX + "T rename-session -t '=term-" + from + "' 'term-" + to + "'");
    }

    static String close(TerminalName name) {
        return bash(TMUX + "T kill-session -t '=term-" + name + "'");
    }

    /**
     * Makes the terminal when it is not there, shows its past, and stays as a window onto it. tmux keeps no key for itself:
     * Ctrl-B is the shell's and the editor's.
     */
    static String attach(TerminalName name, int most, int columns, int rows) {
        return bash(PREPARE + TMUX + make(name, most, columns, rows)
                + "T set -t '=term-" + name + ":' status off \\; set -t '=term-" + name
                + ":' prefix None \\; set -t '=term-" + name + ":' prefix2 None \\; set -w -t '=term-" + name
                + ":' window-size latest\n"
                + past("=term-" + name, rows)
                + "exec tmux -u -L claude-vm attach-session -t '=term-" + name + "'");
    }

    /** A look at what an agent's pane shows. Keys would be ignored by tmux, and are not passed on at all. */
    static String watch(ConversationId conversation, int rows) {
        String session = "=conv-" + conversation;
        return bash(PREPARE + TMUX + "T has-session -t '" + session
                + "' 2>/dev/null || { echo 'The agent does not run, so it has no pane. It gets one with the next message.'; exit 3; }\n"
                + OPTIONS
                + "T $O \\; set -t '" + session + ":' status off \\; set -w -t '" + session + ":' window-size latest\n"
                + past(session, rows)
                + "exec tmux -u -L claude-vm attach-session -f read-only -t '" + session + "'");
    }

    /** Whatever the person's login shell is. */
    private static String bash(String script) {
        return "exec bash -c '" + script.replace("'", "'\\''") + "'";
    }

    private static String make(TerminalName name, int most, int columns, int rows) {
        String session = "'=term-" + name + "'";
        return "T has-session -t " + session
                + " 2>/dev/null || { [ \"$(T list-sessions -F '#{session_name}' 2>/dev/null | grep -c '^term-')\" -lt "
                + most + " ] || { echo 'This workspace has " + most
                + " terminals, which is the most. Close one of them.'; exit " + TOO_MANY + "; }; " + OPTIONS
                + "T start-server \\; $O \\; new-session -d -s 'term-"
                + name + "' -x " + columns + " -y " + rows + " 'exec bash -l'; } || T has-session -t " + session
                + " || exit 1\n";
    }

    private static String past(String session, int rows) {
        return "T capture-pane -p -e -J -S -" + HISTORY_LINES + " -E -1 -t '" + session + ":' 2>/dev/null\n"
                + "printf '\\033[0m'; printf '\\n%.0s' $(seq " + rows + ")\n"
                + "printf '\\033]777;attach\\007'; dd bs=1 count=1 >/dev/null 2>&1\n";
    }
}
