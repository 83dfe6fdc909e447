package org.precedent.network.patchicl;

import java.util.Arrays;

/**
 * How the pixels of one axis are made of those of another resolution: each is a weighted sum of
 * neighbouring ones, its taps.
 */
final class PixelTaps {
    private final int[] starts;
    private final float[][] weights;

    private PixelTaps(int[] starts, float[][] weights) {
        this.starts = starts;
        this.weights = weights;
    }

    /** The mean of the pixels that a pixel of a coarser axis covers, or touches. */
    static PixelTaps averaging(int from, int to) {
        int[] starts = new int[to];
        float[][] weights = new float[to][];
        for (int i = 0; i < to; i++) {
            starts[i] = start(i, from, to);
            weights[i] = new float[end(i, from, to) - starts[i]];
            Arrays.fill(weights[i], 1f / weights[i].length);
        }
        return new PixelTaps(starts, weights);
    }

    /** Linear between the two nearest centres; the outermost pixels go on past the ends. */
    static PixelTaps linear(int from, int to) {
        int[] starts = new int[to];
        float[][] weights = new float[to][];
        for (int i = 0; i < to; i++) {
            double at = Math.clamp((i + 0.5) * from / to - 0.5, 0, from - 1);
            starts[i] = Math.min((int) at, Math.max(0, from - 2));
            float share = (float) (at - starts[i]);
            weights[i] = from == 1 ? new float[] {1} : new float[] {1 - share, share};
        }
        return new PixelTaps(starts, weights);
    }

    /** Means where the axis gets coarser, linear where it gets finer. */
    static PixelTaps resampling(int from, int to) {
        return from >= to ? averaging(from, to) : linear(from, to);
    }

    /** The first pixel that a pixel of a coarser axis touches. */
    static int start(int i, int from, int to) {
        return (int) ((long) i * from / to);
    }

    /** Past the last of them. */
    static int end(int i, int from, int to) {
        return (int) (((long) (i + 1) * from + to - 1) / to);
    }

    int size() {
        return starts.length;
    }

    /**
     * One pixel of a resampled map.
     *
     * @param columns the taps along x; these are along y
     * @param map row-major
     * @param width of the map
     */
    double at(int y, PixelTaps columns, int x, float[] map, int width) {
        double sum = 0;
        for (int i = 0; i < weights[y].length; i++) {
            int row = (starts[y] + i) * width + columns.starts[x];
            double line = 0;
            for (int j = 0; j < columns.weights[x].length; j++) {
                line += columns.weights[x][j] * map[row + j];
            }
            sum += weights[y][i] * line;
        }
        return sum;
    }

    /**
     * Adds one pixel of a resampled map of several channels.
     *
     * @param columns the taps along x; these are along y
     * @param map [H, W, channels] row-major
     * @param width W
     * @param to where the channels are added, from {@code offset} on
     */
    void addAt(
            int y,
            PixelTaps columns,
            int x,
            float[] map,
            int width,
            int channels,
            float[] to,
            int offset) {
        for (int i = 0; i < weights[y].length; i++) {
            for (int j = 0; j < columns.weights[x].length; j++) {
                float share = weights[y][i] * columns.weights[x][j];
                int from = ((starts[y] + i) * width + columns.starts[x] + j) * channels;
                if (share != 0) {
                    for (int c = 0; c < channels; c++) {
                        to[offset + c] += share * map[from + c];
                    }
                }
            }
        }
    }
}
