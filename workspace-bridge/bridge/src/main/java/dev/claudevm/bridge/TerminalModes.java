package dev.claudevm.bridge;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.channel.PtyMode;

/** What a client's terminal is set to (RFC 4254, section 8), in the words of {@code stty}. */
final class TerminalModes {

    private static final int DISABLED = 255;

    private static final Map<PtyMode, String> CHARACTERS = new EnumMap<>(Map.of(
            PtyMode.VINTR, "intr",
            PtyMode.VQUIT, "quit",
            PtyMode.VERASE, "erase",
            PtyMode.VKILL, "kill",
            PtyMode.VEOF, "eof",
            PtyMode.VSUSP, "susp",
            PtyMode.VSTART, "start",
            PtyMode.VSTOP, "stop",
            PtyMode.VWERASE, "werase",
            PtyMode.VLNEXT, "lnext"));

    private static final List<PtyMode> FLAGS = List.of(
            PtyMode.IGNPAR,
            PtyMode.PARMRK,
            PtyMode.INPCK,
            PtyMode.ISTRIP,
            PtyMode.INLCR,
            PtyMode.IGNCR,
            PtyMode.ICRNL,
            PtyMode.IXON,
            PtyMode.IXANY,
            PtyMode.IXOFF,
            PtyMode.IMAXBEL,
            PtyMode.IUTF8,
            PtyMode.ISIG,
            PtyMode.ICANON,
            PtyMode.ECHO,
            PtyMode.ECHOE,
            PtyMode.ECHOK,
            PtyMode.ECHONL,
            PtyMode.NOFLSH,
            PtyMode.TOSTOP,
            PtyMode.IEXTEN,
            PtyMode.ECHOCTL,
            PtyMode.ECHOKE,
            PtyMode.OPOST,
            PtyMode.ONLCR,
            PtyMode.OCRNL,
            PtyMode.ONOCR,
            PtyMode.ONLRET);

    private TerminalModes() {}

    /** @return arguments of {@code stty}; words and numbers only, so that a shell may see them */
    static List<String> stty(Map<PtyMode, Integer> modes) {
        List<String> words = new ArrayList<>();
        CHARACTERS.forEach((mode, word) -> {
            Integer value = modes.get(mode);
            if (value != null && value >= 0 && value <= DISABLED) {
                words.add(word);
                // In hexadecimal: stty takes a single digit for the character.
                words.add(value == DISABLED || value == 0 ? "undef" : String.format("0x%02x", value));
            }
        });
        for (PtyMode mode : FLAGS) {
            Integer value = modes.get(mode);
            if (value != null) {
                words.add((value == 0 ? "-" : "") + mode.name().toLowerCase(java.util.Locale.ROOT));
            }
        }
        return words;
    }
}
