package org.precedent.network.crossattention;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** A lane for every number. Where products are rounded before they are added, they are in both. */
final class LaneLoops extends RowLoops {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

    /** Lanes that are so many further on come to the first ones. */
    private static final VectorShuffle<Float> BY_EIGHT = VectorShuffle.iota(LANES, 8, 1, true);

    private static final VectorShuffle<Float> BY_FOUR = VectorShuffle.iota(LANES, 4, 1, true);
    private static final VectorShuffle<Float> BY_TWO = VectorShuffle.iota(LANES, 2, 1, true);

    /** Of two vectors one number of each in turn; those of the second one are exceptional. */
    private static final VectorShuffle<Float> FIRST_HALVES =
            VectorShuffle.fromArray(EIGHT, new int[] {0, 8, 1, 9, 2, 10, 3, 11}, 0);

    private static final VectorShuffle<Float> LAST_HALVES =
            VectorShuffle.fromArray(EIGHT, new int[] {4, 12, 5, 13, 6, 14, 7, 15}, 0);

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
    void doubled(float[] framed, GridDoubling axis, int count, float[] doubled) {
        int lanes = EIGHT.length();
        if (axis.w % lanes != 0) {
            super.doubled(framed, axis, count, doubled);
            return;
        }
        int line = axis.line();
        for (int k = 0; k < count; k++) {
            for (int y = 0; y < axis.h; y++) {
                int cell = k * axis.frame() + (y + 1) * line + 1;
                int above = k * axis.fine() + 4 * y * axis.w;
                int below = above + 2 * axis.w;
                for (int x = 0; x < axis.w; x += lanes, cell += lanes) {
                    FloatVector own = eight(framed, cell, axis.own);
                    FloatVector left = own.add(eight(framed, cell - 1, axis.side));
                    FloatVector right = own.add(eight(framed, cell + 1, axis.side));
                    FloatVector up = eight(framed, cell - line, axis.side);
                    FloatVector down = eight(framed, cell + line, axis.side);
                    interleave(
                            left.add(up).add(eight(framed, cell - line - 1, axis.corner)),
                            right.add(up).add(eight(framed, cell - line + 1, axis.corner)),
                            doubled,
                            above + 2 * x);
                    interleave(
                            left.add(down).add(eight(framed, cell + line - 1, axis.corner)),
                            right.add(down).add(eight(framed, cell + line + 1, axis.corner)),
                            doubled,
                            below + 2 * x);
                }
            }
        }
    }

    private static FloatVector eight(float[] values, int at, float share) {
        return FloatVector.fromArray(EIGHT, values, at).mul(share);
    }

    private static void interleave(FloatVector even, FloatVector odd, float[] to, int at) {
        even.rearrange(FIRST_HALVES, odd).intoArray(to, at);
        even.rearrange(LAST_HALVES, odd).intoArray(to, at + EIGHT.length());
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
        int lanes = LANES.length();
        if (hidden % PARTS != 0 || lanes != PARTS && 2 * lanes != PARTS) {
            plain.refine(y, levels, pairs, first, supports, query, cell, attention, out);
            return;
        }
        for (int p = 0; p < y.length; p++) {
            float[] of = supports[pairs.support()[first + p]];
            int at = pairs.cell()[first + p] * hidden;
            FloatVector level = FloatVector.broadcast(LANES, levels[p]);
            FloatVector parts = FloatVector.zero(LANES);
            FloatVector others = FloatVector.zero(LANES);
            for (int c = 0; c < hidden; c += PARTS) {
                FloatVector x =
                        FloatVector.fromArray(LANES, of, at + c)
                                .add(FloatVector.fromArray(LANES, query, cell * hidden + c));
                x = FloatVector.fromArray(LANES, attention, c).fma(level, x);
                parts = gelu(x).fma(FloatVector.fromArray(LANES, out, c), parts);
                if (lanes < PARTS) {
                    int next = c + lanes;
                    x =
                            FloatVector.fromArray(LANES, of, at + next)
                                    .add(FloatVector.fromArray(LANES, query, cell * hidden + next));
                    x = FloatVector.fromArray(LANES, attention, next).fma(level, x);
                    others = gelu(x).fma(FloatVector.fromArray(LANES, out, next), others);
                }
            }
            FloatVector eight = parts.add(lanes < PARTS ? others : parts.rearrange(BY_EIGHT));
            FloatVector four = eight.add(eight.rearrange(BY_FOUR));
            FloatVector two = four.add(four.rearrange(BY_TWO));
            y[p] = two.lane(0) + two.lane(1);
        }
    }

    /** As {@link RowLoops#gelu(float)}, of a lane each. */
    private static FloatVector gelu(FloatVector x) {
        FloatVector z = x.mul(ROOT_HALF).min(ERF_END).max(-ERF_END);
        FloatVector square = z.mul(z);
        FloatVector numerator = FloatVector.broadcast(LANES, ERF_NUMERATOR[0]);
        numerator = numerator.fma(square, FloatVector.broadcast(LANES, ERF_NUMERATOR[1]));
        numerator = numerator.fma(square, FloatVector.broadcast(LANES, ERF_NUMERATOR[2]));
        numerator = numerator.fma(square, FloatVector.broadcast(LANES, ERF_NUMERATOR[3]));
        numerator = numerator.fma(square, FloatVector.broadcast(LANES, ERF_NUMERATOR[4]));
        numerator = numerator.fma(square, FloatVector.broadcast(LANES, ERF_NUMERATOR[5]));
        numerator = numerator.fma(square, FloatVector.broadcast(LANES, ERF_NUMERATOR[6]));
        FloatVector denominator = FloatVector.broadcast(LANES, ERF_DENOMINATOR[0]);
        denominator = denominator.fma(square, FloatVector.broadcast(LANES, ERF_DENOMINATOR[1]));
        denominator = denominator.fma(square, FloatVector.broadcast(LANES, ERF_DENOMINATOR[2]));
        denominator = denominator.fma(square, FloatVector.broadcast(LANES, ERF_DENOMINATOR[3]));
        denominator = denominator.fma(square, FloatVector.broadcast(LANES, ERF_DENOMINATOR[4]));
        FloatVector half = x.mul(0.5f);
        return half.fma(z.mul(numerator).div(denominator), half);
    }
}
