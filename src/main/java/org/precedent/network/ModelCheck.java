package org.precedent.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.precedent.network.Episode.Support;

/**
 * Holds a network against a stored case: the answer of the published implementation to one episode.
 *
 * @param maxAbsError largest absolute difference of a logit
 * @param largestLogit largest absolute value of the case's logits
 * @param tolerance the difference that passes: {@link #RELATIVE_TOLERANCE} of the largest logit
 * @param passed whether the error is within it
 */
public record ModelCheck(
        double maxAbsError, double largestLogit, double tolerance, boolean passed) {

    /** As a share of the largest logit; float32 sums of the network's depth differ by a tenth. */
    public static final double RELATIVE_TOLERANCE = 1e-4;

    /**
     * A case: an episode and the logits that it must give.
     *
     * @param logits [H, W] row-major
     */
    record ReferenceCase(Episode episode, float[] logits) {}

    /**
     * Loads a network and runs one case.
     *
     * @param name one of {@link Networks#names}
     * @param weights its weights
     * @param referenceCase an {@code .npz} with {@code query} [1, 1, H, W], {@code support_images}
     *     and {@code support_labels} [1, K, 1, H, W], {@code weights} [K] and {@code logits} [1, 1,
     *     H, W]
     * @throws NetworkException when a file is refused
     */
    public static ModelCheck run(Torch torch, String name, Path weights, Path referenceCase) {
        ReferenceCase expected = read(referenceCase);
        try (SegmentationNetwork network = Networks.open(torch, name, weights)) {
            return compare(expected.logits(), network.segment(expected.episode()));
        }
    }

    static ModelCheck compare(float[] expected, float[] actual) {
        double error = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            // Double.max hands on a NaN, which then fails the check.
            error = Math.max(error, Math.abs((double) expected[i] - actual[i]));
            largest = Math.max(largest, Math.abs((double) expected[i]));
        }
        double tolerance = RELATIVE_TOLERANCE * largest;
        return new ModelCheck(error, largest, tolerance, error <= tolerance);
    }

    /** Reads a case. */
    static ReferenceCase read(Path path) {
        String file = String.valueOf(path.getFileName());
        Map<String, Tensor> arrays = NpzFile.read(path);
        Tensor query = array(file, arrays, "query");
        Tensor images = array(file, arrays, "support_images");
        Tensor labels = array(file, arrays, "support_labels");
        Tensor weights = array(file, arrays, "weights");
        Tensor logits = array(file, arrays, "logits");
        if (query.shape().length != 4 || images.shape().length != 5) {
            throw NetworkException.malformed(
                    file, "query " + query + " and support_images " + images + " are no episode");
        }
        long k = images.shape()[1];
        long h = query.shape()[2];
        long w = query.shape()[3];
        if (!query.hasShape(1, 1, h, w)
                || !images.hasShape(1, k, 1, h, w)
                || !labels.hasShape(1, k, 1, h, w)
                || !weights.hasShape(k)
                || !logits.hasShape(1, 1, h, w)) {
            throw NetworkException.malformed(
                    file,
                    "its arrays do not belong together: query "
                            + query
                            + ", support_images "
                            + images
                            + ", support_labels "
                            + labels
                            + ", weights "
                            + weights
                            + ", logits "
                            + logits);
        }
        int pixels = (int) (h * w);
        // float32 weights sum to 1 only within their rounding.
        double sum = 0;
        for (float weight : weights.values()) {
            sum += weight;
        }
        if (!(Math.abs(sum - 1) < 1e-4)) {
            throw NetworkException.malformed(file, "its weights sum to " + sum);
        }
        List<Support> supports = new ArrayList<>();
        try {
            for (int i = 0; i < k; i++) {
                int from = i * pixels;
                supports.add(
                        new Support(
                                Arrays.copyOfRange(images.values(), from, from + pixels),
                                Arrays.copyOfRange(labels.values(), from, from + pixels),
                                Math.min(1, weights.values()[i] / sum)));
            }
            return new ReferenceCase(
                    new Episode((int) h, (int) w, query.values(), supports), logits.values());
        } catch (IllegalArgumentException e) {
            throw NetworkException.malformed(file, "is no episode: " + e.getMessage(), e);
        }
    }

    private static Tensor array(String file, Map<String, Tensor> arrays, String name) {
        Tensor array = arrays.get(name);
        if (array == null) {
            throw NetworkException.malformed(file, "holds no array " + name);
        }
        return array;
    }
}
