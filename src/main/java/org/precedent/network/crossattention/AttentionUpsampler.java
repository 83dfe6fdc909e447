package org.precedent.network.crossattention;

import static org.precedent.tensor.Layers.gelu;
import static org.precedent.tensor.Layers.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.precedent.network.Parameters;

/**
 * Doubles the grid of an attention matrix, and refines its largest entries by local features (steps
 * 1 to 7 of section 3.1.2 of the cross-attention paper). A is [N, K N] on the coarse grid and [M, K
 * M] on the fine one, M = 4 N:
 *
 * <pre>
 *   1. m     = row sums of A                               the mass, in [0, 1]
 *   2. A    <- A U_s^T        U = c nearest + (1 - c) bilinear, of each support by itself
 *   3. A    <- U_q A
 *   4. m    <- U_q m;  A_i  <- A_i m_i / sum_j A_ij
 *   5. of each row i the P largest entries (i, j)
 *   6. A_ij <- A_ij (1 + ELU(FFN(A_ij, q_i, s_j)))
 *   7. A_i  <- A_i m_i / sum_j A_ij
 * </pre>
 *
 * <p>The same without ever forming the fine matrix, K M^2 numbers, where only its product with
 * features X is wanted. U's columns each sum to 4, so that the sum in step 4 is 4 m_i. Steps 6 and
 * 7 scale a row and change P entries of it by d_ij, so
 *
 * <pre>
 *   (A X)_i = r_i (s_i (U_q (A (U_s^T X)))_i + sum_j d_ij X_j)
 * </pre>
 *
 * <p>where A (U_s^T X) is a product on the coarse grid. Step 5 makes one row at a time and skips
 * what cannot be among the largest. What is left grows with K only in the scan of coarse rows.
 *
 * <p>The FFN is given log(A_ij / w_k M + 1e-6), which is 0 for attention spread evenly, rather than
 * A_ij; and its first layer is split into what it does to each of its three inputs, so that q and s
 * are projected once, s when a support is encoded.
 */
final class AttentionUpsampler {
    private static final float EPSILON = 1e-8f;

    /** Added to an attention value, as a multiple of the even one, before its logarithm. */
    private static final double SMALLEST_SHARE = 1e-6;

    /** Hidden values of the FFN that are alive at once. */
    private static final int HIDDEN_VALUES = 1 << 20;

    private final int hidden;
    private final float mixSupport;
    private final float mixQuery;
    private final float[] ofAttention;
    private final NDArray ofQuery;
    private final NDArray ofQueryBias;
    private final NDArray ofSupport;
    private final NDArray out;
    private final NDArray outBias;

    AttentionUpsampler(Parameters parameters, String name) {
        mixSupport = sigmoid(parameters.scalar(name + ".mix_support"));
        mixQuery = sigmoid(parameters.scalar(name + ".mix_query"));
        ofAttention = parameters.values(name + ".attention.weight");
        hidden = ofAttention.length;
        ofQuery = parameters.matrix(name + ".query.weight");
        ofQueryBias = parameters.vector(name + ".query.bias");
        ofSupport = parameters.matrix(name + ".support.weight");
        out = parameters.matrix(name + ".out.weight");
        outBias = parameters.vector(name + ".out.bias");
    }

    private static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    /**
     * What the FFN's first layer makes of the query.
     *
     * @param map [B, H, W, D] of the mapper on the fine grid
     * @return [B, H, W, hidden]
     */
    NDArray projectQuery(NDArray map) {
        return linear(map, ofQuery, ofQueryBias);
    }

    /** And of a support, by the momentum copy of the mapper. */
    NDArray projectSupport(NDArray map) {
        return linear(map, ofSupport, null);
    }

    /**
     * U_s^T X of one support.
     *
     * @param features [M, D] row-major
     * @param h height of the coarse grid
     * @param w width of it
     * @return [N, D]
     */
    float[] pooled(float[] features, int h, int w) {
        Doubling doubling = new Doubling(h, w, mixSupport);
        int dim = features.length / doubling.fine();
        float[] pooled = new float[h * w * dim];
        for (int j = 0; j < doubling.fine(); j++) {
            for (int tap = 0; tap < Doubling.TAPS; tap++) {
                int to = doubling.cells[j * Doubling.TAPS + tap] * dim;
                float share = doubling.shares[j * Doubling.TAPS + tap];
                for (int d = 0; d < dim; d++) {
                    pooled[to + d] += share * features[j * dim + d];
                }
            }
        }
        return pooled;
    }

    /**
     * U of one axis: each fine cell is a weighted sum of four coarse ones, which coincide at the
     * border.
     */
    private static final class Doubling {
        static final int TAPS = 4;

        final int h;
        final int w;
        final int[] cells;
        final float[] shares;

        /** Least share of a fine cell that its own coarse cell has. */
        final float own;

        Doubling(int h, int w, float nearest) {
            this.h = h;
            this.w = w;
            float linear = 1 - nearest;
            own = nearest + linear * 9 / 16;
            cells = new int[TAPS * fine()];
            shares = new float[TAPS * fine()];
            for (int j = 0; j < fine(); j++) {
                int y = j / (2 * w) / 2;
                int x = j % (2 * w) / 2;
                int besideY = Math.clamp(y + (j / (2 * w) % 2 == 0 ? -1 : 1), 0, h - 1);
                int besideX = Math.clamp(x + (j % 2 == 0 ? -1 : 1), 0, w - 1);
                set(j, 0, y * w + x, own);
                set(j, 1, y * w + besideX, linear * 3 / 16);
                set(j, 2, besideY * w + x, linear * 3 / 16);
                set(j, 3, besideY * w + besideX, linear / 16);
            }
        }

        private void set(int j, int tap, int cell, float share) {
            cells[j * TAPS + tap] = cell;
            shares[j * TAPS + tap] = share;
        }

        /** M, or N of a coarser one's. */
        int fine() {
            return 4 * h * w;
        }

        /** Value of fine cell j, from coarse values that begin at {@code offset}. */
        float at(float[] coarse, int offset, int j) {
            int i = j * TAPS;
            return shares[i] * coarse[offset + cells[i]]
                    + shares[i + 1] * coarse[offset + cells[i + 1]]
                    + shares[i + 2] * coarse[offset + cells[i + 2]]
                    + shares[i + 3] * coarse[offset + cells[i + 3]];
        }

        /** Row j of U times a matrix of N rows, into {@code row}. */
        void row(float[][] matrix, int j, float[] row) {
            int i = j * TAPS;
            float[] a = matrix[cells[i]];
            float[] b = matrix[cells[i + 1]];
            float[] c = matrix[cells[i + 2]];
            float[] d = matrix[cells[i + 3]];
            for (int at = 0; at < row.length; at++) {
                row[at] =
                        shares[i] * a[at]
                                + shares[i + 1] * b[at]
                                + shares[i + 2] * c[at]
                                + shares[i + 3] * d[at];
            }
        }

        /** The fine cell at one of the four places in a coarse one. */
        int child(int cell, int place) {
            return (cell / w * 2 + place / 2) * 2 * w + cell % w * 2 + place % 2;
        }
    }

    /**
     * Steps 1 to 7.
     *
     * @param scratch holds the FFN's arrays
     * @param attention [N][K N], rows of the supports' cells one after the other; read later too
     * @param h height of its grid
     * @param w width of it
     * @param weights w_k > 0 of the K supports
     * @param query [M, hidden] of {@link #projectQuery}
     * @param supports of each support [M, hidden] of {@link #projectSupport}
     * @param most P; fewer where there are not as many columns
     */
    Upsampled upsample(
            NDManager scratch,
            float[][] attention,
            int h,
            int w,
            double[] weights,
            float[] query,
            List<float[]> supports,
            int most) {
        Upsampled up = new Upsampled(attention, h, w, weights.length, most);
        up.interpolate();
        int rows = Math.clamp(HIDDEN_VALUES / ((long) up.pairs * hidden), 1, up.fine);
        for (int from = 0; from < up.fine; from += rows) {
            int to = Math.min(up.fine, from + rows);
            float[] y = feedForward(scratch, up, from, to, weights, query, supports);
            for (int p = from * up.pairs; p < to * up.pairs; p++) {
                float exponent = y[p - from * up.pairs];
                // 1 + ELU(y)
                double factor = exponent > 0 ? 1 + exponent : Math.exp(exponent);
                up.refined[p] = (float) (up.values[p] * factor);
            }
        }
        up.renormalize();
        return up;
    }

    /** The FFN's answers for the pairs of rows {@code from} to {@code to}. */
    private float[] feedForward(
            NDManager scratch,
            Upsampled up,
            int from,
            int to,
            double[] weights,
            float[] query,
            List<float[]> supports) {
        int n = (to - from) * up.pairs;
        float[] values = new float[n * hidden];
        IntStream.range(from, to)
                .parallel()
                .forEach(i -> {
                    for (int p = i * up.pairs; p < (i + 1) * up.pairs; p++) {
                        int k = up.columns[p] / up.fine;
                        int cell = up.columns[p] % up.fine;
                        float[] support = supports.get(k);
                        float level =
                                (float)
                                        Math.log(
                                                up.values[p] / weights[k] * up.fine
                                                        + SMALLEST_SHARE);
                        int at = (p - from * up.pairs) * hidden;
                        for (int c = 0; c < hidden; c++) {
                            values[at + c] =
                                    support[cell * hidden + c]
                                            + query[i * hidden + c]
                                            + ofAttention[c] * level;
                        }
                    }
                });
        try (NDManager chunk = scratch.newSubManager()) {
            NDArray x = chunk.create(values, new Shape(n, hidden));
            return linear(gelu(x), out, outBias).toFloatArray(); // [n, 1]
        }
    }

    /**
     * The attention on the fine grid: the coarse one, and what the refined pairs are.
     *
     * <p>Not thread-safe while it is made, and not written to afterwards.
     */
    final class Upsampled {
        private final float[][] coarse;
        private final Doubling queryAxis;
        private final Doubling supportAxis;
        private final int supports;
        private final int fine;
        private final int pairs;
        private final int[] columns;
        private final float[] values;
        private final float[] refined;
        private final float[] mass;
        private final float[] scale;
        private final float[] factor;

        private Upsampled(float[][] coarse, int h, int w, int supports, int most) {
            this.coarse = coarse;
            this.queryAxis = new Doubling(h, w, mixQuery);
            this.supportAxis = new Doubling(h, w, mixSupport);
            this.supports = supports;
            this.fine = queryAxis.fine();
            this.pairs = Math.min(most, supports * fine);
            this.columns = new int[fine * pairs];
            this.values = new float[fine * pairs];
            this.refined = new float[fine * pairs];
            this.mass = new float[fine];
            this.scale = new float[fine];
            this.factor = new float[fine];
        }

        /**
         * Whether every entry is refined: then nothing of the interpolation is left, and taking it
         * off again would leave its rounding.
         */
        private boolean complete() {
            return pairs == supports * fine;
        }

        /** Steps 1 to 5. */
        private void interpolate() {
            float[] coarseMass = new float[coarse.length];
            for (int i = 0; i < coarse.length; i++) {
                double sum = 0;
                for (float value : coarse[i]) {
                    sum += value;
                }
                coarseMass[i] = (float) sum;
            }
            int rows = 2 * queryAxis.h;
            IntStream.range(0, rows)
                    .parallel()
                    .forEach(row -> {
                        float[] half = new float[coarse[0].length];
                        for (int i = row * fine / rows; i < (row + 1) * fine / rows; i++) {
                            mass[i] = queryAxis.at(coarseMass, 0, i);
                            scale[i] = mass[i] / (4 * mass[i] + EPSILON);
                            queryAxis.row(coarse, i, half);
                            choose(i, half);
                        }
                    });
        }

        /**
         * Step 5 of one row. A quarter of P coarse cells, the largest, have four fine cells each
         * that are at least {@link Doubling#own} times as large, so nothing below that of the
         * smallest of them can be among the P largest.
         *
         * @param half [K N], the row before its supports' axis is interpolated
         */
        private void choose(int i, float[] half) {
            int n = fine / 4;
            float least = 0;
            int quarter = Math.ceilDiv(pairs, 4);
            if (quarter <= half.length) {
                Largest cells = new Largest(quarter);
                for (int j = 0; j < half.length; j++) {
                    cells.offer(half[j], j);
                }
                // Less a little, for the rounding of sums.
                least = cells.least() * supportAxis.own * (1 - 1e-5f);
            }
            Largest largest = new Largest(pairs);
            for (int k = 0; k < supports; k++) {
                float most = 0;
                for (int j = k * n; j < (k + 1) * n; j++) {
                    most = Math.max(most, half[j]);
                }
                if (most < least) {
                    continue;
                }
                float others = (1 - supportAxis.own) * most;
                for (int cell = 0; cell < n; cell++) {
                    if (supportAxis.own * half[k * n + cell] + others < least) {
                        continue;
                    }
                    for (int place = 0; place < 4; place++) {
                        int j = supportAxis.child(cell, place);
                        float value = supportAxis.at(half, k * n, j);
                        if (value >= least) {
                            largest.offer(value, k * fine + j);
                        }
                    }
                }
            }
            for (int p = 0; p < pairs; p++) {
                columns[i * pairs + p] = largest.index[p];
                values[i * pairs + p] = largest.value[p] * scale[i];
            }
        }

        /** Step 7. */
        private void renormalize() {
            for (int i = 0; i < fine; i++) {
                double before = 0;
                double after = 0;
                for (int p = i * pairs; p < (i + 1) * pairs; p++) {
                    before += values[p];
                    after += refined[p];
                }
                double rest = complete() ? 0 : Math.max(0, 4.0 * mass[i] * scale[i] - before);
                factor[i] = (float) (mass[i] / (rest + after + EPSILON));
            }
        }

        /**
         * One row of the matrix.
         *
         * @param i query cell on the fine grid
         * @return [K M], sums to the mass of the cell
         */
        float[] row(int i) {
            float[] half = new float[coarse[0].length];
            queryAxis.row(coarse, i, half);
            float[] row = new float[supports * fine];
            for (int k = 0; k < supports; k++) {
                for (int j = 0; j < fine; j++) {
                    row[k * fine + j] =
                            supportAxis.at(half, k * fine / 4, j) * scale[i] * factor[i];
                }
            }
            for (int p = i * pairs; p < (i + 1) * pairs; p++) {
                row[columns[p]] = refined[p] * factor[i];
            }
            return row;
        }

        /** The whole matrix, [M][K M]. */
        float[][] matrix() {
            return IntStream.range(0, fine).parallel().mapToObj(this::row).toArray(float[][]::new);
        }

        /**
         * The product with features, without the matrix.
         *
         * @param base [N][D], the coarse matrix times {@link #pooled} features
         * @param features of each support [M, D]
         * @return [M, D]
         */
        float[] times(float[][] base, List<float[]> features) {
            int dim = base[0].length;
            float[] product = new float[fine * dim];
            IntStream.range(0, fine)
                    .parallel()
                    .forEach(i -> {
                        float[] sum = new float[dim];
                        if (!complete()) {
                            queryAxis.row(base, i, sum);
                        }
                        for (int d = 0; d < dim; d++) {
                            sum[d] *= scale[i];
                        }
                        for (int p = i * pairs; p < (i + 1) * pairs; p++) {
                            float change = refined[p] - (complete() ? 0 : values[p]);
                            float[] of = features.get(columns[p] / fine);
                            int at = columns[p] % fine * dim;
                            for (int d = 0; d < dim; d++) {
                                sum[d] += change * of[at + d];
                            }
                        }
                        for (int d = 0; d < dim; d++) {
                            product[i * dim + d] = sum[d] * factor[i];
                        }
                    });
            return product;
        }
    }

    /** The largest of the values offered, the first of equal ones: a heap with the least on top. */
    private static final class Largest {
        private final float[] value;
        private final int[] index;
        private int size;

        Largest(int capacity) {
            value = new float[capacity];
            index = new int[capacity];
        }

        /** Of a full heap. */
        float least() {
            return value[0];
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
