package org.precedent.network.crossattention;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** A lane for every number. Where products are rounded before they are added, they are in both. */
final class LaneLoops extends RowLoops {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    /** Of {@link #PARTS} lanes, whatever the machine prefers: sums must not depend on that. */
    private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

    private static final VectorShuffle<Float> BY_FOUR =
            VectorShuffle.fromArray(EIGHT, new int[] {4, 5, 6, 7, 0, 1, 2, 3}, 0);
    private static final VectorShuffle<Float> BY_TWO =
            VectorShuffle.fromArray(EIGHT, new int[] {2, 3, 0, 1, 6, 7, 4, 5}, 0);

    private final RowLoops plain = new PlainLoops();

    @Override
    int atLeast(float bound, float[] values, int[] found) {
        FloatVector least = FloatVector.broadcast(LANES, bound);
        int count = 0;
        int end = LANES.loopBound(values.length);
        for (int j = 0; j < end; j += LANES.length()) {
            long lanes =
                    FloatVector.fromArray(LANES, values, j)
                            .compare(VectorOperators.GE, least)
                            .toLong();
            while (lanes != 0) {
                found[count++] = j + Long.numberOfTrailingZeros(lanes);
                lanes &= lanes - 1;
            }
        }
        return PlainLoops.atLeast(bound, values, end, found, count);
    }

    @Override
    void peaks(float[] framed, GridDoubling axis, float[] peaks) {
        int line = axis.line();
        int j = line + 1;
        for (; j <= framed.length - line - 1 - LANES.length(); j += LANES.length()) {
            FloatVector own = at(framed, j, axis.own);
            FloatVector left = own.add(at(framed, j - 1, axis.side));
            FloatVector right = own.add(at(framed, j + 1, axis.side));
            FloatVector up = at(framed, j - line, axis.side);
            FloatVector down = at(framed, j + line, axis.side);
            FloatVector above =
                    left.add(up)
                            .add(at(framed, j - line - 1, axis.corner))
                            .max(right.add(up).add(at(framed, j - line + 1, axis.corner)));
            FloatVector below =
                    left.add(down)
                            .add(at(framed, j + line - 1, axis.corner))
                            .max(right.add(down).add(at(framed, j + line + 1, axis.corner)));
            above.max(below).intoArray(peaks, j);
        }
        PlainLoops.peaks(framed, axis, j, peaks);
    }

    private static FloatVector at(float[] values, int at, float share) {
        return FloatVector.fromArray(LANES, values, at).mul(share);
    }

    @Override
    int countAtLeast(float bound, float[] values, int count) {
        FloatVector least = FloatVector.broadcast(LANES, bound);
        int found = 0;
        int end = LANES.loopBound(count);
        for (int j = 0; j < end; j += LANES.length()) {
            found +=
                    FloatVector.fromArray(LANES, values, j)
                            .compare(VectorOperators.GE, least)
                            .trueCount();
        }
        return found + PlainLoops.countAtLeast(bound, values, end, count);
    }

    @Override
    void addRows(float[] sum, float[] factors, Pairs pairs, int first, float[][] features) {
        int dim = sum.length;
        int lanes = LANES.length();
        int d = 0;
        for (; d + 3 * lanes <= dim; d += 3 * lanes) {
            FloatVector a = FloatVector.fromArray(LANES, sum, d);
            FloatVector b = FloatVector.fromArray(LANES, sum, d + lanes);
            FloatVector c = FloatVector.fromArray(LANES, sum, d + 2 * lanes);
            for (int p = 0; p < factors.length; p++) {
                float[] of = features[pairs.support()[first + p]];
                int at = pairs.cell()[first + p] * dim + d;
                FloatVector factor = FloatVector.broadcast(LANES, factors[p]);
                a = a.add(FloatVector.fromArray(LANES, of, at).mul(factor));
                b = b.add(FloatVector.fromArray(LANES, of, at + lanes).mul(factor));
                c = c.add(FloatVector.fromArray(LANES, of, at + 2 * lanes).mul(factor));
            }
            a.intoArray(sum, d);
            b.intoArray(sum, d + lanes);
            c.intoArray(sum, d + 2 * lanes);
        }
        for (; d + lanes <= dim; d += lanes) {
            FloatVector all = FloatVector.fromArray(LANES, sum, d);
            for (int p = 0; p < factors.length; p++) {
                float[] of = features[pairs.support()[first + p]];
                int at = pairs.cell()[first + p] * dim + d;
                all = all.add(FloatVector.fromArray(LANES, of, at).mul(factors[p]));
            }
            all.intoArray(sum, d);
        }
        for (; d < dim; d++) {
            for (int p = 0; p < factors.length; p++) {
                float[] of = features[pairs.support()[first + p]];
                sum[d] += factors[p] * of[pairs.cell()[first + p] * dim + d];
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
        if (hidden % PARTS != 0) {
            plain.refine(y, levels, pairs, first, supports, query, cell, attention, out);
            return;
        }
        for (int p = 0; p < y.length; p++) {
            float[] of = supports[pairs.support()[first + p]];
            int at = pairs.cell()[first + p] * hidden;
            FloatVector level = FloatVector.broadcast(EIGHT, levels[p]);
            FloatVector parts = FloatVector.zero(EIGHT);
            for (int c = 0; c < hidden; c += PARTS) {
                FloatVector x =
                        FloatVector.fromArray(EIGHT, of, at + c)
                                .add(FloatVector.fromArray(EIGHT, query, cell * hidden + c));
                x = FloatVector.fromArray(EIGHT, attention, c).fma(level, x);
                parts = gelu(x).fma(FloatVector.fromArray(EIGHT, out, c), parts);
            }
            parts = parts.add(parts.rearrange(BY_FOUR));
            parts = parts.add(parts.rearrange(BY_TWO));
            y[p] = parts.lane(0) + parts.lane(1);
        }
    }

    /** As {@link RowLoops#gelu(float)}, of eight numbers. */
    private static FloatVector gelu(FloatVector x) {
        FloatVector z = x.mul(ROOT_HALF).min(ERF_END).max(-ERF_END);
        FloatVector square = z.mul(z);
        FloatVector numerator = constant(ERF_NUMERATOR[0]);
        numerator = numerator.fma(square, constant(ERF_NUMERATOR[1]));
        numerator = numerator.fma(square, constant(ERF_NUMERATOR[2]));
        numerator = numerator.fma(square, constant(ERF_NUMERATOR[3]));
        numerator = numerator.fma(square, constant(ERF_NUMERATOR[4]));
        numerator = numerator.fma(square, constant(ERF_NUMERATOR[5]));
        numerator = numerator.fma(square, constant(ERF_NUMERATOR[6]));
        FloatVector denominator = constant(ERF_DENOMINATOR[0]);
        denominator = denominator.fma(square, constant(ERF_DENOMINATOR[1]));
        denominator = denominator.fma(square, constant(ERF_DENOMINATOR[2]));
        denominator = denominator.fma(square, constant(ERF_DENOMINATOR[3]));
        denominator = denominator.fma(square, constant(ERF_DENOMINATOR[4]));
        FloatVector half = x.mul(0.5f);
        return half.fma(z.mul(numerator).div(denominator), half);
    }

    private static FloatVector constant(float value) {
        return FloatVector.broadcast(EIGHT, value);
    }
}
