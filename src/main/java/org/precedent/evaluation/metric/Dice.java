package org.precedent.evaluation.metric;

import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;

/**
 * Overlap of a prediction A with the truth B: 2 |A and B| / (|A| + |B|), in [0, 1].
 *
 * <p>Empty masks: where both are empty the overlap is 1, where one is, 0. No smoothing term is
 * added. Protocols leave out queries whose truth is empty, since their score would only say whether
 * anything was predicted at all.
 */
public final class Dice {
    private Dice() {}

    /**
     * @throws IllegalArgumentException when the masks differ in size
     */
    public static double hard(Mask prediction, Mask truth) {
        requireSize(prediction.width(), prediction.height(), truth);
        long both = 0;
        long sum = 0;
        for (int i = 0; i < truth.inside().length; i++) {
            boolean a = prediction.inside()[i];
            boolean b = truth.inside()[i];
            both += a && b ? 1 : 0;
            sum += (a ? 1 : 0) + (b ? 1 : 0);
        }
        return sum == 0 ? 1 : 2.0 * both / sum;
    }

    /**
     * The same with probabilities not thresholded: 2 sum(p b) / (sum(p) + |B|).
     *
     * @param prediction values in [0, 1]
     * @throws IllegalArgumentException when the sizes differ
     */
    public static double soft(Plane prediction, Mask truth) {
        requireSize(prediction.width(), prediction.height(), truth);
        double both = 0;
        double sum = 0;
        for (int i = 0; i < truth.inside().length; i++) {
            double p = prediction.values()[i];
            both += truth.inside()[i] ? p : 0;
            sum += p + (truth.inside()[i] ? 1 : 0);
        }
        return sum == 0 ? 1 : 2 * both / sum;
    }

    /** Checks that a prediction is of the truth's size. */
    static void requireSize(int width, int height, Mask truth) {
        if (width != truth.width() || height != truth.height()) {
            throw new IllegalArgumentException(
                    "prediction of "
                            + width
                            + " x "
                            + height
                            + ", truth of "
                            + truth.width()
                            + " x "
                            + truth.height());
        }
    }
}
