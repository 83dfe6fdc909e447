package org.precedent.network.crossattention;

import java.util.Arrays;

/**
 * Step 5 of {@link AttentionUpsampler}: the P largest entries of rows of the interpolated
 * attention, the first of equal ones, without forming the rows.
 *
 * <ol>
 *   <li>A quarter of P coarse cells, the largest, have four fine cells each that are at least
 *       {@link GridDoubling#own} times as large. So no entry below that of the least of them can be
 *       among the P largest. Few cells come into question for that quarter: those not much below
 *       the least one of the row before, which was alike, or all where these are too few.
 *   <li>A pass over the cells finds the larger ones of their four entries' largest.
 *   <li>Of the entries of those the P-th largest value is found by halving the interval that it
 *       lies in; a number of values is counted at every step.
 * </ol>
 *
 * <p>Which entries are found, and in which order, depends on the row alone: they come by supports,
 * and by cells within one. Not thread-safe.
 */
final class LargestEntries {
    /** How far the threshold of a row may lie below that of the row before. */
    private static final float SLACK = 0.75f;

    private final GridDoubling axis;
    private final RowLoops loops;
    private final int pairs;
    /** Of each cell of a framed map its index in the coarse grid, or -1 where it is the frame's. */
    private final int[] cellOf;

    private final int[] found;
    private final float[] peaks;

    /** Values that come into question, and of which support and cell they are. */
    private float[] values;

    private int[] supportOf;
    private int[] cellOfValue;

    private final float[] chosen;
    private final int[] chosenSupport;
    private final int[] chosenCell;

    /** Least of the largest quarter of the row before. */
    private float before;

    /**
     * @param axis of the supports
     * @param supports K
     * @param pairs P, at most K M
     */
    LargestEntries(GridDoubling axis, int supports, int pairs) {
        this(axis, supports, pairs, RowLoops.best());
    }

    /** As the other one, with stated loops. */
    LargestEntries(GridDoubling axis, int supports, int pairs, RowLoops loops) {
        this.axis = axis;
        this.loops = loops;
        this.pairs = pairs;
        this.cellOf = new int[axis.frame()];
        Arrays.fill(cellOf, -1);
        for (int cell = 0; cell < axis.coarse(); cell++) {
            cellOf[(cell / axis.w + 1) * axis.line() + cell % axis.w + 1] = cell;
        }
        this.found = new int[supports * axis.frame()];
        this.peaks = new float[supports * axis.frame()];
        int room = Math.min(supports * axis.fine(), Math.max(64, 8 * pairs));
        this.values = new float[Math.max(room, supports * axis.coarse())];
        this.supportOf = new int[values.length];
        this.cellOfValue = new int[values.length];
        this.chosen = new float[pairs];
        this.chosenSupport = new int[pairs];
        this.chosenCell = new int[pairs];
    }

    /** The support of an entry that {@link #choose} found. */
    int support(int p) {
        return chosenSupport[p];
    }

    /** Its cell on the support's fine grid. */
    int cell(int p) {
        return chosenCell[p];
    }

    /** Its column in [0, K M). */
    int column(int p) {
        return chosenSupport[p] * axis.fine() + chosenCell[p];
    }

    /** Its value. */
    float value(int p) {
        return chosen[p];
    }

    /**
     * Finds the largest entries of a row.
     *
     * @param half [K, (h + 2) (w + 2)], the row before the supports' axis is interpolated, its maps
     *     framed; >= 0
     */
    void choose(float[] half) {
        float least = leastOfQuarter(half);
        before = least;
        // Less a little, for the rounding of sums.
        least = least * axis.own * (1 - 1e-5f);
        loops.peaks(half, axis, peaks);
        int cells = cellsAtLeast(least, peaks);
        makeRoom(4 * cells);
        int count = 0;
        for (int i = 0; i < cells; i++) {
            int support = found[i] / axis.frame();
            int cell = cellOf[found[i] - support * axis.frame()];
            for (int place = 0; place < 4; place++) {
                float value = axis.framedAt(half, found[i], place);
                if (value >= least) {
                    values[count] = value;
                    supportOf[count] = support;
                    cellOfValue[count] = axis.child(cell, place);
                    count++;
                }
            }
        }
        take(count, bound(count, pairs));
    }

    private void makeRoom(int count) {
        if (values.length < count) {
            values = new float[count];
            supportOf = new int[count];
            cellOfValue = new int[count];
        }
    }

    /** Takes P values: all above the bound, and of those equal to it the first. */
    private void take(int count, float bound) {
        int equal = pairs - loops.countAtLeast(Math.nextUp(bound), values, count);
        int p = 0;
        for (int i = 0; i < count && p < pairs; i++) {
            if (values[i] > bound || values[i] == bound && equal-- > 0) {
                chosen[p] = values[i];
                chosenSupport[p] = supportOf[i];
                chosenCell[p] = cellOfValue[i];
                p++;
            }
        }
    }

    /**
     * The k-th largest value.
     *
     * @param count of the values that count, >= k; all >= 0
     */
    private float bound(int count, int k) {
        float largest = 0;
        float least = Float.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, values[i]);
            least = Math.min(least, values[i]);
        }
        if (count == k) {
            return least;
        }
        // The bits of floats >= 0 have the order of their values.
        int low = Float.floatToRawIntBits(least);
        int high = Float.floatToRawIntBits(largest) + 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            int at = loops.countAtLeast(Float.intBitsToFloat(middle), values, count);
            if (at >= k) {
                low = middle;
            } else {
                high = middle;
            }
            if (at == k) {
                return leastFrom(Float.intBitsToFloat(middle), count);
            }
        }
        return Float.intBitsToFloat(low);
    }

    private float leastFrom(float bound, int count) {
        float least = Float.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            if (values[i] >= bound) {
                least = Math.min(least, values[i]);
            }
        }
        return least;
    }

    /** The least of the largest quarter of P cells. */
    private float leastOfQuarter(float[] half) {
        int quarter = Math.ceilDiv(pairs, 4);
        int count = cellsAtLeast(before * SLACK, half);
        if (count < quarter) {
            count = cellsAtLeast(0, half);
        }
        makeRoom(count);
        for (int i = 0; i < count; i++) {
            values[i] = half[found[i]];
        }
        return bound(count, quarter);
    }

    /** Finds the cells that are not less than a bound, frames left out, and counts them. */
    private int cellsAtLeast(float bound, float[] values) {
        int all = loops.atLeast(bound, values, found);
        int inside = 0;
        for (int i = 0; i < all; i++) {
            if (cellOf[found[i] % axis.frame()] >= 0) {
                found[inside++] = found[i];
            }
        }
        return inside;
    }
}
