package org.precedent.evaluation.metric;

import org.precedent.imaging.Mask;
import org.precedent.imaging.Resampling;
import org.precedent.segmentation.Segmentation;

/**
 * One answer held against the truth.
 *
 * @param dice hard Dice at the query's own size
 * @param diceAtNetworkSize hard Dice at the network's resolution
 * @param diceSoft soft Dice at the query's own size
 * @param iou intersection over union at the query's own size
 * @param hausdorff95 of the outlines at the query's own size
 * @param surfaceDistance of the outlines at the query's own size
 */
public record Score(
        double dice,
        double diceAtNetworkSize,
        double diceSoft,
        double iou,
        double hausdorff95,
        double surfaceDistance) {

    /**
     * @param truth of the query's size
     */
    public static Score of(Segmentation answer, Mask truth, PixelSpacing spacing) {
        Mask truthAtSide =
                Resampling.above(answer.geometry().content(answer.geometry().in(truth)), 0.5);
        double dice = Dice.hard(answer.mask(), truth);
        SurfaceDistance outlines = SurfaceDistance.between(answer.mask(), truth, spacing);
        return new Score(
                dice,
                Dice.hard(answer.maskAtSide(), truthAtSide),
                Dice.soft(answer.probabilities(), truth),
                iou(dice),
                outlines.hausdorff95(),
                outlines.average());
    }

    /** |A and B| / |A or B| = D / (2 - D): the same empty masks give 1 and 0. */
    static double iou(double dice) {
        return dice / (2 - dice);
    }

    public double get(Metric metric) {
        return switch (metric) {
            case DICE -> dice;
            case DICE_AT_NETWORK_SIZE -> diceAtNetworkSize;
            case DICE_SOFT -> diceSoft;
            case IOU -> iou;
            case HAUSDORFF95 -> hausdorff95;
            case SURFACE_DISTANCE -> surfaceDistance;
        };
    }
}
