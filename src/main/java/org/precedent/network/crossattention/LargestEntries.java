package org.precedent.network.crossattention;

import java.util.Arrays;

/**
 * Step 5 of {@link AttentionUpsampler}: the P largest entries of rows of the interpolated
 * attention, the first of equal ones, without forming the rows.
 *
 * <ol>
 *   <li>A pass over the coarse cells finds the largest of the four fine entries of each.
 *   <li>A guess from the row before, which was alike, says what the P-th largest entry will not be
 *       less than. Entries that are less lie in few cells and are left out. Where fewer than P are
 *       left, the guess was too high, and a lower one is tried.
 *   <li>The P-th largest of what is left is found by halving the interval that it lies in; a number
 *       of values is counted at every step.
 * </ol>
 *
 * <p>Which entries are found, and in which order, depends on the row alone: they come by supports,
 * and by cells within one. Not thread-safe.
 */
final class LargestEntries {
    /** The first guess for a row, over the P-th largest entry of the row before. */
    private static final float SLACK = 0.85f;

    /** Every further guess over the one before. */
    private static final float LOWER = 0.5f;

    /** Between the bits of two floats of which one is about an eighth more. */
    private static final int STEP = 1 << 20;

    private static final int LAST = Float.floatToRawIntBits(Float.MAX_VALUE);

    /** Guesses before all entries are looked at. */
    private static final int GUESSES = 4;

    private final GridDoubling axis;
    private final RowLoops loops;
    private final int pairs;

    /** Of each cell of a framed map its index in the coarse grid, or -1 where it is the frame's. */
    private final int[] cellOf;

    private final int[] found;
    private final float[] peaks;

    /** Values that come into question, and of which support and cell they are. */
    private final float[] values;

    private final int[] supportOf;
    private final int[] cellOfValue;

    private final float[] chosen;
    private final int[] chosenSupport;
    private final int[] chosenCell;

    /** No entry of the row before that was taken is less. */
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
        this.values = new float[4 * found.length];
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
        loops.peaks(half, axis, peaks);
        float guess = before * SLACK;
        int count = entriesAtLeast(guess, half);
        for (int tries = 1; count < pairs; tries++) {
            if (guess == 0) {
                takeNoNumbers();
                return;
            }
            guess = tries < GUESSES ? guess * LOWER : 0;
            count = entriesAtLeast(guess, half);
        }
        take(count, guess);
    }

    /**
     * Takes the first entries of a row that holds what is no number, as no numbers: whoever checks
     * the answer finds them there.
     */
    private void takeNoNumbers() {
        for (int p = 0; p < pairs; p++) {
            chosen[p] = Float.NaN;
            chosenSupport[p] = p / axis.fine();
            chosenCell[p] = p % axis.fine();
        }
        before = 0;
    }

    /** Finds the entries that are not less than a bound, and counts them. */
    private int entriesAtLeast(float bound, float[] half) {
        int cells = loops.atLeast(bound, peaks, found);
        int line = axis.line();
        int support = 0;
        int first = 0;
        int count = 0;
        for (int i = 0; i < cells; i++) {
            int at = found[i];
            while (at >= first + axis.frame()) {
                support++;
                first += axis.frame();
            }
            int cell = cellOf[at - first];
            if (cell < 0) {
                continue;
            }
            float ofOwn = axis.own * half[at];
            float left = ofOwn + axis.side * half[at - 1];
            float right = ofOwn + axis.side * half[at + 1];
            float up = axis.side * half[at - line];
            float down = axis.side * half[at + line];
            int child = axis.child(cell, 0);
            int below = child + 2 * axis.w;
            int from = count;
            count = keep(count, bound, left + up + axis.corner * half[at - line - 1], child);
            count = keep(count, bound, right + up + axis.corner * half[at - line + 1], child + 1);
            count = keep(count, bound, left + down + axis.corner * half[at + line - 1], below);
            count = keep(count, bound, right + down + axis.corner * half[at + line + 1], below + 1);
            while (from < count) {
                supportOf[from++] = support;
            }
        }
        return count;
    }

    /** Writes an entry, and counts it if it is not less than the bound. */
    private int keep(int count, float bound, float value, int cell) {
        values[count] = value;
        cellOfValue[count] = cell;
        return value >= bound ? count + 1 : count;
    }

    /**
     * Takes P of the values: all above the P-th largest, and of those equal to it the first.
     *
     * @param count of the values that count, >= P
     * @param least no value is less; >= 0
     */
    private void take(int count, float least) {
        // The bits of floats >= 0 have the order of their values.
        int low = Float.floatToRawIntBits(least);
        int high = LAST;
        int middle = Math.max(low, Float.floatToRawIntBits(before));
        int atLeast = count;
        int above = 0;
        while (atLeast > pairs && high - low > 1) {
            if (middle <= low || middle >= high) {
                middle = (low + high) >>> 1;
            }
            int at = loops.countAtLeast(Float.intBitsToFloat(middle), values, count);
            if (at >= pairs) {
                low = middle;
                atLeast = at;
            } else {
                high = middle;
                above = at;
            }
            // Short steps up at first: the row before was alike.
            middle = high == LAST ? low + STEP : 0;
        }
        float bound = Float.intBitsToFloat(low);
        int equal = atLeast == pairs ? pairs : pairs - above;
        int p = 0;
        for (int i = 0; i < count && p < pairs; i++) {
            boolean whole = atLeast == pairs ? values[i] >= bound : values[i] > bound;
            if (whole || values[i] == bound && equal-- > 0) {
                chosen[p] = values[i];
                chosenSupport[p] = supportOf[i];
                chosenCell[p] = cellOfValue[i];
                p++;
            }
        }
        before = bound;
    }
}
