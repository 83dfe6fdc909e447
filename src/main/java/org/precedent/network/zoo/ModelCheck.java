package org.precedent.network.zoo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.precedent.network.Architecture;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.network.ImageEncoder;
import org.precedent.network.Model;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.tensor.Torch;
import org.precedent.weights.NpzFile;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

/**
 * Holds a network against a stored case: the answer of the published implementation to one episode,
 * or the features of its encoder for one image.
 *
 * @param maxAbsError largest absolute difference of a logit, or feature
 * @param largestLogit largest absolute value of the case's logits, or features
 * @param tolerance the difference that passes: {@link #RELATIVE_TOLERANCE} of the largest logit,
 *     {@link EncoderCase#RELATIVE_TOLERANCE} of the largest feature
 * @param passed whether the error is within it
 */
public record ModelCheck(
        double maxAbsError, double largestLogit, double tolerance, boolean passed) {

    /** As a share of the largest logit; float32 sums of the network's depth differ by a tenth. */
    public static final double RELATIVE_TOLERANCE = 1e-4;

    /**
     * A case: an episode and the logits that it must give.
     *
     * @param query [H, W] row-major
     * @param weights one a support
     * @param logits [H, W] row-major
     */
    public record ReferenceCase(
            int height,
            int width,
            float[] query,
            List<SupportImage> supports,
            double[] weights,
            float[] logits) {

        /** The episode with its supports encoded by a network. */
        public Episode episode(SegmentationNetwork network) {
            List<Support> context = new ArrayList<>();
            for (SupportImage support : supports) {
                SupportEncoding encoding = network.encode(support).getFirst();
                context.add(new Support(encoding, weights[context.size()]));
            }
            return Episode.of(height, width, query, context);
        }
    }

    /**
     * Loads a network and runs one case.
     *
     * @param name one of {@link Networks#names}
     * @param weights its weights
     * @param referenceCase an {@code .npz} with {@code query} [1, 1, H, W], {@code support_images}
     *     and {@code support_labels} [1, K, 1, H, W], {@code weights} [K] and {@code logits} [1, 1,
     *     H, W]; of an encoder, {@code image_rgb_SIDE} [1, H, W, 3] and {@code embedding} [1, C, h,
     *     w]
     * @throws NetworkException when a file is refused
     */
    public static ModelCheck run(Torch torch, String name, Path weights, Path referenceCase) {
        if (Networks.architecture(name).role() == Architecture.Role.IMAGE_ENCODER) {
            try (Model model = Networks.load(torch, name, weights)) {
                ImageEncoder encoder = (ImageEncoder) model;
                return EncoderCase.read(referenceCase, encoder).check(encoder);
            }
        }
        ReferenceCase expected = read(referenceCase);
        try (SegmentationNetwork network = Networks.open(torch, name, weights)) {
            return compare(expected.logits(), network.segment(expected.episode(network)).logits());
        }
    }

    public static ModelCheck compare(float[] expected, float[] actual) {
        return compare(expected, actual, RELATIVE_TOLERANCE);
    }

    public static ModelCheck compare(float[] expected, float[] actual, double relativeTolerance) {
        double error = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            // Double.max hands on a NaN, which then fails the check.
            error = Math.max(error, Math.abs((double) expected[i] - actual[i]));
            largest = Math.max(largest, Math.abs((double) expected[i]));
        }
        double tolerance = relativeTolerance * largest;
        return new ModelCheck(error, largest, tolerance, error <= tolerance);
    }

    /** Reads a case. */
    public static ReferenceCase read(Path path) {
        String file = String.valueOf(path.getFileName());
        Map<String, Tensor> arrays = NpzFile.read(path);
        Tensor query = array(file, arrays, "query");
        Tensor images = array(file, arrays, "support_images");
        Tensor labels = array(file, arrays, "support_labels");
        Tensor weights = array(file, arrays, "weights");
        Tensor logits = array(file, arrays, "logits");
        if (query.shape().length != 4 || images.shape().length != 5) {
            throw WeightsException.malformed(
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
            throw WeightsException.malformed(
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
            throw WeightsException.malformed(file, "its weights sum to " + sum);
        }
        List<SupportImage> supports = new ArrayList<>();
        double[] shares = new double[(int) k];
        for (int i = 0; i < k; i++) {
            int from = i * pixels;
            supports.add(
                    SupportImage.of(
                            (int) h,
                            (int) w,
                            Arrays.copyOfRange(images.values(), from, from + pixels),
                            Arrays.copyOfRange(labels.values(), from, from + pixels)));
            shares[i] = Math.min(1, weights.values()[i] / sum);
            if (!(shares[i] >= 0)) {
                throw WeightsException.malformed(
                        file, "its weight " + weights.values()[i] + " is not in [0, 1]");
            }
        }
        return new ReferenceCase(
                (int) h, (int) w, query.values(), supports, shares, logits.values());
    }

    static Tensor array(String file, Map<String, Tensor> arrays, String name) {
        Tensor array = arrays.get(name);
        if (array == null) {
            throw WeightsException.malformed(file, "holds no array " + name);
        }
        return array;
    }
}
