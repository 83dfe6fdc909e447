package org.precedent.embedding;

import java.util.Locale;

/**
 * Where a vector lives. Only vectors of the same space can be compared.
 *
 * @param encoder the encoder's name, e.g. {@code thumbnail}
 * @param encoderHash what identifies the encoder's weights and preprocessing: a short lower-case
 *     hexadecimal hash; a change of either is a new space
 * @param level what one vector stands for
 * @param dimension number of components
 */
public record EmbeddingSpace(String encoder, String encoderHash, Level level, int dimension) {
    public EmbeddingSpace {
        if (!encoder.matches("[a-z0-9-]+") || !encoderHash.matches("[0-9a-f]{8,64}")) {
            throw new IllegalArgumentException(
                    "not an encoder name and hash: " + encoder + ", " + encoderHash);
        }
        if (dimension < 1) {
            throw new IllegalArgumentException("dimension " + dimension);
        }
    }

    /** One word for directories, metrics and answers, e.g. {@code thumbnail-3fa94c11-image-256}. */
    public String id() {
        return encoder
                + "-"
                + encoderHash.substring(0, 8)
                + "-"
                + level.name().toLowerCase(Locale.ROOT)
                + "-"
                + dimension;
    }
}
