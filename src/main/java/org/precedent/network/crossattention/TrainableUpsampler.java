package org.precedent.network.crossattention;

import static org.precedent.tensor.Layers.gelu;
import static org.precedent.tensor.Layers.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.precedent.network.Parameters;
import org.precedent.tensor.Layers;

/**
 * {@link AttentionUpsampler} as operations that libtorch can go back through. Which entries are
 * refined is a constant to the gradient; what they are is not. N cells of the coarse grid, M = 4 N
 * of the fine one, K supports of equal weights, P refined pairs of a query cell.
 */
final class TrainableUpsampler {
    private static final float EPSILON = 1e-8f;
    private static final float SMALLEST_SHARE = 1e-6f;
    private static final float[] NEAREST = {1, 0, 0, 0};
    private static final float[] LINEAR = {9 / 16f, 3 / 16f, 3 / 16f, 1 / 16f};

    private final NDArray mixSupport;
    private final NDArray mixQuery;
    private final NDArray ofAttention;
    private final NDArray ofQuery;
    private final NDArray ofQueryBias;
    private final NDArray ofSupport;
    private final NDArray out;
    private final NDArray outBias;

    TrainableUpsampler(Parameters parameters, String name) {
        mixSupport = sigmoid(parameters.vector(name + ".mix_support"));
        mixQuery = sigmoid(parameters.vector(name + ".mix_query"));
        ofAttention = parameters.vector(name + ".attention.weight");
        ofQuery = parameters.matrix(name + ".query.weight");
        ofQueryBias = parameters.vector(name + ".query.bias");
        ofSupport = parameters.matrix(name + ".support.weight");
        out = parameters.matrix(name + ".out.weight");
        outBias = parameters.vector(name + ".out.bias");
    }

    private static NDArray sigmoid(NDArray x) {
        return x.getNDArrayInternal().sigmoid();
    }

    /** An upsampled attention, held as its interpolation along the query axis and its pairs. */
    static final class Upsampled {
        private final NDArray half;
        private final NDArray toFine;
        private final NDArray scale;
        private final NDArray pairs;
        private final NDArray values;
        private final NDArray refined;
        private final NDArray renormalize;
        private final int k;

        /**
         * @param half [M, K N]
         * @param toFine [M, N], the interpolation of the support axis
         * @param scale [M, 1]
         * @param pairs [M, P] columns, int64
         * @param values [M, P] before refinement
         * @param refined [M, P]
         * @param mass [M, 1]
         */
        Upsampled(
                NDArray half,
                NDArray toFine,
                NDArray scale,
                NDArray pairs,
                NDArray values,
                NDArray refined,
                NDArray mass,
                int k) {
            this.half = half;
            this.toFine = toFine;
            this.scale = scale;
            this.pairs = pairs;
            this.values = values;
            this.refined = refined;
            this.k = k;
            NDArray rest = atLeastZero(Layers.times(mass.mul(scale), 4).sub(sum(values)));
            renormalize = mass.div(rest.add(sum(refined)).add(EPSILON));
        }

        private static NDArray sum(NDArray rows) {
            return rows.sum(new int[] {1}, true);
        }

        /** [M, K M]. */
        NDArray matrix() {
            long m = toFine.getShape().get(0);
            NDArray dense = dense(half, toFine, k).mul(scale);
            return dense.scatter(pairs, refined, 1).mul(renormalize).reshape(m, k * m);
        }

        /**
         * The product with support features, without the matrix.
         *
         * @param features [K M, D]
         * @return [M, D]
         */
        NDArray times(NDArray features) {
            long m = toFine.getShape().get(0);
            long p = pairs.getShape().get(1);
            long d = features.getShape().get(1);
            NDArray coarse = toFine.transpose().matMul(features.reshape(k, m, d)); // [K, N, D]
            NDArray dense = half.matMul(coarse.reshape(-1, d)).mul(scale); // [M, D]
            NDArray rows = features.get(pairs.reshape(m * p)).reshape(m, p, d);
            NDArray added =
                    refined.sub(values).reshape(m, 1, p).batchMatMul(rows).reshape(m, d); // [M, D]
            return dense.add(added).mul(renormalize);
        }
    }

    /** [M, K N] to [M, K M]. */
    private static NDArray dense(NDArray half, NDArray toFine, int k) {
        long m = toFine.getShape().get(0);
        long n = toFine.getShape().get(1);
        return half.reshape(m * k, n).matMul(toFine.transpose()).reshape(m, k * m);
    }

    private static NDArray atLeastZero(NDArray x) {
        return x.getNDArrayInternal().relu();
    }

    /**
     * @param attention [N, K N] on the coarse grid
     * @param query [M, D] of the mapper
     * @param support [K M, D] of the momentum copy
     * @param h height of the coarse grid
     * @param w width of it
     * @param topK P
     */
    Upsampled upsampled(NDArray attention, NDArray query, NDArray support, int h, int w, int topK) {
        NDManager manager = attention.getManager();
        int n = h * w;
        int m = 4 * n;
        int k = (int) (attention.getShape().get(1) / n);
        NDArray nearest = interpolation(manager, new GridDoubling(h, w, 1));
        NDArray linear = interpolation(manager, new GridDoubling(h, w, 0));
        NDArray toFine = mixed(mixSupport, nearest, linear); // [M, N]
        NDArray ofQueries = mixed(mixQuery, nearest, linear); // [M, N]
        NDArray mass = ofQueries.matMul(attention.sum(new int[] {1}, true)); // [M, 1]
        NDArray half = ofQueries.matMul(attention); // [M, K N]
        NDArray scale = mass.div(Layers.times(mass, 4).add(EPSILON)); // [M, 1]
        int p = Math.min(topK, k * m);
        NDArray pairs =
                dense(half.stopGradient(), toFine.stopGradient(), k)
                        .topK(p, 1, true, false)
                        .get(1); // [M, P]
        NDArray values = values(half, pairs, h, w).mul(scale); // [M, P]
        values = atLeastZero(values);

        // of_support is 1 / K: a uniform attention has level 0
        NDArray level =
                Layers.times(values, (float) k * m).add(SMALLEST_SHARE).log().reshape(m, p, 1);
        long hidden = ofAttention.size();
        NDArray of =
                linear(support, ofSupport, null)
                        .get(pairs.reshape((long) m * p))
                        .reshape(m, p, hidden)
                        .add(linear(query, ofQuery, ofQueryBias).reshape(m, 1, hidden))
                        .add(level.mul(ofAttention)); // [M, P, hidden]
        NDArray y = linear(gelu(of), out, outBias).reshape(m, p);
        NDArray refined = values.mul(y.getNDArrayInternal().elu(1).add(1));
        return new Upsampled(half, toFine, scale, pairs, values, refined, mass, k);
    }

    /** Entries of the interpolated matrix, each from the four coarse cells of its column. */
    private NDArray values(NDArray half, NDArray pairs, int h, int w) {
        NDManager manager = half.getManager();
        long m = pairs.getShape().get(0);
        int p = (int) pairs.getShape().get(1);
        int n = h * w;
        GridDoubling doubling = new GridDoubling(h, w, 0);
        long[] columns = pairs.toLongArray();
        long[] from = new long[columns.length * GridDoubling.TAPS];
        for (int i = 0; i < columns.length; i++) {
            int fine = (int) (columns[i] % m);
            long first = columns[i] / m * n;
            for (int tap = 0; tap < GridDoubling.TAPS; tap++) {
                int at = i * GridDoubling.TAPS + tap;
                from[at] = first + doubling.cells[fine * GridDoubling.TAPS + tap];
            }
        }
        NDArray indices = Layers.own(manager, from, new Shape(m, (long) p * GridDoubling.TAPS));
        NDArray shares =
                mixed(
                                mixSupport,
                                Layers.own(manager, NEAREST, new Shape(GridDoubling.TAPS)),
                                Layers.own(manager, LINEAR, new Shape(GridDoubling.TAPS)))
                        .reshape(GridDoubling.TAPS, 1);
        return half.gather(indices, 1)
                .reshape(m * p, GridDoubling.TAPS)
                .matMul(shares)
                .reshape(m, p);
    }

    private static NDArray mixed(NDArray share, NDArray nearest, NDArray linear) {
        return nearest.sub(linear).mul(share).add(linear);
    }

    /** [M, N] of a doubling. */
    private static NDArray interpolation(NDManager manager, GridDoubling doubling) {
        int n = doubling.coarse();
        float[] matrix = new float[doubling.fine() * n];
        for (int j = 0; j < doubling.fine(); j++) {
            for (int tap = 0; tap < GridDoubling.TAPS; tap++) {
                int at = j * GridDoubling.TAPS + tap;
                matrix[j * n + doubling.cells[at]] += doubling.shares[at];
            }
        }
        return Layers.own(manager, matrix, new Shape(doubling.fine(), n));
    }
}
