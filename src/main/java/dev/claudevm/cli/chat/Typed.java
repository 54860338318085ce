package dev.claudevm.cli.chat;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a typed line means. */
sealed interface Typed {

    /** To the agent. */
    record Message(String text) implements Typed {}

    /** @param decision {@code allow}, {@code always} or {@code deny} */
    record Decision(String decision, OptionalInt number, String reason) implements Typed {}

    /** @param choice numbers of options, or {@code =} and own words; {@code ;} between questions */
    record Choice(OptionalInt number, String choice) implements Typed {}

    /** @param rest what follows the command's name */
    record Slash(String name, String rest) implements Typed {}

    Pattern DECISION = Pattern.compile("([aAd])(?:\\s+#?(\\d+))?(?:\\s+(\\S.*))?");
    Pattern CHOICE = Pattern.compile("(?:#(\\d+)\\s+)?([\\d][\\d,;\\s]*|=.*)");
    Pattern SLASH = Pattern.compile("/([a-zA-Z][\\w:-]*)(?:\\s+(.*))?", Pattern.DOTALL);

    /**
     * @param approvals an approval is open, or was when the line was begun: then {@code a}, {@code A} and {@code d} answer
     * @param questions likewise for numbers and {@code =}
     */
    static Typed parse(String line, boolean approvals, boolean questions) {
        String text = line.strip();
        Matcher decision = DECISION.matcher(text);
        if (approvals && decision.matches() && (text.startsWith("d") || decision.group(3) == null)) {
            String word = switch (decision.group(1)) {
                case "a" -> "allow";
                case "A" -> "always";
                default -> "deny";
            };
            return new Decision(word, number(decision.group(2)), decision.group(3) == null ? "" : decision.group(3));
        }
        Matcher choice = CHOICE.matcher(text);
        if (questions && choice.matches()) {
            return new Choice(number(choice.group(1)), choice.group(2));
        }
        Matcher slash = SLASH.matcher(text);
        if (slash.matches()) {
            return new Slash(
                    slash.group(1), slash.group(2) == null ? "" : slash.group(2).strip());
        }
        return new Message(line);
    }

    private static OptionalInt number(String digits) {
        return digits == null || digits.length() > 9 ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(digits));
    }
}
