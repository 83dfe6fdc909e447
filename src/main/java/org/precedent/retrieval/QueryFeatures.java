package org.precedent.retrieval;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.LocationEmbedder;

/**
 * What one label of a query looks like.
 *
 * @param image [D] of length 1, in the space of the image index
 * @param locations the points of the query that ask for locations like theirs, with their vectors;
 *     empty where none do
 * @param object [D] of length 1, in the space of the object index; null where there is none
 */
public record QueryFeatures(
        float[] image, List<LocationEmbedder.Question> locations, float @Nullable [] object) {
    public QueryFeatures {
        locations = List.copyOf(locations);
    }

    /** A query of which only the whole image was looked at. */
    public static QueryFeatures whole(float[] image) {
        return new QueryFeatures(image, List.of(), null);
    }
}
