package org.precedent.index;

import java.util.List;
import org.apache.lucene.util.VectorUtil;

/**
 * Inner products of many vectors with four others at a time, in float: for scans, which then look
 * at the best again in double ({@link Vectors#product}). Where the JVM has the module of vector
 * instructions, a scan takes about a fifth of the time of products one by one.
 */
public abstract class BlockDotProduct {
    /** Others that are multiplied together. */
    public static final int GROUP = 4;

    private static final boolean INSTRUCTIONS =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    /**
     * @param vectors at least one, all [D]
     */
    public static BlockDotProduct of(List<float[]> vectors) {
        return INSTRUCTIONS ? new LaneDotProduct(vectors) : new PairProducts(vectors);
    }

    /** BlockDotProduct of one of the four with all vectors begin at a multiple of this. */
    public abstract int stride();

    /**
     * Computes the products of all vectors with four others.
     *
     * @param others {@value #GROUP} of [D]
     * @param out [{@value #GROUP} * stride], the product with vector q of other i at i * stride +
     *     q; off by at most (D + 8) 2^-24 times the lengths of both
     */
    public abstract void with(float[][] others, float[] out);

    /** One pair after the other. */
    static final class PairProducts extends BlockDotProduct {
        private final List<float[]> vectors;

        PairProducts(List<float[]> vectors) {
            this.vectors = vectors;
        }

        @Override
        public int stride() {
            return vectors.size();
        }

        @Override
        public void with(float[][] others, float[] out) {
            for (int i = 0; i < GROUP; i++) {
                for (int q = 0; q < vectors.size(); q++) {
                    out[i * stride() + q] = VectorUtil.dotProduct(vectors.get(q), others[i]);
                }
            }
        }
    }
}
