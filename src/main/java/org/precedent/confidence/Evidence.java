package org.precedent.confidence;

/**
 * What speaks for and against an answer, measured without its truth.
 *
 * @param reverse mean Dice, in [0, 1], of the supports' own masks when the answer is their only
 *     support ("reverse classification accuracy", Valindria et al., IEEE TMI 2017): a wrong mask
 *     explains its supports badly
 * @param agreement Dice, in [0, 1], between the masks of both passes of a mirrored network; of
 *     another network, between the answer and what every second support gives alone
 * @param coverage share, in [0, 1], of the pool's own images that have a less similar nearest
 *     support than the query has; low where the query is unlike anything known
 * @param certainty mean of |2p - 1| over the pixels of mask and its surroundings, in [0, 1]
 * @param sizeRatio |ln(area / weighted mean area of the supports' masks)|, >= 0, at most {@value
 *     #LARGEST_RATIO}
 * @param attentionMass mean attention, in [0, 1], that the contour's points give to supports rather
 *     than to the tokens that stand for "nothing alike"; NaN where the network has no attention
 */
public record Evidence(
        double reverse,
        double agreement,
        double coverage,
        double certainty,
        double sizeRatio,
        double attentionMass) {
    /**
     * Counts the ways in which features were measured. What was fitted to those of another one says
     * nothing about these. 1 asked four supports at full size and both halves of the supports.
     */
    public static final int VERSION = 2;

    /** A mask twenty times as large as its precedents is as wrong as one of a hundred times. */
    static final double LARGEST_RATIO = 3;

    /** The features, in the order of the components. */
    public enum Feature {
        REVERSE,
        AGREEMENT,
        COVERAGE,
        CERTAINTY,
        SIZE_RATIO,
        ATTENTION_MASS
    }

    /** Number of features. */
    static final int FEATURES = 6;

    public Evidence {
        requireShare("reverse", reverse);
        requireShare("agreement", agreement);
        requireShare("coverage", coverage);
        requireShare("certainty", certainty);
        if (!(sizeRatio >= 0 && sizeRatio <= LARGEST_RATIO)) {
            throw new IllegalArgumentException("size ratio " + sizeRatio);
        }
        if (!Double.isNaN(attentionMass)) {
            requireShare("attention mass", attentionMass);
        }
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " " + value + " is not in [0, 1]");
        }
    }

    /** [{@value #FEATURES}], in the order of the components; NaN where there is no attention. */
    double[] features() {
        return new double[] {reverse, agreement, coverage, certainty, sizeRatio, attentionMass};
    }
}
