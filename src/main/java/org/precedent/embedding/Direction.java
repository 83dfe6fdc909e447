package org.precedent.embedding;

/** Vectors that are compared by cosine: only where they point matters. */
final class Direction {
    private Direction() {}

    /**
     * Scales a vector to length 1, in place.
     *
     * @param encoder whose vector it is
     * @return the same array
     * @throws EmbeddingException when it has no direction: it is zero, or not finite
     */
    static float[] of(float[] vector, String encoder) {
        double squares = 0;
        for (float component : vector) {
            squares += (double) component * component;
        }
        double length = Math.sqrt(squares);
        if (!(length > 0) || !Double.isFinite(length)) {
            throw EmbeddingException.noDirection(encoder);
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / length);
        }
        return vector;
    }
}
