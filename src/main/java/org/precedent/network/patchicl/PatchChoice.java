package org.precedent.network.patchicl;

import static org.precedent.network.patchicl.PatchLevel.PATCH;

import java.util.Arrays;
import java.util.Comparator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.precedent.network.patchicl.PatchIcl.Pooling;

/**
 * How {@link PatchIcl} chooses patches: from the weight of each pixel a score of each patch, and of
 * these the highest. Plain arithmetic on row-major maps.
 */
final class PatchChoice {
    /** Pixels farther than this from a boundary count as this far. */
    static final int FAR = 32;

    /** Distance, in pixels, at which the weight of a support's patch falls to 1/e. */
    private static final double NEAR = 4;

    private static final double BLUR_SIGMA = 4;

    /** int(4 sigma + 1), made odd, is the blur's width. */
    private static final int BLUR_RADIUS = ((int) (4 * BLUR_SIGMA + 1) | 1) / 2;

    private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

    /** Uniform numbers are kept this far from 0 and 1. */
    private static final double UNIFORM_MARGIN = 1e-6;

    private PatchChoice() {}

    /**
     * The entropy of a coin that falls heads with probability sigmoid(logit), in bits: 1 at logit
     * 0.
     *
     * @param logits any shape
     * @return the same shape, values in [0, 1]
     */
    static float[] entropies(float[] logits) {
        float[] entropies = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            // Rounded to float, so that large logits are certain here as they are in training.
            entropies[i] = (float) entropy((float) (1 / (1 + Math.exp(-logits[i]))));
        }
        return entropies;
    }

    /** Of a coin that falls heads with probability p, in bits. */
    static double entropy(float p) {
        return (surprise(p) + surprise(1 - p)) / Math.log(2);
    }

    private static double surprise(float p) {
        return p > 0 ? -p * Math.log(p) : 0;
    }

    /**
     * The Euclidean distance from every pixel to the nearest boundary pixel of a mask, in pixels,
     * at most {@value #FAR}. A boundary pixel is one of the mask beside one outside it (up, down,
     * left or right); the frame of the image is no boundary.
     *
     * @param mask [H, W], inside where at least one half
     * @return [H, W]
     */
    static float[] boundaryDistances(float[] mask, int height, int width) {
        int[] squares = new int[mask.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                squares[y * width + x] = boundary(mask, height, width, y, x) ? 0 : FAR * FAR;
            }
        }
        // The least of squares at an offset plus the offset's square, along one axis after the
        // other.
        for (int x = 0; x < width; x++) {
            nearest(squares, x, width, height);
        }
        for (int y = 0; y < height; y++) {
            nearest(squares, y * width, 1, width);
        }
        float[] distances = new float[mask.length];
        for (int i = 0; i < mask.length; i++) {
            distances[i] = (float) Math.sqrt(squares[i]);
        }
        return distances;
    }

    private static boolean boundary(float[] mask, int height, int width, int y, int x) {
        int at = y * width + x;
        return mask[at] >= 0.5f
                && (y > 0 && mask[at - width] < 0.5f
                        || y < height - 1 && mask[at + width] < 0.5f
                        || x > 0 && mask[at - 1] < 0.5f
                        || x < width - 1 && mask[at + 1] < 0.5f);
    }

    private static void nearest(int[] squares, int start, int step, int count) {
        int[] line = new int[count];
        for (int i = 0; i < count; i++) {
            line[i] = squares[start + i * step];
        }
        for (int i = 0; i < count; i++) {
            int least = line[i];
            for (int d = 1; d < FAR && d * d < least; d++) {
                int before = i >= d ? line[i - d] : FAR * FAR;
                int after = i + d < count ? line[i + d] : FAR * FAR;
                least = Math.min(least, d * d + Math.min(before, after));
            }
            squares[start + i * step] = least;
        }
    }

    /**
     * The paper's weights of a support's patches: exp(-d / 4), d being the mean over the patch of
     * the distance to the mask's boundary.
     *
     * @param distances [H, W] of the image, as {@link #boundaryDistances} gives them
     * @return one a patch of the level
     */
    static double[] nearness(float[] distances, int height, int width, PatchLevel level) {
        PixelTaps rows = PixelTaps.averaging(height, level.rows());
        PixelTaps columns = PixelTaps.averaging(width, level.columns());
        double[] scores = new double[level.patches()];
        for (int patch = 0; patch < scores.length; patch++) {
            double mean = rows.at(level.row(patch), columns, level.column(patch), distances, width);
            scores[patch] = Math.exp(-mean / NEAR);
        }
        return scores;
    }

    /**
     * What the code of the paper weighs a support's pixels with: half the mask and half its
     * entropy, the mask shrunk to 1 wherever it holds any of the structure.
     *
     * @param mask [H, W], values in [0, 1]
     * @return [h, w] of the level
     */
    static float[] foreground(float[] mask, int height, int width, PatchLevel level) {
        float[] weights = new float[level.height() * level.width()];
        for (int y = 0; y < level.height(); y++) {
            for (int x = 0; x < level.width(); x++) {
                float most = 0;
                for (int i = start(y, height, level.height());
                        i < end(y, height, level.height());
                        i++) {
                    for (int j = start(x, width, level.width());
                            j < end(x, width, level.width());
                            j++) {
                        most = Math.max(most, mask[i * width + j]);
                    }
                }
                weights[y * level.width() + x] = (float) (0.5 * most + 0.5 * entropy(most));
            }
        }
        return weights;
    }

    private static int start(int cell, int from, int to) {
        return PixelTaps.start(cell, from, to);
    }

    private static int end(int cell, int from, int to) {
        return PixelTaps.end(cell, from, to);
    }

    /**
     * The scores of all patches of a level.
     *
     * @param weights [h, w] of the level
     * @return one a patch
     */
    static double[] scores(float[] weights, PatchLevel level, Pooling pooling) {
        return switch (pooling) {
            case MEAN -> means(weights, level);
            case BLURRED_MAX -> blurredMaxima(weights, level);
        };
    }

    private static double[] means(float[] weights, PatchLevel level) {
        double[] scores = new double[level.patches()];
        for (int y = 0; y < level.height(); y++) {
            for (int x = 0; x < level.width(); x++) {
                scores[y / PATCH * level.columns() + x / PATCH] +=
                        weights[y * level.width() + x] / (double) (PATCH * PATCH);
            }
        }
        // Sums of different orders differ in the last bits, which must not decide what is taken.
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) scores[i];
        }
        return scores;
    }

    private static double[] blurredMaxima(float[] weights, PatchLevel level) {
        int height = level.height() - PATCH + 1;
        int width = level.width() - PATCH + 1;
        double[] windows = new double[height * width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double most = Double.NEGATIVE_INFINITY;
                for (int i = 0; i < PATCH * PATCH; i++) {
                    int at = (y + i / PATCH) * level.width() + x + i % PATCH;
                    most = Math.max(most, weights[at]);
                }
                windows[y * width + x] = most;
            }
        }
        toUnitRange(windows);
        double[] scores = new double[level.patches()];
        for (int patch = 0; patch < scores.length; patch++) {
            int y = level.row(patch) * PATCH;
            int x = level.column(patch) * PATCH;
            scores[patch] = (float) blurred(windows, height, width, y, x);
        }
        return scores;
    }

    /** Gaussian blur at one pixel, zeros outside. */
    private static double blurred(double[] map, int height, int width, int y, int x) {
        double sum = 0;
        double kernel = 0;
        for (int dy = -BLUR_RADIUS; dy <= BLUR_RADIUS; dy++) {
            for (int dx = -BLUR_RADIUS; dx <= BLUR_RADIUS; dx++) {
                double share = Math.exp(-(dy * dy + dx * dx) / (2 * BLUR_SIGMA * BLUR_SIGMA));
                kernel += share;
                if (y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width) {
                    sum += share * map[(y + dy) * width + x + dx];
                }
            }
        }
        return sum / kernel;
    }

    /** Scales to [0, 1], in place; values without differences become 0. */
    private static void toUnitRange(double[] values) {
        double low = Arrays.stream(values).min().orElse(0);
        double high = Arrays.stream(values).max().orElse(0);
        double range = Math.max(high - low, 1e-8);
        for (int i = 0; i < values.length; i++) {
            values[i] = (values[i] - low) / range;
        }
    }

    /**
     * The patches of the highest scores, the highest first. Of equal scores, patches spread over
     * the image come first, in the order of the fractions of the golden ratio's multiples.
     *
     * @param scores one a patch
     * @param count patches wanted, at most as many as there are
     * @return different numbers of patches
     */
    static int[] top(double[] scores, int count) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(
                        Comparator.<Integer>comparingDouble(patch -> -scores[patch])
                                .thenComparingDouble(patch -> (patch + 1) * GOLDEN_RATIO % 1))
                .limit(count)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * Draws patches without replacement, each time with chances softmax(score / temperature) among
     * those left, scores scaled to [0, 1]: the top of the scores with Gumbel noise added.
     *
     * @param noise where the chance comes from; null takes the top without any
     */
    static int[] draw(
            double[] scores, int count, double temperature, @Nullable RandomGenerator noise) {
        if (noise == null) {
            return top(scores, count);
        }
        double[] noisy = scores.clone();
        toUnitRange(noisy);
        for (int i = 0; i < noisy.length; i++) {
            double uniform = Math.clamp(noise.nextDouble(), UNIFORM_MARGIN, 1 - UNIFORM_MARGIN);
            noisy[i] = noisy[i] / temperature - Math.log(-Math.log(uniform));
        }
        return top(noisy, count);
    }
}
