package org.precedent.projection;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;

/** Where the indexes of the catalogue lie: whoever asks has them made where they were not there. */
@ApplicationScoped
public class IndexPlaces {
    private final ImageProjection images;
    private final LevelIndexes levels;

    IndexPlaces(ImageProjection images, LevelIndexes levels) {
        this.images = images;
        this.levels = levels;
    }

    /** A line for each index: images first, then locations and objects. */
    public List<String> all() {
        List<String> places = new ArrayList<>();
        images.indexes().forEach(index -> places.add(index.place()));
        levels.projectors().forEach(level -> places.add(level.index().place()));
        return List.copyOf(places);
    }
}
