package org.precedent.network.crossattention;

/**
 * U = c nearest + (1 - c) bilinear of {@link AttentionUpsampler}, along one axis of an attention
 * matrix: each cell of the fine grid is a weighted sum of four of the coarse one, which coincide at
 * the border.
 *
 * <p>A coarse map may be framed: a line of cells around it repeats those at its border, so that a
 * cell's neighbours lie at the same distance wherever it is, and loops need not ask. The same
 * products are added in the same order in all forms, so that all give the same bits.
 */
final class GridDoubling {
    static final int TAPS = 4;

    final int h;
    final int w;
    final int[] cells;
    final float[] shares;

    /** Share of a fine cell that its own coarse cell has; the least one: others may coincide. */
    final float own;

    /** Share of the nearest cell in the same line or column. */
    final float side;

    /** Share of the nearest cell across the corner. */
    final float corner;

    /**
     * @param h height of the coarse grid
     * @param w width of it
     * @param nearest c, in [0, 1]
     */
    GridDoubling(int h, int w, float nearest) {
        this.h = h;
        this.w = w;
        float linear = 1 - nearest;
        own = nearest + linear * 9 / 16;
        side = linear * 3 / 16;
        corner = linear / 16;
        cells = new int[TAPS * fine()];
        shares = new float[TAPS * fine()];
        for (int j = 0; j < fine(); j++) {
            int y = j / (2 * w) / 2;
            int x = j % (2 * w) / 2;
            int besideY = Math.clamp(y + (j / (2 * w) % 2 == 0 ? -1 : 1), 0, h - 1);
            int besideX = Math.clamp(x + (j % 2 == 0 ? -1 : 1), 0, w - 1);
            set(j, 0, y * w + x, own);
            set(j, 1, y * w + besideX, side);
            set(j, 2, besideY * w + x, side);
            set(j, 3, besideY * w + besideX, corner);
        }
    }

    private void set(int j, int tap, int cell, float share) {
        cells[j * TAPS + tap] = cell;
        shares[j * TAPS + tap] = share;
    }

    /** N, cells of the coarse grid. */
    int coarse() {
        return h * w;
    }

    /** M, or N of a coarser one's. */
    int fine() {
        return 4 * h * w;
    }

    /** Cells of a framed coarse map. */
    int frame() {
        return (h + 2) * (w + 2);
    }

    /** Cells from one line of a framed map to the next. */
    int line() {
        return w + 2;
    }

    /** The fine cell at one of the four places in a coarse one. */
    int child(int cell, int place) {
        return (cell / w * 2 + place / 2) * 2 * w + cell % w * 2 + place % 2;
    }

    /** Value of fine cell j, from coarse values that begin at {@code offset}. */
    float at(float[] coarse, int offset, int j) {
        int i = j * TAPS;
        return shares[i] * coarse[offset + cells[i]]
                + shares[i + 1] * coarse[offset + cells[i + 1]]
                + shares[i + 2] * coarse[offset + cells[i + 2]]
                + shares[i + 3] * coarse[offset + cells[i + 3]];
    }

    /**
     * As {@link #at}, of the fine cell at one of the four places in a coarse one.
     *
     * @param framed coarse maps, framed
     * @param cell index of the coarse cell in them
     * @param place 0 and 1 above, 2 and 3 below
     */
    float framedAt(float[] framed, int cell, int place) {
        int besideX = place % 2 == 0 ? -1 : 1;
        int besideY = place < 2 ? -line() : line();
        return own * framed[cell]
                + side * framed[cell + besideX]
                + side * framed[cell + besideY]
                + corner * framed[cell + besideY + besideX];
    }

    /** Row j of U times a matrix of N rows, into {@code row}. */
    void row(float[][] matrix, int j, float[] row) {
        int i = j * TAPS;
        float[] a = matrix[cells[i]];
        float[] b = matrix[cells[i + 1]];
        float[] c = matrix[cells[i + 2]];
        float[] d = matrix[cells[i + 3]];
        for (int at = 0; at < row.length; at++) {
            row[at] = own * a[at] + side * b[at] + side * c[at] + corner * d[at];
        }
    }

    /**
     * Frames maps.
     *
     * @param maps [K, N]
     * @return [K, (h + 2) (w + 2)]
     */
    float[] framed(float[] maps, int count) {
        int line = line();
        float[] framed = new float[count * frame()];
        for (int k = 0; k < count; k++) {
            for (int y = 0; y < h + 2; y++) {
                int from = k * h * w + Math.clamp(y - 1, 0, h - 1) * w;
                int to = k * frame() + y * line;
                framed[to] = maps[from];
                System.arraycopy(maps, from, framed, to + 1, w);
                framed[to + w + 1] = maps[from + w - 1];
            }
        }
        return framed;
    }

    /**
     * U of each map.
     *
     * @param framed [K, (h + 2) (w + 2)] of {@link #framed}
     * @param doubled [K, M], written
     */
    void doubled(float[] framed, int count, float[] doubled) {
        int line = line();
        for (int k = 0; k < count; k++) {
            for (int y = 0; y < h; y++) {
                int cell = k * frame() + (y + 1) * line + 1;
                int above = k * fine() + 4 * y * w;
                int below = above + 2 * w;
                for (int x = 0; x < w; x++, cell++) {
                    float ofOwn = own * framed[cell];
                    float left = ofOwn + side * framed[cell - 1];
                    float right = ofOwn + side * framed[cell + 1];
                    float up = side * framed[cell - line];
                    float down = side * framed[cell + line];
                    doubled[above + 2 * x] = left + up + corner * framed[cell - line - 1];
                    doubled[above + 2 * x + 1] = right + up + corner * framed[cell - line + 1];
                    doubled[below + 2 * x] = left + down + corner * framed[cell + line - 1];
                    doubled[below + 2 * x + 1] = right + down + corner * framed[cell + line + 1];
                }
            }
        }
    }
}
