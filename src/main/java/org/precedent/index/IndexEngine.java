package org.precedent.index;

import java.util.function.Supplier;
import org.precedent.embedding.EmbeddingSpace;

/**
 * An engine that keeps vectors: the only way to an index. One engine keeps all indexes of one
 * catalogue, one a space. It opens nothing before it is asked to, and lets go of nothing: whoever
 * opens an index closes it.
 */
public interface IndexEngine {

    /**
     * Whether its indexes are those of all nodes on the catalogue, wherever they run, so that one
     * of these writes them; else they are files, and whoever reaches the files shares them.
     */
    default boolean isShared() {
        return false;
    }

    /** Where the index of whole images, or of objects, of a space is kept. */
    IndexHome<ImageSearch, ImageIndex> images(EmbeddingSpace space);

    /**
     * Where the index of the locations of a space is kept.
     *
     * @param members the index of images, of this same engine, whose memberships say which images
     *     pass a filter; asked anew for each search. The engine joins the two by itself: no list of
     *     images leaves it.
     */
    IndexHome<LocationSearch, LocationIndex> locations(
            EmbeddingSpace space, Supplier<ImageSearch> members);
}
