package org.precedent.catalog;

import java.util.List;

/**
 * A set of labels to segment in one kind of image.
 *
 * @param site that it belongs to
 * @param labels in the order in which they were defined
 */
public record Task(int id, String site, String name, List<Label> labels) {
    static final int MOST_LABELS = 512;
    static final int MOST_POOLS = 1_000;
    static final int MOST_OF_A_SITE = 10_000;

    /** One structure of a task. */
    public record Label(int id, String name) {}

    public Task {
        labels = List.copyOf(labels);
    }

    public List<String> labelNames() {
        return labels.stream().map(Label::name).toList();
    }

    /**
     * Nobody fills the catalogue for all others.
     *
     * @throws CatalogException BAD_VALUE where there are as many as there may be already
     */
    static void requireOneMore(String what, long present, int most) {
        if (present >= most) {
            throw CatalogException.badValue(what, present + 1, "at most " + most);
        }
    }
}
