package org.precedent.index;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.precedent.embedding.LocationEmbedder.Location;

/**
 * An index of locations that also grows. A projection: it holds the images of the catalogue's
 * outbox up to {@link #sequence}. One writer at a time; searches of its process see whole batches
 * or nothing of them.
 */
public interface LocationIndex extends LocationSearch, WritableIndex {

    /**
     * Adds images and makes them visible together with the sequence, or nothing of them; durable a
     * little later, as {@link ImageIndex#apply} says.
     *
     * @param images the locations of each image; replaces what was known of it. None: the image was
     *     erased, and nothing of it may stay in the files
     * @param sequence the outbox sequence reached with them; not below {@link #sequence}
     * @throws IndexException when a vector does not fit the space, the sequence would fall, or the
     *     files cannot be written
     */
    void put(Map<UUID, List<Location>> images, long sequence);
}
