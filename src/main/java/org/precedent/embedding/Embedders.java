package org.precedent.embedding;

import java.util.List;

/** The image embedders that need no weights, by name. */
public final class Embedders {
    private Embedders() {}

    /** The names that {@link #byName} knows. */
    public static List<String> names() {
        return List.of(ThumbnailEmbedder.NAME);
    }

    /**
     * The embedder of a name.
     *
     * @throws EmbeddingException when there is no such embedder
     */
    public static ImageEmbedder byName(String name) {
        return switch (name) {
            case ThumbnailEmbedder.NAME -> new ThumbnailEmbedder();
            default -> throw EmbeddingException.unknown(name, names());
        };
    }
}
