package org.precedent.cli.curate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.precedent.cli.service.ServiceCommand;
import picocli.CommandLine.Option;

/** A command that prints rows: a table for people, or a JSON line each. */
abstract class OutputCommand extends ServiceCommand {
    /** Characters of a cell in a table, but for the last one of a row. */
    private static final int WIDEST = 40;

    @Option(names = "--json", description = "print a JSON line an entry instead of a table")
    private boolean json;

    boolean asJson() {
        return json;
    }

    /** Prints rows as was asked for. */
    final <T> void print(List<T> rows, List<String> columns, Function<T, List<String>> cells) {
        PrintWriter out = commandLine().getOut();
        if (json) {
            rows.forEach(this::printJson);
        } else if (rows.isEmpty()) {
            out.println("nothing");
        } else {
            table(columns, rows.stream().map(cells).toList(), out);
        }
        out.flush();
    }

    /** Prints one object as a line of JSON. */
    final void printJson(Object row) {
        try {
            commandLine().getOut().println(bean(ObjectMapper.class).writeValueAsString(row));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says a sentence, unless lines of JSON are wanted; then standard error has it. */
    final void say(String format, Object... values) {
        PrintWriter to = json ? commandLine().getErr() : commandLine().getOut();
        to.println(String.format(Locale.ROOT, format, values));
        to.flush();
    }

    /** Says how to get the page after this one, where there is one. */
    final void tellNext(@Nullable String next) {
        if (next != null) {
            commandLine().getErr().println("more: --after " + next);
            commandLine().getErr().flush();
        }
    }

    private static void table(List<String> columns, List<List<String>> rows, PrintWriter out) {
        int[] widths = new int[columns.size()];
        for (int column = 0; column < widths.length; column++) {
            int at = column;
            widths[at] =
                    Math.min(
                            WIDEST,
                            rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0));
            if (widths[at] > 0) {
                widths[at] = Math.max(widths[at], columns.get(at).length());
            }
        }
        line(columns, widths, out);
        rows.forEach(row -> line(row, widths, out));
    }

    /** A column in which nothing stands is left out. */
    private static void line(List<String> cells, int[] widths, PrintWriter out) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            if (widths[column] > 0) {
                line.append(
                        String.format(
                                Locale.ROOT, "%-" + widths[column] + "s  ", cells.get(column)));
            }
        }
        out.println(line.toString().stripTrailing());
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }
}
