package org.precedent.index;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.Level;
import org.precedent.index.IndexEntry.Membership;

/** Images, vectors and filters for tests of indexes. */
public final class ImageFixtures {
    private ImageFixtures() {}

    public static EmbeddingSpace space(int dimension) {
        return new EmbeddingSpace("fixture", "0123456789abcdef", Level.IMAGE, dimension);
    }

    public static UUID id(long number) {
        return new UUID(0x0190_0000_0000_7000L, 0x8000_0000_0000_0000L | number);
    }

    public static String sha(long number) {
        return String.format("%064x", number);
    }

    /** An image of pool 1, label 1, approved, from version 1 on. */
    public static IndexEntry image(long number, float[] vector) {
        return image(number, vector, member(1, 1, ReviewState.APPROVED, 1, Membership.STILL));
    }

    public static IndexEntry image(long number, float[] vector, Membership... memberships) {
        return new IndexEntry(
                id(number), vector, "a", "p" + number, sha(number), List.of(memberships));
    }

    public static Membership member(int pool, int label, ReviewState state, int from, int until) {
        return new Membership(pool, label, state, from, until);
    }

    /** Pool 1, label 1, approved, version 1, nothing excluded. */
    public static SupportFilter everything() {
        return filter(1, 1, 1, EnumSet.of(ReviewState.APPROVED));
    }

    public static SupportFilter filter(int pool, int version, int label, Set<ReviewState> states) {
        return new SupportFilter(
                Scope.machine().anyPool(pool), version, label, states, null, null, null);
    }

    /** Everything that is indexed, read in pages of three entries. */
    public static List<IndexEntry> dump(ImageSearch index) {
        List<IndexEntry> all = new ArrayList<>();
        Pages.entries(index, 3).forEachRemaining(all::add);
        return all;
    }

    /** All images that pass a filter, however many are asked for at once. */
    public static List<UUID> eligible(ImageSearch index, SupportFilter filter) {
        List<UUID> all = index.eligible(filter, Integer.MAX_VALUE);
        for (int limit = 1; limit <= all.size(); limit += 3) {
            List<UUID> first = index.eligible(filter, limit);
            if (!first.equals(all.subList(0, limit))) {
                throw new AssertionError("the first " + limit + " of " + all + " are " + first);
            }
        }
        return all;
    }

    /** A unit vector with one component. */
    public static float[] axis(int dimension, int component) {
        float[] vector = new float[dimension];
        vector[component] = 1;
        return vector;
    }

    public static float[] random(int dimension, Random random) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return normalised(vector);
    }

    /** Unit vectors around cluster centres, as images of a few kinds embed. */
    public static List<float[]> clustered(int n, int dimension, int clusters, Random random) {
        List<float[]> centres = new ArrayList<>();
        for (int c = 0; c < clusters; c++) {
            centres.add(random(dimension, random));
        }
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            vectors.add(near(centres.get(random.nextInt(clusters)), 0.5, random));
        }
        return vectors;
    }

    /** A unit vector near another. */
    public static float[] near(float[] centre, double spread, Random random) {
        float[] vector = new float[centre.length];
        double scale = spread / Math.sqrt(centre.length);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (centre[i] + scale * random.nextGaussian());
        }
        return normalised(vector);
    }

    public static float[] normalised(float[] vector) {
        double squares = 0;
        for (float component : vector) {
            squares += (double) component * component;
        }
        float[] unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / Math.sqrt(squares));
        }
        return unit;
    }
}
