package org.precedent.network.crossattention;

import java.util.List;

/**
 * The inner loops of {@link AttentionUpsampler}. Both forms do the same operations on each number
 * in the same order, and so give the same bits; where the JVM has the module of vector instructions
 * they take a fraction of the time.
 */
abstract class RowLoops {
    private static final RowLoops BEST =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                    ? new LaneLoops()
                    : new PlainLoops();

    /** The faster form that this JVM has. */
    static RowLoops best() {
        return BEST;
    }

    /**
     * Finds values that are not less than a bound.
     *
     * @param found gets their indexes, ascending; as long as {@code values}
     * @return how many
     */
    abstract int atLeast(float bound, float[] values, int[] found);

    /**
     * The largest of the four fine values of each coarse cell.
     *
     * @param framed maps one after the other, of {@link GridDoubling#framed}
     * @param peaks of the same length; what it says of the frames' cells means nothing
     */
    abstract void peaks(float[] framed, GridDoubling axis, float[] peaks);

    /**
     * Adds rows of features to a sum, one after the other.
     *
     * @param sum [D]
     * @param factors [P] of the rows
     * @param features of each support [M, D]
     * @param columns indexes of the rows in [0, K M), from {@code first} on
     * @param fine M
     */
    abstract void addRows(
            float[] sum,
            float[] factors,
            List<float[]> features,
            int[] columns,
            int first,
            int fine);

    /** Numbers one by one. */
    static class PlainLoops extends RowLoops {
        @Override
        int atLeast(float bound, float[] values, int[] found) {
            return atLeast(bound, values, 0, found, 0);
        }

        static int atLeast(float bound, float[] values, int from, int[] found, int already) {
            int count = already;
            for (int j = from; j < values.length; j++) {
                if (values[j] >= bound) {
                    found[count++] = j;
                }
            }
            return count;
        }

        @Override
        void peaks(float[] framed, GridDoubling axis, float[] peaks) {
            peaks(framed, axis, axis.line() + 1, peaks);
        }

        static void peaks(float[] framed, GridDoubling axis, int from, float[] peaks) {
            for (int j = from; j < framed.length - axis.line() - 1; j++) {
                float above = Math.max(axis.framedAt(framed, j, 0), axis.framedAt(framed, j, 1));
                float below = Math.max(axis.framedAt(framed, j, 2), axis.framedAt(framed, j, 3));
                peaks[j] = Math.max(above, below);
            }
        }

        @Override
        void addRows(
                float[] sum,
                float[] factors,
                List<float[]> features,
                int[] columns,
                int first,
                int fine) {
            for (int p = 0; p < factors.length; p++) {
                float[] of = features.get(columns[first + p] / fine);
                int at = columns[first + p] % fine * sum.length;
                for (int d = 0; d < sum.length; d++) {
                    sum[d] += factors[p] * of[at + d];
                }
            }
        }
    }
}
