package org.precedent.network.zoo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.network.Model;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.tensor.Torch;

/** Networks with their weights, and made-up images, as the benchmarks use them. */
final class BenchedNetwork {
    private static final String WEIGHTS = "bench.weights.";

    private BenchedNetwork() {}

    /** A JVM flag that hands a network's weights to a benchmark's process. */
    static String weightsFlag(String network, Path file) {
        return "-D" + WEIGHTS + network + "=" + file.toAbsolutePath();
    }

    /** Opens a network with the weights of {@link #weightsFlag}. */
    static Model open(Torch torch, String network) {
        String file = System.getProperty(WEIGHTS + network);
        return Networks.load(
                torch, network, Path.of(Objects.requireNonNull(file, "no weights of " + network)));
    }

    /** Uniform noise: times do not depend on values. */
    static float[] noise(SplittableRandom random, int pixels) {
        float[] image = new float[pixels];
        for (int i = 0; i < pixels; i++) {
            image[i] = (float) random.nextDouble();
        }
        return image;
    }

    /** An annotated image whose structure is its upper left quarter. */
    static SupportImage support(SplittableRandom random, int side) {
        float[] mask = new float[side * side];
        for (int y = 0; y < side / 2; y++) {
            Arrays.fill(mask, y * side, y * side + side / 2, 1);
        }
        return SupportImage.of(side, side, noise(random, side * side), mask);
    }

    /** A query of one label with K encoded supports of equal weight. */
    static Episode episode(SplittableRandom random, SegmentationNetwork network, int k, int side) {
        List<Support> supports = new ArrayList<>();
        for (int i = 0; i < k; i++) {
            SupportEncoding encoding = network.encode(support(random, side)).getFirst();
            supports.add(new Support(encoding, 1.0 / k));
        }
        return Episode.of(side, side, noise(random, side * side), supports);
    }
}
