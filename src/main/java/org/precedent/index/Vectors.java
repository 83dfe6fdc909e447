package org.precedent.index;

import org.precedent.embedding.EmbeddingSpace;

/** Arithmetic on vectors. */
public final class Vectors {
    /** Embedders normalise in float: lengths differ from 1 by far less; a mistake by far more. */
    private static final double LENGTH_TOLERANCE = 1e-3;

    private Vectors() {}

    /** Inner product of two unit vectors, clamped to [-1, 1]; as {@link #product}. */
    public static float similarity(float[] a, float[] b) {
        return Math.clamp((float) product(a, b), -1f, 1f);
    }

    /**
     * Inner product. BlockDotProduct of floats are exact in double and the order of the sum is
     * fixed, so a pair has one product on every machine, whatever segment or lane it sits in.
     */
    public static double product(float[] a, float[] b) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < a.length; i += 4) {
            s0 += (double) a[i] * b[i];
            s1 += (double) a[i + 1] * b[i + 1];
            s2 += (double) a[i + 2] * b[i + 2];
            s3 += (double) a[i + 3] * b[i + 3];
        }
        for (; i < a.length; i++) {
            s0 += (double) a[i] * b[i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /**
     * @param what names the vector in the refusal
     * @throws IndexException when it has not D components
     */
    public static void checkDimension(float[] vector, EmbeddingSpace space, String what) {
        if (vector.length != space.dimension()) {
            throw IndexException.of(
                            IndexException.Code.DIMENSION,
                            what
                                    + " has "
                                    + vector.length
                                    + " components, but "
                                    + space.id()
                                    + " has "
                                    + space.dimension()
                                    + ": embed with this space's encoder")
                    .with("value", vector.length)
                    .with("limit", space.dimension());
        }
    }

    /**
     * @param what names the vector in the refusal
     * @throws IndexException when it has not D components or not length 1
     */
    public static void check(float[] vector, EmbeddingSpace space, String what) {
        checkDimension(vector, space, what);
        double length = Math.sqrt(product(vector, vector));
        if (!(Math.abs(length - 1) <= LENGTH_TOLERANCE)) {
            throw IndexException.of(
                            IndexException.Code.NOT_UNIT,
                            what + " has length " + length + ", expected 1: normalise it")
                    .with("value", length)
                    .with("limit", 1.0);
        }
    }

    public static void checkK(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("k is " + k + ", expected at least 1");
        }
    }
}
