package org.precedent.index;

import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** A lane for every vector: a component of another is multiplied with that of many at once. */
final class LaneDotProduct extends BlockDotProduct {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    private final int dimension;
    private final int stride;

    /** [D][stride]: the same component of all vectors side by side, zeros behind the last. */
    private final float[] components;

    LaneDotProduct(List<float[]> vectors) {
        this.dimension = vectors.getFirst().length;
        this.stride = (vectors.size() + LANES.length() - 1) / LANES.length() * LANES.length();
        this.components = new float[dimension * stride];
        for (int q = 0; q < vectors.size(); q++) {
            for (int d = 0; d < dimension; d++) {
                components[d * stride + q] = vectors.get(q)[d];
            }
        }
    }

    @Override
    public int stride() {
        return stride;
    }

    @Override
    public void with(float[][] others, float[] out) {
        float[] first = others[0];
        float[] second = others[1];
        float[] third = others[2];
        float[] fourth = others[3];
        for (int q = 0; q < stride; q += LANES.length()) {
            FloatVector a = FloatVector.zero(LANES);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector e = a;
            for (int d = 0; d < dimension; d++) {
                FloatVector all = FloatVector.fromArray(LANES, components, d * stride + q);
                a = all.fma(FloatVector.broadcast(LANES, first[d]), a);
                b = all.fma(FloatVector.broadcast(LANES, second[d]), b);
                c = all.fma(FloatVector.broadcast(LANES, third[d]), c);
                e = all.fma(FloatVector.broadcast(LANES, fourth[d]), e);
            }
            a.intoArray(out, q);
            b.intoArray(out, stride + q);
            c.intoArray(out, 2 * stride + q);
            e.intoArray(out, 3 * stride + q);
        }
    }
}
