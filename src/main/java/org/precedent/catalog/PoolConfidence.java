package org.precedent.catalog;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the Dice of an answer is predicted by, fitted to a pool's own images.
 *
 * @param poolVersion whose images it was fitted to
 * @param network that answered
 * @param weightsSha256 of it: other weights make other mistakes
 * @param embeddingSpace whose similarities the neighbours are in
 * @param regression the fitted numbers
 * @param threshold a predicted Dice below it is no sufficient precedent
 * @param fittedOn number of images
 * @param rankCorrelation Spearman's, between leave-one-out predictions and true Dice; null where
 *     either is constant
 */
public record PoolConfidence(
        int poolVersion,
        String network,
        String weightsSha256,
        String embeddingSpace,
        Regression regression,
        double threshold,
        int fittedOn,
        @Nullable Double rankCorrelation,
        Instant createdAt) {

    /**
     * The numbers of the prediction; what each feature is, the segmentation knows.
     *
     * @param neighbours how similar each image of the pool is to its nearest other one, ascending
     */
    public record Regression(
            List<Double> means,
            List<Double> scales,
            List<Double> coefficients,
            double intercept,
            List<Double> neighbours) {
        public Regression {
            means = List.copyOf(means);
            scales = List.copyOf(scales);
            coefficients = List.copyOf(coefficients);
            neighbours = List.copyOf(neighbours);
        }
    }
}
