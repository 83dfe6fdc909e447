package org.precedent.network.crossattention;

import java.util.Arrays;

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
     * Counts values that are not less than a bound.
     *
     * @param count of the values from the first on that are looked at
     */
    abstract int countAtLeast(float bound, float[] values, int count);

    /**
     * U of each map, as {@link GridDoubling#doubled}.
     *
     * @param framed [K, (h + 2) (w + 2)]
     * @param count K
     * @param doubled [K, M], written
     */
    void doubled(float[] framed, GridDoubling axis, int count, float[] doubled) {
        axis.doubled(framed, count, doubled);
    }

    /**
     * Adds rows of features to a sum, one after the other.
     *
     * @param sum [D]
     * @param factors [P] of the rows
     * @param pairs which rows: of supports and cells, from {@code first} on
     * @param features of each support [M, D]
     */
    abstract void addRows(float[] sum, float[] factors, Pairs pairs, int first, float[][] features);

    /**
     * What the refining network says of the pairs of one query cell, before its last bias:
     *
     * <pre>
     *   y_p = sum_c out_c GELU(s_pc + q_c + a_c level_p)
     * </pre>
     *
     * <p>The sum has {@value #PARTS} parts, of the c with the same remainder, which are then added
     * by halves.
     *
     * @param y [P], gets the sums
     * @param levels [P], the logarithms of the attention
     * @param pairs which rows of the supports, from {@code first} on
     * @param supports of each support [M, hidden]
     * @param query [M, hidden]
     * @param cell of the query
     * @param attention [hidden]
     * @param out [hidden]
     */
    abstract void refine(
            float[] y,
            float[] levels,
            Pairs pairs,
            int first,
            float[][] supports,
            float[] query,
            int cell,
            float[] attention,
            float[] out);

    /** Rows of supports' features: of which support, and of which of its cells. */
    record Pairs(int[] support, int[] cell) {}

    /** Parts of a sum in {@link #refine}. */
    static final int PARTS = 16;

    /** 1 / sqrt 2. */
    static final float ROOT_HALF = 0.70710678f;

    /** Beyond it the error function is 1 in float32. */
    static final float ERF_END = 4;

    /** erf(z) = z N(z^2) / D(z^2) up to {@link #ERF_END}, within 2e-7: N, highest power first. */
    static final float[] ERF_NUMERATOR = {
        -2.72614225801306e-10f,
        2.77068142495902e-08f,
        -2.10102402082508e-06f,
        -5.69250639462346e-05f,
        -7.34990630326855e-04f,
        -2.95459980854025e-03f,
        -1.60960333262415e-02f
    };

    /** And D. */
    static final float[] ERF_DENOMINATOR = {
        -1.45660718464996e-05f,
        -2.13374055278905e-04f,
        -1.68282697438203e-03f,
        -7.37332916720468e-03f,
        -1.42647390514189e-02f
    };

    /** x Phi(x). */
    static float gelu(float x) {
        float z = Math.max(-ERF_END, Math.min(ERF_END, x * ROOT_HALF));
        float square = z * z;
        float numerator = ERF_NUMERATOR[0];
        for (int i = 1; i < ERF_NUMERATOR.length; i++) {
            numerator = Math.fma(numerator, square, ERF_NUMERATOR[i]);
        }
        float denominator = ERF_DENOMINATOR[0];
        for (int i = 1; i < ERF_DENOMINATOR.length; i++) {
            denominator = Math.fma(denominator, square, ERF_DENOMINATOR[i]);
        }
        float half = 0.5f * x;
        return Math.fma(half, z * numerator / denominator, half);
    }

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
        int countAtLeast(float bound, float[] values, int count) {
            return countAtLeast(bound, values, 0, count);
        }

        static int countAtLeast(float bound, float[] values, int from, int to) {
            int count = 0;
            for (int j = from; j < to; j++) {
                count += values[j] >= bound ? 1 : 0;
            }
            return count;
        }

        @Override
        void addRows(float[] sum, float[] factors, Pairs pairs, int first, float[][] features) {
            for (int p = 0; p < factors.length; p++) {
                float[] of = features[pairs.support[first + p]];
                int at = pairs.cell[first + p] * sum.length;
                for (int d = 0; d < sum.length; d++) {
                    sum[d] += factors[p] * of[at + d];
                }
            }
        }

        @Override
        void refine(
                float[] y,
                float[] levels,
                Pairs pairs,
                int first,
                float[][] supports,
                float[] query,
                int cell,
                float[] attention,
                float[] out) {
            int hidden = out.length;
            float[] parts = new float[PARTS];
            for (int p = 0; p < y.length; p++) {
                float[] of = supports[pairs.support[first + p]];
                int at = pairs.cell[first + p] * hidden;
                Arrays.fill(parts, 0);
                for (int c = 0; c < hidden; c++) {
                    float x = of[at + c] + query[cell * hidden + c];
                    x = Math.fma(attention[c], levels[p], x);
                    parts[c % PARTS] = Math.fma(gelu(x), out[c], parts[c % PARTS]);
                }
                for (int half = PARTS / 2; half > 0; half /= 2) {
                    for (int i = 0; i < half; i++) {
                        parts[i] += parts[i + half];
                    }
                }
                y[p] = parts[0];
            }
        }
    }
}
