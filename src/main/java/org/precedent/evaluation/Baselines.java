package org.precedent.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

/**
 * What can be had from the same supports without a network. A network that does not beat all three
 * has not understood its context: the first two ignore the query's pixels, the third ignores where
 * they are.
 */
public final class Baselines {
    private static final int BINS = 256;
    private static final double SIGMA = 2;

    private Baselines() {}

    /** An annotated image with its share of the answer. */
    public record Support(Raster image, Mask mask, double weight) {}

    /**
     * The hard Dice of all three.
     *
     * @param supports by falling similarity; weights sum to 1
     * @return {@code mean_mask}, {@code nearest_mask} and {@code grey_level}
     */
    static Map<String, Double> dice(Annotated query, List<Support> supports) {
        Map<String, Double> dice = new LinkedHashMap<>();
        dice.put("mean_mask", Dice.hard(meanMask(query.image(), supports), query.mask()));
        dice.put(
                "nearest_mask",
                Dice.hard(nearestMask(query.image(), supports.getFirst()), query.mask()));
        dice.put("grey_level", Dice.hard(greyLevel(query.image(), supports), query.mask()));
        return dice;
    }

    /**
     * The weighted mean of the masks, each stretched to the query's size, above 0.5.
     *
     * @param supports at least one; weights sum to 1
     */
    public static Mask meanMask(Raster query, List<Support> supports) {
        float[] mean = new float[query.width() * query.height()];
        for (Support support : supports) {
            Plane mask =
                    Resampling.area(
                            Resampling.plane(support.mask()), query.width(), query.height());
            for (int i = 0; i < mean.length; i++) {
                mean[i] += (float) (support.weight() * mask.values()[i]);
            }
        }
        return Resampling.above(new Plane(query.width(), query.height(), mean), 0.5);
    }

    /** The mask of one support, the most similar, stretched to the query's size. */
    public static Mask nearestMask(Raster query, Support nearest) {
        return Resampling.area(nearest.mask(), query.width(), query.height());
    }

    /**
     * Every pixel by its grey alone: inside where, among the supports' pixels of that grey, more
     * than half are inside. Greys are stretched to 256 bins an image; both counts are smoothed by a
     * Gaussian of 2 bins.
     *
     * @param supports at least one; weights sum to 1
     */
    public static Mask greyLevel(Raster query, List<Support> supports) {
        double[] inside = new double[BINS];
        double[] all = new double[BINS];
        for (Support support : supports) {
            int[] bins = bins(support.image());
            double share = support.weight() / bins.length;
            for (int i = 0; i < bins.length; i++) {
                all[bins[i]] += share;
                inside[bins[i]] += support.mask().inside()[i] ? share : 0;
            }
        }
        double[] smoothInside = smooth(inside);
        double[] smoothAll = smooth(all);
        int[] bins = bins(query);
        boolean[] answer = new boolean[bins.length];
        for (int i = 0; i < bins.length; i++) {
            answer[i] = smoothInside[bins[i]] > 0.5 * smoothAll[bins[i]];
        }
        return new Mask(query.width(), query.height(), answer);
    }

    private static int[] bins(Raster image) {
        Plane stretched = NetworkInput.stretched(InputRange.CURRENT.plane(image));
        int[] bins = new int[stretched.values().length];
        for (int i = 0; i < bins.length; i++) {
            bins[i] = Math.min(BINS - 1, (int) (stretched.values()[i] * BINS));
        }
        return bins;
    }

    private static double[] smooth(double[] counts) {
        int reach = (int) Math.ceil(4 * SIGMA);
        double[] smoothed = new double[counts.length];
        for (int bin = 0; bin < counts.length; bin++) {
            for (int d = -reach; d <= reach; d++) {
                if (bin + d >= 0 && bin + d < counts.length) {
                    smoothed[bin] += counts[bin + d] * Math.exp(-d * d / (2 * SIGMA * SIGMA));
                }
            }
        }
        return smoothed;
    }
}
