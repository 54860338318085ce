package dev.claudevm.cli.chat;

import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.EventBody;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was typed as an answer to questions, turned from numbers into labels. */
final class QuestionAnswers {

    private QuestionAnswers() {}

    static Map<String, String> of(EventBody.QuestionOpened opened, String choice) {
        List<EventBody.QuestionItem> items = opened.questions();
        // Own words may hold a semicolon when there is only one question.
        String[] parts = items.size() == 1 ? new String[] {choice} : choice.split(";", -1);
        if (parts.length != items.size()) {
            throw new CliException(
                    ExitCode.USAGE, "There are " + items.size() + " questions.", "Put ; between the answers.");
        }
        Map<String, String> answers = new LinkedHashMap<>();
        for (int i = 0; i < parts.length; i++) {
            answers.put(items.get(i).question(), answer(items.get(i), parts[i].strip()));
        }
        return answers;
    }

    private static String answer(EventBody.QuestionItem item, String part) {
        if (part.startsWith("=")) {
            return part.substring(1).strip();
        }
        List<String> labels = new ArrayList<>();
        for (String number : part.split("[,\\s]+")) {
            int index = number.matches("\\d{1,3}") ? Integer.parseInt(number) : 0;
            if (index < 1 || index > item.options().size()) {
                throw new CliException(
                        ExitCode.USAGE,
                        "\"" + number + "\" is none of the options.",
                        "Say 1 to " + item.options().size() + ".");
            }
            labels.add(item.options().get(index - 1).label());
        }
        if (labels.size() > 1 && !item.multiSelect()) {
            throw new CliException(ExitCode.USAGE, "Only one can be chosen.", "Say one number.");
        }
        return String.join(", ", labels);
    }
}
