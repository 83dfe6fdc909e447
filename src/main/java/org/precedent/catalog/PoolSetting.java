package org.precedent.catalog;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that a pool's own images decided, by leave-one-out. It holds for the pool version that
 * decided and for later ones, until it is decided anew; never for another network or space.
 *
 * @param poolVersion the version whose images decided
 * @param space the embedding space of the similarities that it was decided in; for {@link Shares}
 *     the spaces of all levels
 * @param network the network that answered
 * @param weightsSha256 the network's weights
 * @param value what was decided
 * @param <V> the kind of setting
 */
public record PoolSetting<V extends PoolSetting.Value>(
        int poolVersion,
        String space,
        String network,
        String weightsSha256,
        V value,
        Instant createdAt) {

    /** What can be decided for a pool. */
    public sealed interface Value permits Temperature, Shares, Confidence, Looks {}

    /**
     * The queries that chose the best of several values.
     *
     * @param supportSize K of these queries
     * @param queries their number
     * @param dice their mean Dice with the value that was chosen
     * @param diceEven their mean Dice where all supports, or all levels, count evenly
     */
    public record Trial(int supportSize, int queries, double dice, double diceEven) {}

    /**
     * The temperature that similarities are divided by.
     *
     * @param tau above 0; null for uniform weights, where these were the best choice
     */
    public record Temperature(@Nullable Double tau, Trial trial) implements Value {}

    /**
     * The shares of the levels, summing to 1.
     *
     * @param offset how fast ranks lose worth, at least 0
     */
    public record Shares(double image, double location, double object, int offset, Trial trial)
            implements Value {}

    /**
     * What the Dice of an answer is predicted by, for one label. Other weights make other mistakes,
     * so that it holds for the weights that it was fitted with alone.
     *
     * @param regression the fitted numbers
     * @param threshold a predicted Dice below it is no sufficient precedent, in [0, 1]
     * @param fittedOn the number of images
     * @param rankCorrelation Spearman's, between leave-one-out predictions and true Dice; null
     *     where either is constant
     * @param closeUp whether it was fitted to answers that were looked at again from nearer by
     */
    public record Confidence(
            Task.Label label,
            Regression regression,
            double threshold,
            int fittedOn,
            @Nullable Double rankCorrelation,
            boolean closeUp)
            implements Value {}

    /**
     * Whether answers of one label are looked at again from nearer by, where a query does not say.
     * Other weights see otherwise, so that it holds for the weights that it was tried with alone.
     *
     * @param twice whether they are
     * @param patients whose images were asked both ways
     * @param diceOnce mean Dice over these patients with one look
     * @param diceTwice likewise with two
     */
    public record Looks(
            Task.Label label, boolean twice, int patients, double diceOnce, double diceTwice)
            implements Value {}

    /**
     * The numbers of the prediction; what each feature is, the package {@code confidence} knows.
     *
     * @param neighbours how similar each image of the pool is to its nearest other one, ascending
     * @param evidence the version of what the features measure; 0 in rows of before there was one
     * @param bound what a lower bound is computed by; null in rows of before there was one, and
     *     where the images were too few
     */
    public record Regression(
            List<Double> means,
            List<Double> scales,
            List<Double> coefficients,
            double intercept,
            List<Double> neighbours,
            int evidence,
            @Nullable Bound bound) {
        public Regression {
            means = List.copyOf(means);
            scales = List.copyOf(scales);
            coefficients = List.copyOf(coefficients);
            neighbours = List.copyOf(neighbours);
        }
    }

    /**
     * The numbers of a lower bound of the Dice.
     *
     * @param margin added to the prediction of the same form
     * @param calibratedOn images that say the margin
     */
    public record Bound(
            List<Double> means,
            List<Double> scales,
            List<Double> coefficients,
            double intercept,
            double margin,
            int calibratedOn) {
        public Bound {
            means = List.copyOf(means);
            scales = List.copyOf(scales);
            coefficients = List.copyOf(coefficients);
        }
    }
}
