package org.precedent.network.zoo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.precedent.network.Episode;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.tensor.Torch;

/**
 * Does memory grow over many queries? Runs a network on small images, K from 1 to 8: first some
 * that are not counted, while code is compiled and malloc finds its arenas, then compares the
 * resident set and the number of arrays at their end with those at the end of all. Exit status 0
 * only when the first grew by no more than 2% and the second not at all. The heap is of fixed size
 * and touched at start, so that what grows is native.
 */
public final class LeakCheck {
    private static final double MOST_GROWTH = 0.02;
    private static final int WARM_UP = 2000;
    private static final int SIDE = 32;
    private static final int EPISODES = 64;

    private LeakCheck() {}

    /**
     * @param args number of queries, network and weights; 10000 universeg and the shipped ones
     *     where there are none
     */
    public static void main(String... args) throws IOException {
        int queries = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
        String name = args.length > 1 ? args[1] : UniverSeg.NAME;
        Path home = Path.of(System.getProperty("precedent.home", "."));
        Path weights =
                args.length > 2
                        ? Path.of(args[2])
                        : new WeightsLibrary(home.resolve("models"), home.resolve("data/models"))
                                .find(name);
        boolean grew;
        try (Torch torch = Torch.start(new Torch.Threads(2, 1));
                SegmentationNetwork network = Networks.open(torch, name, weights)) {
            grew = run(torch, network, queries);
        }
        System.exit(grew ? 1 : 0);
    }

    private static boolean run(Torch torch, SegmentationNetwork network, int queries)
            throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        List<Episode> episodes = new ArrayList<>();
        for (int i = 0; i < EPISODES; i++) {
            episodes.add(BenchedNetwork.episode(random, network, 1 + i % 8, SIDE));
        }
        double first = 0;
        double last = 0;
        int arrays = 0;
        for (int done = 1 - WARM_UP; done <= queries; done++) {
            network.segment(episodes.get(random.nextInt(EPISODES)));
            if (done >= 0 && done % Math.max(1, queries / 10) == 0) {
                System.gc();
                last = ProcessMemory.residentMegabytes();
                if (done == 0) {
                    first = last;
                    arrays = torch.liveArrays();
                }
                System.out.printf(
                        "%6d queries  resident %8.1f MB, %+.2f%%  %d arrays%n",
                        done, last, 100 * (last / first - 1), torch.liveArrays());
            }
        }
        return last > first * (1 + MOST_GROWTH) || torch.liveArrays() > arrays;
    }
}
