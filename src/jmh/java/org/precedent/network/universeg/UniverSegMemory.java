package org.precedent.network.universeg;

import java.io.IOException;
import java.util.SplittableRandom;
import org.precedent.network.zoo.ProcessMemory;
import org.precedent.tensor.Torch;

/**
 * How much memory does each support beyond the 64th cost? Prints the process's peak resident set
 * after one query of K supports, at 128 x 128 and 64 features, for growing K. The episode's own
 * arrays (0.13 MB a support) are counted in, so run it with a small heap. The goal is 3 MB a
 * support.
 */
public final class UniverSegMemory {
    private UniverSegMemory() {}

    /**
     * @param args values of K, growing; 64 128 256 when there are none
     */
    public static void main(String[] args) throws IOException {
        String[] ks = args.length == 0 ? new String[] {"64", "128", "256"} : args;
        SplittableRandom random = new SplittableRandom(7);
        try (Torch torch = Torch.start(new Torch.Threads(2, 1));
                UniverSeg network =
                        new UniverSeg(torch, UniverSegCases.randomWeights(random, 64))) {
            int firstK = 0;
            double firstPeak = 0;
            for (String argument : ks) {
                int k = Integer.parseInt(argument);
                network.segment(
                        UniverSegCases.randomEpisode(random, 128, 128, UniverSegCases.uniform(k)));
                double peak = ProcessMemory.peakMegabytes();
                if (firstK == 0) {
                    firstK = k;
                    firstPeak = peak;
                }
                System.out.printf(
                        "K %5d  peak %8.1f MB  computed %8.1f MB  a support beyond K=%d: %s%n",
                        k,
                        peak,
                        network.cost(k, 128, 128, 1).workingBytes() / 1e6,
                        firstK,
                        k == firstK
                                ? "-"
                                : String.format("%.2f MB", (peak - firstPeak) / (k - firstK)));
            }
        }
    }
}
