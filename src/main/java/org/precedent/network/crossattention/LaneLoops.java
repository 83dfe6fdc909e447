package org.precedent.network.crossattention;

import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** A lane for every number. Products are rounded before they are added, as Java's own are. */
final class LaneLoops extends RowLoops {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

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
    void addRows(
            float[] sum,
            float[] factors,
            List<float[]> features,
            int[] columns,
            int first,
            int fine) {
        int dim = sum.length;
        int end = LANES.loopBound(dim);
        for (int d = 0; d < end; d += LANES.length()) {
            FloatVector all = FloatVector.fromArray(LANES, sum, d);
            for (int p = 0; p < factors.length; p++) {
                float[] of = features.get(columns[first + p] / fine);
                int at = columns[first + p] % fine * dim;
                all = all.add(FloatVector.fromArray(LANES, of, at + d).mul(factors[p]));
            }
            all.intoArray(sum, d);
        }
        for (int d = end; d < dim; d++) {
            for (int p = 0; p < factors.length; p++) {
                float[] of = features.get(columns[first + p] / fine);
                sum[d] += factors[p] * of[columns[first + p] % fine * dim + d];
            }
        }
    }
}
