package org.precedent.confidence;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A lower bound of an answer's Dice that holds for {@value #COVERAGE} of answers: split conformal
 * prediction (Papadopoulos et al. 2002, Lei et al. 2018). A prediction is fitted to one part of the
 * pool's images; of the others, of which there are 9, 19, 29 and so on, the tenth that were
 * overestimated most say by how much. Where the images and the query are exchangeable, the bound
 * holds with exactly this probability, however bad the prediction is: a bad one makes it low.
 *
 * <p>Below {@value #FEWEST_TO_FIT} images nothing is fitted, and the bound is the lowest Dice but
 * those of a tenth of the images.
 *
 * @param means [features], subtracted
 * @param scales [features], divided by
 * @param coefficients [features]
 * @param intercept the prediction for features of the means
 * @param margin added to a prediction; below 0 as a rule
 * @param calibratedOn images that say the margin
 */
public record DiceBound(
        double[] means,
        double[] scales,
        double[] coefficients,
        double intercept,
        double margin,
        int calibratedOn) {
    /** Share of the answers whose Dice is at least the bound. */
    public static final double COVERAGE = 0.9;

    private static final int FEWEST_TO_FIT = 20;

    /**
     * One in so many answers lies below the bound; multiples of it, less one, are the numbers of
     * images with which the coverage is met exactly.
     */
    private static final int ONE_IN = 10;

    /**
     * Finds the bound.
     *
     * @param evidence one an image, in an order that says nothing about them
     * @param dice the true Dice of each
     * @return empty for fewer than 9 images
     */
    static Optional<DiceBound> fit(List<Evidence> evidence, double[] dice) {
        int n = evidence.size();
        boolean fits = n >= FEWEST_TO_FIT;
        int calibrating = (fits ? n / 2 + 1 : n + 1) / ONE_IN * ONE_IN - 1;
        if (calibrating < 1) {
            return Optional.empty();
        }
        int fitting = n - calibrating;
        ConfidenceModel.Linear linear =
                fits
                        ? ConfidenceModel.Linear.fit(
                                evidence.subList(0, fitting), Arrays.copyOf(dice, fitting))
                        : ConfidenceModel.Linear.constant(0);
        double[] residuals = new double[calibrating];
        for (int i = 0; i < calibrating; i++) {
            residuals[i] = dice[fitting + i] - linear.predict(evidence.get(fitting + i));
        }
        Arrays.sort(residuals);
        int rank = (calibrating + 1) / ONE_IN;
        return Optional.of(
                new DiceBound(
                        linear.means(),
                        linear.scales(),
                        linear.coefficients(),
                        linear.intercept(),
                        residuals[rank - 1],
                        calibrating));
    }

    /** The lower bound of an answer's Dice, in [0, 1]. */
    public double of(Evidence evidence) {
        double predicted =
                new ConfidenceModel.Linear(means, scales, coefficients, intercept)
                        .predict(evidence);
        return Math.clamp(predicted + margin, 0, 1);
    }
}
