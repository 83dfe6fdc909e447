package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.List;

/** A table of a page. */
final class MarkdownTable {
    private final List<List<String>> rows = new ArrayList<>();
    private final int columns;

    MarkdownTable(String... header) {
        this(List.of(header));
    }

    MarkdownTable(List<String> header) {
        columns = header.size();
        rows.add(List.copyOf(header));
    }

    MarkdownTable row(String... cells) {
        return row(List.of(cells));
    }

    MarkdownTable row(List<String> cells) {
        if (cells.size() != columns) {
            throw new IllegalArgumentException(cells.size() + " cells, expected " + columns);
        }
        rows.add(List.copyOf(cells));
        return this;
    }

    /** As Markdown, with an empty line behind. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            text.append("| ").append(String.join(" | ", row)).append(" |\n");
            if (row == rows.getFirst()) {
                text.append("|---".repeat(columns)).append("|\n");
            }
        }
        return text.append('\n').toString();
    }
}
