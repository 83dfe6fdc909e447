package org.precedent.network;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Does memory grow over many queries? Runs a network on small images, K from 1 to 8, and compares
 * the resident set after the first tenth, when every size has been seen and caches are full, with
 * that at the end. Exit status 0 only when it grew by no more than 2% and no array is left.
 */
public final class LeakCheck {
    private static final double MOST_GROWTH = 0.02;
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
        for (int done = 1; done <= queries; done++) {
            network.segment(episodes.get(random.nextInt(EPISODES)));
            if (done % (queries / 10) == 0) {
                System.gc();
                last = ProcessMemory.residentMegabytes();
                first = first == 0 ? last : first;
                System.out.printf(
                        "%6d queries  resident %8.1f MB  %+.2f%% since the first tenth, %d arrays"
                                + " without an owner%n",
                        done, last, 100 * (last / first - 1), torch.liveArrays());
            }
        }
        return last > first * (1 + MOST_GROWTH) || torch.liveArrays() > 0;
    }
}
