package org.precedent.evaluation.metric;

import org.jspecify.annotations.Nullable;
import org.precedent.imaging.Mask;

/** Adds up the overlap of a volume's slices: its Dice is that of all voxels, not a mean. */
public final class VoxelCount {
    private long both;
    private long sum;

    /**
     * Adds a slice.
     *
     * @param truth of the same size, or null where the slice does not have the label
     */
    public void add(Mask prediction, @Nullable Mask truth) {
        if (truth == null) {
            sum += prediction.area();
            return;
        }
        Dice.requireSize(prediction.width(), prediction.height(), truth);
        for (int i = 0; i < truth.inside().length; i++) {
            boolean a = prediction.inside()[i];
            boolean b = truth.inside()[i];
            both += a && b ? 1 : 0;
            sum += (a ? 1 : 0) + (b ? 1 : 0);
        }
    }

    /** As {@link Dice#hard}: 1 where both are empty. */
    public double dice() {
        return sum == 0 ? 1 : 2.0 * both / sum;
    }
}
