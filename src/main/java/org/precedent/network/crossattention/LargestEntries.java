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
 *   <li>Only those go through a heap, in the order of their columns.
 * </ol>
 *
 * <p>Which entries are found, and in which order, depends on the row alone. Not thread-safe.
 */
final class LargestEntries {
    /** How far the threshold of a row may lie below that of the row before. */
    private static final float SLACK = 0.75f;

    private final GridDoubling axis;
    private final RowLoops loops;
    private final Heap cells;
    private final Heap entries;

    /** Of each cell of a framed map its index in the coarse grid, or -1 where it is the frame's. */
    private final int[] cellOf;

    private final int[] found;
    private final float[] peaks;

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
        this.cells = new Heap(Math.ceilDiv(pairs, 4));
        this.entries = new Heap(pairs);
        this.cellOf = new int[axis.frame()];
        Arrays.fill(cellOf, -1);
        for (int cell = 0; cell < axis.coarse(); cell++) {
            cellOf[(cell / axis.w + 1) * axis.line() + cell % axis.w + 1] = cell;
        }
        this.found = new int[supports * axis.frame()];
        this.peaks = new float[supports * axis.frame()];
    }

    /** Column of an entry that {@link #choose} found, in [0, K M). */
    int column(int p) {
        return entries.index[p];
    }

    /** Its value. */
    float value(int p) {
        return entries.value[p];
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
        entries.clear();
        int count = cellsAtLeast(least, peaks);
        for (int i = 0; i < count; i++) {
            int support = found[i] / axis.frame();
            int cell = cellOf[found[i] % axis.frame()];
            for (int place = 0; place < 4; place++) {
                float value = axis.framedAt(half, found[i], place);
                if (value >= least) {
                    entries.offer(value, support * axis.fine() + axis.child(cell, place));
                }
            }
        }
    }

    /** The least of the largest quarter of P cells. */
    private float leastOfQuarter(float[] half) {
        int quarter = cells.value.length;
        int count = cellsAtLeast(before * SLACK, half);
        if (count < quarter) {
            count = cellsAtLeast(0, half);
        }
        cells.clear();
        for (int i = 0; i < count; i++) {
            cells.offer(half[found[i]], 0);
        }
        return cells.value[0];
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

    /** The largest of the values offered, the first of equal ones: a heap with the least on top. */
    private static final class Heap {
        private final float[] value;
        private final int[] index;
        private int size;

        Heap(int capacity) {
            value = new float[capacity];
            index = new int[capacity];
        }

        void clear() {
            size = 0;
            Arrays.fill(value, 0);
            Arrays.fill(index, 0);
        }

        void offer(float offered, int at) {
            if (size < value.length) {
                int i = size++;
                while (i > 0 && offered < value[(i - 1) / 2]) {
                    move((i - 1) / 2, i);
                    i = (i - 1) / 2;
                }
                value[i] = offered;
                index[i] = at;
            } else if (offered > value[0]) {
                int i = 0;
                for (int child = 1; child < size; child = 2 * i + 1) {
                    if (child + 1 < size && value[child + 1] < value[child]) {
                        child++;
                    }
                    if (offered <= value[child]) {
                        break;
                    }
                    move(child, i);
                    i = child;
                }
                value[i] = offered;
                index[i] = at;
            }
        }

        private void move(int from, int to) {
            value[to] = value[from];
            index[to] = index[from];
        }
    }
}
