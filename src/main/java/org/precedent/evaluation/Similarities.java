package org.precedent.evaluation;

import java.util.HashMap;
import java.util.Map;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.Raster;
import org.precedent.index.Vectors;

/**
 * Cosines between the images of one dataset. Every image is embedded once, and long vectors (a
 * flattened feature map has a million components) are kept in half precision, which moves a cosine
 * by less than 1e-5, and compared once a pair.
 */
final class Similarities {
    /** More components than this are long. */
    private static final int LONG = 4096;

    private final ImageEmbedder embedder;
    private final boolean isLong;
    private final Map<String, float[]> vectors = new HashMap<>();
    private final Map<String, short[]> halfVectors = new HashMap<>();
    private final Map<Pair, Double> cosines = new HashMap<>();

    /** Two images, the lesser id first. */
    private record Pair(String a, String b) {
        static Pair of(String a, String b) {
            return a.compareTo(b) < 0 ? new Pair(a, b) : new Pair(b, a);
        }
    }

    Similarities(ImageEmbedder embedder) {
        this.embedder = embedder;
        this.isLong = embedder.space().dimension() > LONG;
    }

    /** Whether vectors are long, so that none is kept in full. */
    boolean isLong() {
        return isLong;
    }

    /** The cosine of two images, which their ids tell apart. */
    double of(String a, Raster imageA, String b, Raster imageB) {
        if (!isLong) {
            return Vectors.product(vector(a, imageA), vector(b, imageB));
        }
        return cosines.computeIfAbsent(
                Pair.of(a, b), pair -> dot(halfVector(a, imageA), halfVector(b, imageB)));
    }

    /** The vector of an image; read only. */
    float[] vector(String id, Raster image) {
        return vectors.computeIfAbsent(id, i -> embedder.embed(image));
    }

    private short[] halfVector(String id, Raster image) {
        return halfVectors.computeIfAbsent(
                id,
                i -> {
                    float[] vector = embedder.embed(image);
                    short[] half = new short[vector.length];
                    for (int c = 0; c < half.length; c++) {
                        half[c] = Float.floatToFloat16(vector[c]);
                    }
                    return half;
                });
    }

    private static double dot(short[] a, short[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) Float.float16ToFloat(a[i]) * Float.float16ToFloat(b[i]);
        }
        return sum;
    }
}
