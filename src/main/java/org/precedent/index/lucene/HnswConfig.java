package org.precedent.index.lucene;

/**
 * How the graph is built and searched.
 *
 * @param maxConn neighbours of a node on the upper levels (M of the HNSW paper; the lowest level
 *     keeps 2 M), 2 to 512
 * @param beamWidth candidates kept while a node is linked (efConstruction), 1 to 3200
 * @param exactLimit a segment's eligible vectors are compared one by one up to this number, and a
 *     smaller segment has no graph at all; at least 1
 * @param walkPrice how many vectors a scan compares in the time in which a walk of the graph visits
 *     one: above {@code exactLimit}, what is cheaper is done; 0 leaves it to the graph
 * @param overCollectFactor the graph is asked for this many times k candidates, at least 1
 * @param overCollectExtra and for at least this many more than k, at least 0
 */
public record HnswConfig(
        int maxConn,
        int beamWidth,
        int exactLimit,
        double walkPrice,
        int overCollectFactor,
        int overCollectExtra) {

    /** The values that the measurements in {@code index/README.md} led to. */
    public static final HnswConfig DEFAULT = new HnswConfig(16, 100, 5000, 2, 5, 50);

    /**
     * The same for locations, which are walked on bytes and asked for with many vectors at once.
     */
    public static final HnswConfig LOCATIONS = new HnswConfig(16, 100, 5000, 12, 5, 100);

    /**
     * What a narrow filter adds to a walk: it also visits vectors that it may not collect, and
     * neighbours of neighbours behind them, in inverse proportion to the part that is eligible.
     */
    private static final double FILTER_PRICE = 0.75;

    public HnswConfig {
        check("maxConn", maxConn, 2, 512);
        check("beamWidth", beamWidth, 1, 3200);
        check("exactLimit", exactLimit, 1, Integer.MAX_VALUE);
        if (!(walkPrice >= 0 && walkPrice <= 1000)) {
            throw new IllegalArgumentException("walkPrice " + walkPrice + " is not in [0, 1000]");
        }
        check("overCollectFactor", overCollectFactor, 1, 1000);
        check("overCollectExtra", overCollectExtra, 0, 100_000);
    }

    /**
     * What Lucene is told so that a segment up to {@code exactLimit} has no graph: it leaves out
     * that of n vectors when n <= ln(n) * threshold.
     */
    int tinySegment() {
        return (int) Math.max(1, exactLimit / Math.max(1, Math.log(exactLimit)));
    }

    /** How many candidates the graph of one segment is asked for. */
    int candidates(int k) {
        return (int)
                Math.min(
                        Integer.MAX_VALUE,
                        Math.max((long) k * overCollectFactor, (long) k + overCollectExtra));
    }

    /**
     * Whether comparing every eligible vector of a segment is the cheaper way. A walk for c
     * candidates among n vectors visits about c ln n.
     *
     * @param eligible at least 1
     * @param size vectors in the segment
     */
    boolean scans(int eligible, int size, int k) {
        int candidates = candidates(k);
        if (eligible <= exactLimit || eligible <= candidates) {
            return true;
        }
        double walk = candidates * Math.log(size) * (1 + FILTER_PRICE * size / eligible);
        return eligible <= walkPrice * walk;
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + " " + value + " is not in [" + min + ", " + max + "]");
        }
    }
}
