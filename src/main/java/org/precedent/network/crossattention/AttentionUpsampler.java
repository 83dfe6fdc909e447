package org.precedent.network.crossattention;

import static org.precedent.tensor.Layers.linear;

import ai.djl.ndarray.NDArray;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.precedent.network.Parameters;
import org.precedent.network.crossattention.RowLoops.Pairs;

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

    /** Coarse rows of the query that are interpolated by one thread, one after the other. */
    private static final int BAND = 4;

    private final float mixSupport;
    private final float mixQuery;
    private final float[] ofAttention;
    private final NDArray ofQuery;
    private final NDArray ofQueryBias;
    private final NDArray ofSupport;
    private final float[] out;
    private final float outBias;

    AttentionUpsampler(Parameters parameters, String name) {
        mixSupport = sigmoid(parameters.scalar(name + ".mix_support"));
        mixQuery = sigmoid(parameters.scalar(name + ".mix_query"));
        ofAttention = parameters.values(name + ".attention.weight");
        ofQuery = parameters.matrix(name + ".query.weight");
        ofQueryBias = parameters.vector(name + ".query.bias");
        ofSupport = parameters.matrix(name + ".support.weight");
        out = parameters.values(name + ".out.weight");
        outBias = parameters.scalar(name + ".out.bias");
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
        GridDoubling doubling = new GridDoubling(h, w, mixSupport);
        int dim = features.length / doubling.fine();
        float[] pooled = new float[h * w * dim];
        for (int j = 0; j < doubling.fine(); j++) {
            for (int tap = 0; tap < GridDoubling.TAPS; tap++) {
                int to = doubling.cells[j * GridDoubling.TAPS + tap] * dim;
                float share = doubling.shares[j * GridDoubling.TAPS + tap];
                for (int d = 0; d < dim; d++) {
                    pooled[to + d] += share * features[j * dim + d];
                }
            }
        }
        return pooled;
    }

    /**
     * Steps 1 to 7.
     *
     * @param rows runs what is done for each of several rows
     * @param attention [N][K N], rows of the supports' cells one after the other; read later too
     * @param h height of its grid
     * @param w width of it
     * @param weights w_k > 0 of the K supports
     * @param query [M, hidden] of {@link #projectQuery}
     * @param supports of each support [M, hidden] of {@link #projectSupport}
     * @param most P; fewer where there are not as many columns
     */
    Upsampled upsample(
            Rows rows,
            float[][] attention,
            int h,
            int w,
            double[] weights,
            float[] query,
            float[][] supports,
            int most) {
        Upsampled up = new Upsampled(rows, attention, h, w, weights.length, most);
        up.interpolate();
        rows.each(up.fine, i -> up.refine(i, weights, query, supports));
        return up;
    }

    /** How the rows of a grid are gone through: in one thread or in several, in any order. */
    enum Rows {
        BY_ONE_THREAD,
        BY_SEVERAL;

        void each(int count, IntConsumer row) {
            if (this == BY_SEVERAL) {
                IntStream.range(0, count).parallel().forEach(row);
            } else {
                for (int i = 0; i < count; i++) {
                    row.accept(i);
                }
            }
        }
    }

    /**
     * The attention on the fine grid: the coarse one, and what the refined pairs are.
     *
     * <p>Not thread-safe while it is made, and not written to afterwards.
     */
    final class Upsampled {
        private final Rows rows;
        private final float[][] coarse;
        private final GridDoubling queryAxis;
        private final GridDoubling supportAxis;
        private final int supports;
        private final int fine;
        private final int pairs;
        private final Pairs of;
        private final float[] values;
        private final float[] refined;
        private final float[] mass;
        private final float[] scale;
        private final float[] factor;

        private Upsampled(Rows rows, float[][] coarse, int h, int w, int supports, int most) {
            this.rows = rows;
            this.coarse = coarse;
            this.queryAxis = new GridDoubling(h, w, mixQuery);
            this.supportAxis = new GridDoubling(h, w, mixSupport);
            this.supports = supports;
            this.fine = queryAxis.fine();
            this.pairs = Math.min(most, supports * fine);
            this.of = new Pairs(new int[fine * pairs], new int[fine * pairs]);
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
            float[] coarseMass = masses(coarse);
            int h = queryAxis.h;
            int bands = Math.ceilDiv(h, BAND);
            rows.each(
                    bands,
                    band -> interpolate(coarseMass, band * BAND, Math.min(h, (band + 1) * BAND)));
        }

        /** Steps 2 to 5 of what lies in the coarse rows {@code from} to {@code to} of the query. */
        private void interpolate(float[] coarseMass, int from, int to) {
            int w = queryAxis.w;
            float[][] framed = new float[coarse.length][];
            int end = Math.min(queryAxis.h, to + 1) * w;
            for (int i = Math.max(0, from - 1) * w; i < end; i++) {
                framed[i] = supportAxis.framed(coarse[i], supports);
            }
            LargestEntries largest = new LargestEntries(supportAxis, supports, pairs);
            float[] half = new float[framed[from * w].length];
            for (int i = from * 4 * w; i < to * 4 * w; i++) {
                mass[i] = queryAxis.at(coarseMass, 0, i);
                scale[i] = mass[i] / (4 * mass[i] + EPSILON);
                queryAxis.row(framed, i, half);
                largest.choose(half);
                for (int p = 0; p < pairs; p++) {
                    of.support()[i * pairs + p] = largest.support(p);
                    of.cell()[i * pairs + p] = largest.cell(p);
                    values[i * pairs + p] = largest.value(p) * scale[i];
                }
            }
        }

        /** Step 1: the sums of rows, of four at a time, whose additions then need not wait. */
        private float[] masses(float[][] matrix) {
            float[] masses = new float[matrix.length];
            rows.each(
                    Math.ceilDiv(matrix.length, 4),
                    group -> {
                        int last = matrix.length - 1;
                        int i = 4 * group;
                        float[] a = matrix[i];
                        float[] b = matrix[Math.min(last, i + 1)];
                        float[] c = matrix[Math.min(last, i + 2)];
                        float[] d = matrix[Math.min(last, i + 3)];
                        double ofA = 0;
                        double ofB = 0;
                        double ofC = 0;
                        double ofD = 0;
                        for (int j = 0; j < a.length; j++) {
                            ofA += a[j];
                            ofB += b[j];
                            ofC += c[j];
                            ofD += d[j];
                        }
                        // What lies beyond the last row was the last one again.
                        masses[i] = (float) ofA;
                        masses[Math.min(last, i + 1)] = (float) ofB;
                        masses[Math.min(last, i + 2)] = (float) ofC;
                        masses[Math.min(last, i + 3)] = (float) ofD;
                    });
            return masses;
        }

        /** Steps 6 and 7 of a row. */
        private void refine(int i, double[] weights, float[] query, float[][] supports) {
            int first = i * pairs;
            float[] levels = new float[pairs];
            for (int p = 0; p < pairs; p++) {
                // A multiple of the even entry; in double, because a weight may be as small as
                // 1e-300.
                double share = values[first + p] / weights[of.support()[first + p]] * fine;
                levels[p] = (float) Math.log(share + SMALLEST_SHARE);
            }
            float[] y = new float[pairs];
            RowLoops.best().refine(y, levels, of, first, supports, query, i, ofAttention, out);
            double before = 0;
            double after = 0;
            for (int p = 0; p < pairs; p++) {
                float exponent = y[p] + outBias;
                // 1 + ELU(y)
                double times = exponent > 0 ? 1 + exponent : Math.exp(exponent);
                refined[first + p] = (float) (values[first + p] * times);
                before += values[first + p];
                after += refined[first + p];
            }
            double rest = complete() ? 0 : Math.max(0, 4.0 * mass[i] * scale[i] - before);
            factor[i] = (float) (mass[i] / (rest + after + EPSILON));
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
            RowLoops.best().doubled(supportAxis.framed(half, supports), supportAxis, supports, row);
            float times = scale[i] * factor[i];
            for (int j = 0; j < row.length; j++) {
                row[j] *= times;
            }
            for (int p = i * pairs; p < (i + 1) * pairs; p++) {
                row[of.support()[p] * fine + of.cell()[p]] = refined[p] * factor[i];
            }
            return row;
        }

        /** The whole matrix, [M][K M]. */
        float[][] matrix() {
            float[][] matrix = new float[fine][];
            rows.each(fine, i -> matrix[i] = row(i));
            return matrix;
        }

        /**
         * The product with features, without the matrix.
         *
         * @param base [N][D], the coarse matrix times {@link #pooled} features
         * @param features of each support [M, D]
         * @return [M, D]
         */
        float[] times(float[][] base, float[][] features) {
            int dim = base[0].length;
            float[] product = new float[fine * dim];
            rows.each(
                    fine,
                    i -> {
                        float[] sum = new float[dim];
                        if (!complete()) {
                            queryAxis.row(base, i, sum);
                        }
                        for (int d = 0; d < dim; d++) {
                            sum[d] *= scale[i];
                        }
                        float[] change = new float[pairs];
                        for (int p = 0; p < pairs; p++) {
                            int pair = i * pairs + p;
                            change[p] = refined[pair] - (complete() ? 0 : values[pair]);
                        }
                        RowLoops.best().addRows(sum, change, of, i * pairs, features);
                        for (int d = 0; d < dim; d++) {
                            product[i * dim + d] = sum[d] * factor[i];
                        }
                    });
            return product;
        }
    }
}
