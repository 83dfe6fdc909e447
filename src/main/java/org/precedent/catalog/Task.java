package org.precedent.catalog;

import java.util.List;

/**
 * A set of labels to segment in one kind of image.
 *
 * @param site that it belongs to
 * @param labels in the order in which they were defined
 */
public record Task(int id, String site, String name, List<Label> labels) {

    /** One structure of a task. */
    public record Label(int id, String name) {}

    public Task {
        labels = List.copyOf(labels);
    }

    public List<String> labelNames() {
        return labels.stream().map(Label::name).toList();
    }
}
