package org.precedent.confidence;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the Dice of an answer from its {@link Evidence}: a ridge regression on standardised
 * features, fitted to a pool's own images, each answered from the others. Its penalty is the one
 * with the smallest leave-one-out error, which for ridge regression has a closed form (the residual
 * divided by one minus the leverage).
 *
 * @param means [features], subtracted
 * @param scales [features], > 0, divided by
 * @param coefficients [features]
 * @param intercept the pool's mean Dice
 * @param threshold a predicted Dice below it is no sufficient precedent
 * @param fittedOn number of images
 * @param rankCorrelation Spearman's, between leave-one-out predictions and true Dice; NaN where
 *     either is constant
 * @param bound what a lower bound of the Dice is computed by; null where the images were too few
 */
public record ConfidenceModel(
        double[] means,
        double[] scales,
        double[] coefficients,
        double intercept,
        double threshold,
        int fittedOn,
        double rankCorrelation,
        @Nullable DiceBound bound) {
    /** Fewer images say nothing about six features. */
    public static final int FEWEST = 12;

    /** The share of a pool's own images that falls below the threshold. */
    private static final double FLAGGED = 0.2;

    /** A predicted Dice of more is never called insufficient. */
    private static final double HIGHEST_THRESHOLD = 0.85;

    /**
     * An answer whose Dice is less misses or invents as much as it finds. A prediction must be
     * above it by as much as predictions of the pool err (root mean square, leave-one-out), so that
     * about five answers of six at the threshold are better than this: in a pool of nothing but bad
     * answers the least bad are no better for it.
     */
    private static final double USELESS = 0.5;

    private static final double[] PENALTIES = {0.1, 0.3, 1, 3, 10, 30, 100};

    public ConfidenceModel {
        int n = Evidence.FEATURES;
        if (means.length != n || scales.length != n || coefficients.length != n) {
            throw new IllegalArgumentException("a confidence model has " + n + " features");
        }
    }

    /** A model without a bound. */
    ConfidenceModel(
            double[] means,
            double[] scales,
            double[] coefficients,
            double intercept,
            double threshold,
            int fittedOn,
            double rankCorrelation) {
        this(means, scales, coefficients, intercept, threshold, fittedOn, rankCorrelation, null);
    }

    /** A prediction of Dice that is linear in standardised features; not clipped. */
    record Linear(double[] means, double[] scales, double[] coefficients, double intercept) {
        /** The same prediction for every answer. */
        static Linear constant(double value) {
            double[] ones = new double[Evidence.FEATURES];
            Arrays.fill(ones, 1);
            double[] zeros = new double[Evidence.FEATURES];
            return new Linear(zeros, ones, zeros, value);
        }

        static Linear fit(List<Evidence> evidence, double[] dice) {
            return fitted(evidence, dice).linear;
        }

        double predict(Evidence evidence) {
            double[] x = standardised(evidence.features(), means, scales);
            double sum = intercept;
            for (int f = 0; f < x.length; f++) {
                sum += coefficients[f] * x[f];
            }
            return sum;
        }
    }

    private record Fitted(Linear linear, Ridge ridge) {}

    /**
     * Fits a pool.
     *
     * @param evidence one an image, at least {@value #FEWEST}
     * @param dice the true Dice of each, in [0, 1]
     * @param patients whose each is
     */
    public static ConfidenceModel fit(
            List<Evidence> evidence, double[] dice, List<String> patients) {
        int n = evidence.size();
        if (n < FEWEST || dice.length != n || patients.size() != n) {
            throw new IllegalArgumentException(
                    n + " answers with " + dice.length + " Dice, expected at least " + FEWEST);
        }
        Fitted fitted = fitted(evidence, dice);
        Ridge chosen = fitted.ridge;
        double intercept = fitted.linear.intercept;
        double[] predicted =
                Arrays.stream(chosen.leaveOneOut).map(p -> clip(p + intercept)).toArray();
        double[] sorted = predicted.clone();
        Arrays.sort(sorted);
        double certain = USELESS + Math.sqrt(chosen.error);
        double threshold =
                Math.min(Math.max(sorted[(int) (FLAGGED * n)], certain), HIGHEST_THRESHOLD);
        return new ConfidenceModel(
                fitted.linear.means,
                fitted.linear.scales,
                chosen.coefficients,
                intercept,
                threshold,
                n,
                spearman(predicted, dice),
                DiceBound.fit(evidence, dice, patients).orElse(null));
    }

    private static Fitted fitted(List<Evidence> evidence, double[] dice) {
        int n = evidence.size();
        double[] means = new double[Evidence.FEATURES];
        double[] scales = new double[Evidence.FEATURES];
        double[][] x = new double[n][];
        for (int i = 0; i < n; i++) {
            x[i] = evidence.get(i).features();
        }
        for (int f = 0; f < means.length; f++) {
            int at = f;
            double[] column =
                    Arrays.stream(x).mapToDouble(r -> r[at]).filter(Double::isFinite).toArray();
            means[f] = Arrays.stream(column).average().orElse(0);
            double mean = means[f];
            double variance =
                    Arrays.stream(column).map(v -> (v - mean) * (v - mean)).average().orElse(0);
            scales[f] = variance > 1e-12 ? Math.sqrt(variance) : 1;
        }
        for (int i = 0; i < n; i++) {
            x[i] = standardised(x[i], means, scales);
        }
        double intercept = Arrays.stream(dice).average().orElseThrow();
        double[] centred = Arrays.stream(dice).map(d -> d - intercept).toArray();
        @Nullable Ridge best = null;
        for (double penalty : PENALTIES) {
            Ridge ridge = Ridge.fit(x, centred, penalty);
            best = best == null || ridge.error < best.error ? ridge : best;
        }
        Ridge chosen = Objects.requireNonNull(best);
        return new Fitted(new Linear(means, scales, chosen.coefficients, intercept), chosen);
    }

    /** The Dice to be expected, in [0, 1]. */
    public double predict(Evidence evidence) {
        return clip(new Linear(means, scales, coefficients, intercept).predict(evidence));
    }

    /**
     * The lower bound of the Dice, in [0, 1], which is never above the prediction; null where the
     * images were too few for one.
     */
    public @Nullable Double atLeast(Evidence evidence) {
        return bound == null ? null : Math.min(bound.of(evidence), predict(evidence));
    }

    /** [features], what each adds to the prediction of an average answer of the pool. */
    double[] contributions(Evidence evidence) {
        double[] x = standardised(evidence.features(), means, scales);
        for (int f = 0; f < x.length; f++) {
            x[f] *= coefficients[f];
        }
        return x;
    }

    /** Whether the evidence falls short of this pool's threshold. */
    public boolean insufficient(Evidence evidence) {
        return predict(evidence) < threshold;
    }

    private static double clip(double dice) {
        return Math.clamp(dice, 0, 1);
    }

    /** A feature that was not measured is an average one. */
    private static double[] standardised(double[] features, double[] means, double[] scales) {
        double[] x = new double[features.length];
        for (int f = 0; f < x.length; f++) {
            x[f] = Double.isFinite(features[f]) ? (features[f] - means[f]) / scales[f] : 0;
        }
        return x;
    }

    /**
     * @param leaveOneOut [n], the prediction for each row by a fit without it
     * @param error mean square of what these miss
     */
    private record Ridge(double[] coefficients, double[] leaveOneOut, double error) {

        /**
         * @param x [n][features], centred
         * @param y [n], centred
         */
        static Ridge fit(double[][] x, double[] y, double penalty) {
            int n = x.length;
            int d = x[0].length;
            double[][] gram = new double[d][d];
            double[] moment = new double[d];
            for (int i = 0; i < n; i++) {
                for (int a = 0; a < d; a++) {
                    moment[a] += x[i][a] * y[i];
                    for (int b = 0; b < d; b++) {
                        gram[a][b] += x[i][a] * x[i][b];
                    }
                }
            }
            for (int a = 0; a < d; a++) {
                gram[a][a] += penalty;
            }
            double[][] inverse = inverse(gram);
            double[] coefficients = times(inverse, moment);
            double[] out = new double[n];
            double error = 0;
            for (int i = 0; i < n; i++) {
                double fitted = dot(x[i], coefficients);
                double leverage = 1.0 / n + dot(x[i], times(inverse, x[i]));
                double residual = (y[i] - fitted) / (1 - Math.min(leverage, 1 - 1e-9));
                out[i] = y[i] - residual;
                error += residual * residual / n;
            }
            return new Ridge(coefficients, out, error);
        }

        private static double dot(double[] a, double[] b) {
            double sum = 0;
            for (int i = 0; i < a.length; i++) {
                sum += a[i] * b[i];
            }
            return sum;
        }

        private static double[] times(double[][] matrix, double[] vector) {
            return Arrays.stream(matrix).mapToDouble(row -> dot(row, vector)).toArray();
        }

        /** Gauss-Jordan; the matrix is positive definite, so no pivot vanishes. */
        private static double[][] inverse(double[][] matrix) {
            int d = matrix.length;
            double[][] work = new double[d][2 * d];
            for (int i = 0; i < d; i++) {
                System.arraycopy(matrix[i], 0, work[i], 0, d);
                work[i][d + i] = 1;
            }
            for (int i = 0; i < d; i++) {
                double pivot = work[i][i];
                for (int j = 0; j < 2 * d; j++) {
                    work[i][j] /= pivot;
                }
                for (int r = 0; r < d; r++) {
                    double factor = work[r][i];
                    if (r != i) {
                        for (int j = 0; j < 2 * d; j++) {
                            work[r][j] -= factor * work[i][j];
                        }
                    }
                }
            }
            double[][] inverse = new double[d][];
            for (int i = 0; i < d; i++) {
                inverse[i] = Arrays.copyOfRange(work[i], d, 2 * d);
            }
            return inverse;
        }
    }

    /** Correlation of ranks, ties sharing their mean rank; NaN where either side is constant. */
    public static double spearman(double[] a, double[] b) {
        double[] x = ranks(a);
        double[] y = ranks(b);
        double mean = (x.length + 1) / 2.0;
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - mean) * (y[i] - mean);
            xx += (x[i] - mean) * (x[i] - mean);
            yy += (y[i] - mean) * (y[i] - mean);
        }
        return xx == 0 || yy == 0 ? Double.NaN : xy / Math.sqrt(xx * yy);
    }

    private static double[] ranks(double[] values) {
        double[] ranks = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            double below = 0;
            double equal = 0;
            for (double other : values) {
                below += other < values[i] ? 1 : 0;
                equal += other == values[i] ? 1 : 0;
            }
            ranks[i] = below + (equal + 1) / 2;
        }
        return ranks;
    }
}
