package org.precedent.service;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.precedent.retrieval.LevelRetriever;

/** The indexes of places and objects in this process. */
@ApplicationScoped
public class LevelIndexes {
    /** Nearest places; empty where no network gives places their vectors. */
    public Optional<LevelRetriever.PlaceSearch> places() {
        return Optional.empty();
    }

    /** Nearest objects; empty where no network gives objects theirs. */
    public Optional<LevelRetriever.ObjectSearch> objects() {
        return Optional.empty();
    }
}
