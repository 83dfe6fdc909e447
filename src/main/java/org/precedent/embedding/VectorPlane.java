package org.precedent.embedding;

import java.util.Arrays;
import java.util.List;
import tagbio.umap.Umap;

/**
 * Lays vectors out on a plane so that near ones lie near each other: UMAP (McInnes, Healy and
 * Melville 2018). Distances between what lies apart mean nothing. The same vectors and seed give
 * the same plane.
 */
public final class VectorPlane {
    /** Neighbours that decide where a point lies, as the paper's examples have it. */
    private static final int NEIGHBOURS = 15;

    /** With fewer there is nothing to lay out. */
    private static final int LEAST = 6;

    /**
     * From so many vectors on the library looks for neighbours in random trees, and those of its
     * cosine fail. Of vectors of length 1 the straight distance has the same neighbours.
     */
    private static final int BY_TREES = 4096;

    private VectorPlane() {}

    /** A place in the square from 0 to 1. */
    public record Point(float x, float y) {}

    /**
     * The places of some vectors, in their order. Fewer than six are laid on a circle.
     *
     * @param vectors [N][D] float32 of length 1; read only
     */
    public static List<Point> of(List<float[]> vectors, long seed) {
        float[][] places =
                vectors.size() < LEAST
                        ? circle(vectors.size())
                        : new Umap()
                                .setNumberComponents(2)
                                .setNumberNearestNeighbours(
                                        Math.min(NEIGHBOURS, vectors.size() - 1))
                                .setMetric(vectors.size() < BY_TREES ? "cosine" : "euclidean")
                                .setSeed(seed)
                                .setThreads(1)
                                .fitTransform(vectors.toArray(new float[0][]));
        return scaled(places);
    }

    private static float[][] circle(int count) {
        float[][] places = new float[count][];
        for (int i = 0; i < count; i++) {
            double angle = 2 * Math.PI * i / count;
            places[i] = new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
        }
        return places;
    }

    /** Into the unit square, x and y by the same factor. */
    private static List<Point> scaled(float[][] places) {
        float[] least = {Float.MAX_VALUE, Float.MAX_VALUE};
        float[] most = {-Float.MAX_VALUE, -Float.MAX_VALUE};
        for (float[] place : places) {
            for (int d = 0; d < 2; d++) {
                least[d] = Math.min(least[d], place[d]);
                most[d] = Math.max(most[d], place[d]);
            }
        }
        float size = Math.max(1e-6f, Math.max(most[0] - least[0], most[1] - least[1]));
        return Arrays.stream(places)
                .map(place ->
                        new Point(
                                unit(place[0], least[0], most[0], size),
                                unit(place[1], least[1], most[1], size)))
                .toList();
    }

    private static float unit(float value, float least, float most, float size) {
        float place = (value - (least + most) / 2) / size + 0.5f;
        return Math.clamp(place, 0f, 1f);
    }
}
