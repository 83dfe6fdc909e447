package org.precedent.network.zoo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.Support;
import org.precedent.network.ImageEncoder;
import org.precedent.network.Model;
import org.precedent.network.NetworkException;
import org.precedent.network.Prediction;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.tensor.Torch;

/**
 * Holds a network on one device against the same network on another: both encode the same supports
 * and segment the same query of two labels, everything made by a fixed seed.
 */
public final class DeviceCheck {
    /**
     * As a share of the largest logit, or feature: other kernels sum in another order, and a GPU's
     * convolutions by other algorithms.
     */
    public static final double RELATIVE_TOLERANCE = 1e-3;

    private static final int SUPPORTS = 5;
    private static final int LABELS = 2;
    private static final long SEED = 17;

    private DeviceCheck() {}

    /**
     * Loads a network, or encoder, on both devices and compares.
     *
     * @param reference where the values come from that are held to be right
     * @param name one of {@link Networks#names}
     * @throws NetworkException when the file is refused
     */
    public static ModelCheck run(Torch reference, Torch device, String name, Path weights) {
        try (Model expected = Networks.load(reference, name, weights);
                Model actual = Networks.load(device, name, weights)) {
            return compare(expected, actual);
        }
    }

    static ModelCheck compare(Model expected, Model actual) {
        return ModelCheck.compare(values(expected), values(actual), RELATIVE_TOLERANCE);
    }

    private static float[] values(Model model) {
        return switch (model) {
            case SegmentationNetwork network -> logits(network);
            case ImageEncoder encoder -> features(encoder);
            default -> throw new IllegalArgumentException(model.name() + " is of no known kind");
        };
    }

    /** [LABELS, H, W] at the native size. */
    private static float[] logits(SegmentationNetwork network) {
        SplittableRandom random = new SplittableRandom(SEED);
        int side = network.nativeSize();
        List<List<Support>> contexts = new ArrayList<>();
        for (int label = 0; label < LABELS; label++) {
            contexts.add(new ArrayList<>());
        }
        for (int k = 0; k < SUPPORTS; k++) {
            List<float[]> masks = new ArrayList<>();
            for (int label = 0; label < LABELS; label++) {
                masks.add(rectangle(random, side));
            }
            List<SupportEncoding> encodings =
                    network.encode(new SupportImage(side, side, noise(random, side), masks));
            for (int label = 0; label < LABELS; label++) {
                contexts.get(label).add(new Support(encodings.get(label), 1.0 / SUPPORTS));
            }
        }
        Episode episode =
                new Episode(
                        side,
                        side,
                        noise(random, side),
                        contexts.stream().map(LabelContext::new).toList(),
                        List.of());
        float[] logits = new float[LABELS * side * side];
        List<Prediction.LabelAnswer> answers = network.segment(episode).labels();
        for (int label = 0; label < LABELS; label++) {
            float[] values = answers.get(label).logits();
            System.arraycopy(values, 0, logits, label * side * side, values.length);
        }
        return logits;
    }

    private static float[] noise(SplittableRandom random, int side) {
        float[] image = new float[side * side];
        for (int i = 0; i < image.length; i++) {
            image[i] = (float) random.nextDouble();
        }
        return image;
    }

    /** A quarter to three quarters of the side. */
    private static float[] rectangle(SplittableRandom random, int side) {
        int top = random.nextInt(side / 4);
        int left = random.nextInt(side / 4);
        int height = random.nextInt(side / 4, side * 3 / 4);
        int width = random.nextInt(side / 4, side * 3 / 4);
        float[] mask = new float[side * side];
        for (int y = top; y < top + height; y++) {
            for (int x = left; x < left + width; x++) {
                mask[y * side + x] = 1;
            }
        }
        return mask;
    }

    private static float[] features(ImageEncoder encoder) {
        int side = encoder.nativeSize();
        byte[] rgb = new byte[side * side * 3];
        new SplittableRandom(SEED).nextBytes(rgb);
        return encoder.encode(side, side, rgb).values();
    }
}
