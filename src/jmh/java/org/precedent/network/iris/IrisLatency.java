package org.precedent.network.iris;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.Support;
import org.precedent.tensor.Torch;

/**
 * What do more supports, and more labels, cost Iris? Prints the time of a query with 1,024 encoded
 * supports, and of one with 15 labels, as a share of the time with one of each: 128 x 128 pixels,
 * two threads inside libtorch, random weights of the trained size. The three take turns, and the
 * fastest and the median of each are compared, because a machine drifts. The goals are 1.05 and
 * 1.5.
 */
public final class IrisLatency {
    private static final int SIDE = 128;
    private static final int WARM_UP = 10;

    private IrisLatency() {}

    /**
     * @param args rounds; 60 when there is none
     */
    public static void main(String[] args) {
        int rounds = args.length == 0 ? 60 : Integer.parseInt(args[0]);
        SplittableRandom random = new SplittableRandom(7);
        try (Torch torch = Torch.start(new Torch.Threads(2, 1));
                Iris network = new Iris(torch, IrisCases.goldenWeights(IrisSize.RECIPE))) {
            Map<String, Episode> cases = new LinkedHashMap<>();
            cases.put("one support, one label", episode(network, random, 1, 1));
            cases.put("1,024 supports, one label", episode(network, random, 1024, 1));
            cases.put("one support, 15 labels", episode(network, random, 1, 15));
            Map<String, double[]> times = new LinkedHashMap<>();
            cases.keySet().forEach(name -> times.put(name, new double[rounds]));
            for (int round = -WARM_UP; round < rounds; round++) {
                for (Map.Entry<String, Episode> one : cases.entrySet()) {
                    long start = System.nanoTime();
                    network.segment(one.getValue());
                    if (round >= 0) {
                        times.get(one.getKey())[round] = (System.nanoTime() - start) / 1e6;
                    }
                }
            }
            double fastest = 0;
            double median = 0;
            for (Map.Entry<String, double[]> one : times.entrySet()) {
                double[] sorted = one.getValue();
                Arrays.sort(sorted);
                fastest = fastest == 0 ? sorted[0] : fastest;
                median = median == 0 ? sorted[rounds / 2] : median;
                System.out.printf(
                        "%-26s fastest %7.2f ms (%.3f)  median %7.2f ms (%.3f)%n",
                        one.getKey(),
                        sorted[0],
                        sorted[0] / fastest,
                        sorted[rounds / 2],
                        sorted[rounds / 2] / median);
            }
        }
    }

    private static Episode episode(Iris network, SplittableRandom random, int k, int labels) {
        List<LabelContext> contexts = new ArrayList<>();
        for (int label = 0; label < labels; label++) {
            List<Support> supports = new ArrayList<>();
            for (int i = 0; i < k; i++) {
                float[] task = noise(random, network.taskDimension());
                supports.add(
                        new Support(
                                IrisSize.RECIPE.encoding(
                                        network.weightsSha256(), SIDE, SIDE, "0".repeat(64), task),
                                1.0 / k));
            }
            contexts.add(new LabelContext(supports));
        }
        return new Episode(SIDE, SIDE, noise(random, SIDE * SIDE), contexts, List.of());
    }

    private static float[] noise(SplittableRandom random, int n) {
        float[] noise = new float[n];
        for (int i = 0; i < n; i++) {
            noise[i] = random.nextFloat();
        }
        return noise;
    }
}
