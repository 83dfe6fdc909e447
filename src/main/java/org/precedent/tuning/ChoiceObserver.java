package org.precedent.tuning;

import java.util.Map;
import org.precedent.evaluation.Progress;

/**
 * Watches a choice by a pool's own images: {@link #step} is called before the first image of a
 * label and after every one, with the label and what is chosen, e.g. {@code liver temperature}.
 */
public interface ChoiceObserver extends Progress {
    /**
     * Takes how many images of a label could not take part, after its last step.
     *
     * @param label the label and what is chosen, as in {@link #step}
     * @param images at least 1; only their own patient's images could support them
     */
    void unsupported(String label, int images);

    /** Takes the outcome of one label, and at last that of all together, as fields and values. */
    void outcome(Map<String, Object> line);
}
