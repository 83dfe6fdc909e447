package org.precedent.evaluation.metric;

import java.util.Locale;

/** What is measured of an answer. Overlaps are in [0, 1], distances in the unit of the spacing. */
public enum Metric {
    /** Hard Dice at the query's own size. */
    DICE,
    /** Hard Dice at the network's resolution, as the papers report it at 128 pixels. */
    DICE_AT_NETWORK_SIZE,
    /** Dice of the probabilities, not thresholded, at the query's own size. */
    DICE_SOFT,
    /** Intersection over union at the query's own size. */
    IOU,
    /** Hausdorff distance of the outlines, its 95th percentile. */
    HAUSDORFF95,
    /** Mean distance of the outlines, both directions. */
    SURFACE_DISTANCE;

    /** The name as written in lines and tables: lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
