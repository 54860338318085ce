package dev.claudevm.cli;

import dev.claudevm.protocol.Json;
import java.io.PrintStream;
import java.util.List;

/** Writes answers for people, or for programs. */
final class Printer {

    private final PrintStream out;
    private final boolean json;

    Printer(PrintStream out, boolean json) {
        this.out = out;
        this.json = json;
    }

    void print(Answer answer) {
        // No switch over types here and in Main: its first run costs a tenth of a second, which no AOT cache saves.
        if (answer instanceof Answer.Table table) {
            if (json) {
                out.println(pretty(table.json()));
            } else {
                table(table);
            }
        } else if (answer instanceof Answer.Lines lines) {
            if (json) {
                out.println(pretty(lines.json()));
            } else {
                lines.lines().forEach(line -> out.println(PlainText.line(line)));
            }
        }
        out.flush();
    }

    private static String pretty(Object json) {
        return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }

    private void table(Answer.Table table) {
        if (table.rows().isEmpty()) {
            out.println(table.whenEmpty());
            return;
        }
        int[] widths = new int[table.head().size()];
        widen(widths, table.head());
        for (List<String> row : table.rows()) {
            widen(widths, row);
        }
        row(widths, table.head());
        table.rows().forEach(row -> row(widths, row));
    }

    private static void widen(int[] widths, List<String> row) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], PlainText.line(row.get(i)).length());
        }
    }

    private void row(int[] widths, List<String> row) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = PlainText.line(row.get(i));
            line.append(cell).repeat(' ', i == widths.length - 1 ? 0 : widths[i] - cell.length() + 2);
        }
        out.println(line.toString().stripTrailing());
    }
}
