package org.precedent.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.LocationSearch.Hit;

/** Random locations of images, and what is nearest among them, compared one by one. */
public final class LocationFixtures {
    private LocationFixtures() {}

    /** Locations of one image; ties are common: the background of many images looks alike. */
    public static List<Location> locations(int count, int dimension, Random random) {
        List<Location> locations = new ArrayList<>();
        for (int cell = 0; cell < count; cell++) {
            float[] vector =
                    random.nextInt(4) == 0 ? new float[dimension] : vector(dimension, random);
            locations.add(new Location(cell, vector));
        }
        return locations;
    }

    /** A vector of any direction and length. */
    public static float[] vector(int dimension, Random random) {
        float[] vector = new float[dimension];
        for (int c = 0; c < dimension; c++) {
            vector[c] = (float) (3 * random.nextGaussian());
        }
        return vector;
    }

    /** The k locations of some images that are most similar to a query. */
    public static List<Hit> nearest(
            float[] query, Map<UUID, List<Location>> truth, List<UUID> images, int k) {
        List<Hit> hits = new ArrayList<>();
        for (UUID image : images) {
            for (Location location : truth.get(image)) {
                float similarity = (float) Vectors.product(query, location.vector());
                hits.add(new Hit(image, location.cell(), similarity));
            }
        }
        hits.sort(Hit.ORDER);
        return hits.subList(0, Math.min(k, hits.size()));
    }
}
