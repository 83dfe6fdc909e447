package org.precedent.network.universeg;

import static org.precedent.network.universeg.UniverSeg.DECODERS;
import static org.precedent.network.universeg.UniverSeg.ENCODERS;

import org.precedent.network.Model.Cost;

/**
 * What {@link UniverSeg} costs, with f features, N = H W pixels and K supports.
 *
 * <p>Multiply-adds, of two FLOPs each:
 *
 * <pre>
 *   as published   N (f + 23.765625 f^2 + K (27 f + 76.921875 f^2))
 *   here           N (28 f + 77.34375 f^2 + K (50 f + 14.34375 f^2)) + K x (the ring's)
 * </pre>
 *
 * <p>Working memory: 4 bytes K f N (1/4 + 1/16 + 1/64) for the features kept between blocks (at 128
 * x 128 and 64 features 1.38 MB a support), for the group that passes five arrays of at most {@link
 * UniverSeg#ARRAY_BYTES} (or of one support, where that is larger), and twelve maps [f, H, W] of
 * the query. What malloc keeps for itself comes on top.
 */
public final class UniverSegCost {
    /** Features of the released network. */
    private static final int RELEASED_FEATURES = 64;

    private UniverSegCost() {}

    /** Of the released network. */
    public static Cost asReleased(int k, int h, int w, int labels) {
        return of(RELEASED_FEATURES, k, h, w).times(labels);
    }

    /**
     * @param f features
     * @param k supports, after those of negligible weight are left out
     */
    public static Cost of(int f, int k, int h, int w) {
        if (k < 1 || h < 1 || w < 1) {
            throw new IllegalArgumentException("cost of " + k + " supports at " + h + " x " + w);
        }
        long map = 4L * f * h * w;
        int chunk = UniverSeg.chunk(UniverSeg.ARRAY_BYTES, f, h, w);
        long kept = (long) (k * (double) map * (1 / 4.0 + 1 / 16.0 + 1 / 64.0));
        long passing = 5L * Math.min(k, chunk) * map;
        return new Cost(
                2 * macs(f, k, h, w), 2 * macsAsPublished(f, k, h, w), kept + passing + 12 * map);
    }

    /** Multiply-adds of the network as released: every support through every convolution. */
    static long macsAsPublished(int f, int k, int h, int w) {
        long macs = (long) h * w * f; // head
        for (int level = 0; level < ENCODERS; level++) {
            macs += blockMacs(level == 0 ? 1 : f, level == 0 ? 2 : f, f, k, pixels(h, w, level));
        }
        for (int j = 0; j < DECODERS; j++) {
            macs += blockMacs(2 * f, 2 * f, f, k, pixels(h, w, DECODERS - 1 - j));
        }
        return macs;
    }

    private static long blockMacs(int queryIn, int supportIn, int f, int k, long pixels) {
        long cross = 9L * (queryIn + supportIn) * f;
        long branch = 9L * f * f;
        return pixels * (k * (cross + branch) + branch);
    }

    /** Multiply-adds that {@link UniverSeg} spends. */
    static long macs(int f, int k, int h, int w) {
        long full = (long) h * w;
        long branch = 9L * f * f;
        // Block 0: query part, its support branch, mean, query branch; a 5 x 5 kernel a support.
        long macs = full * (9L * f + branch + 18L * f + branch);
        macs += k * (full * 50L * f + ringMacs(f, h, w));
        for (int level = 1; level < ENCODERS; level++) {
            macs += pixels(h, w, level) * (2L * branch + 2L * k * branch);
        }
        for (int j = 0; j < DECODERS - 1; j++) {
            macs += pixels(h, w, DECODERS - 1 - j) * (3L * branch + 3L * k * branch);
        }
        // Last block: query part, mean part, query branch; head.
        return macs + full * (2 * branch + 2 * branch + branch + f);
    }

    /** What takes the ring outside the image off again: two rows and two columns. */
    private static long ringMacs(int f, int h, int w) {
        long rows = 2L * ((w + 2) * 6L * f + w * 3L * f * f);
        long columns = 2L * h * (6L * f + 3L * f * f);
        return rows + columns;
    }

    private static long pixels(int h, int w, int level) {
        return (long) (h >> level) * (w >> level);
    }
}
