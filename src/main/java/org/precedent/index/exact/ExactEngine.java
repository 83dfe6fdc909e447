package org.precedent.index.exact;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexException;
import org.precedent.index.IndexHome;
import org.precedent.index.LocationIndex;
import org.precedent.index.LocationSearch;
import org.precedent.index.SearchableIndex;
import org.precedent.index.WritableIndex;

/**
 * The engine that keeps everything in memory, for as long as it is referred to, and compares all
 * that is eligible. It takes no snapshots.
 */
public final class ExactEngine implements IndexEngine {
    private final Map<String, ImageIndex> images = new ConcurrentHashMap<>();
    private final Map<String, LocationIndex> locations = new ConcurrentHashMap<>();

    @Override
    public IndexHome<ImageSearch, ImageIndex> images(EmbeddingSpace space) {
        return new Home<>(space, images) {
            @Override
            ImageIndex create() {
                return new ExactImageIndex(space);
            }

            @Override
            public ImageSearch search(ImageIndex index) {
                return index;
            }
        };
    }

    @Override
    public IndexHome<LocationSearch, LocationIndex> locations(
            EmbeddingSpace space, Supplier<ImageSearch> members) {
        return new Home<>(space, locations) {
            @Override
            LocationIndex create() {
                return new ExactLocationIndex(space, members);
            }

            @Override
            public LocationSearch search(LocationIndex index) {
                return index;
            }
        };
    }

    /** The memory of one index. */
    private abstract static class Home<S extends SearchableIndex, W extends WritableIndex>
            implements IndexHome<S, W> {
        private final EmbeddingSpace space;
        private final Map<String, W> held;

        Home(EmbeddingSpace space, Map<String, W> held) {
            this.space = space;
            this.held = held;
        }

        abstract W create();

        @Override
        public String name() {
            return space.id();
        }

        @Override
        public W open() {
            return held.computeIfAbsent(name(), id -> create());
        }

        @Override
        public W recreate() {
            W index = create();
            held.put(name(), index);
            return index;
        }

        @Override
        public S read() {
            W index = held.get(name());
            if (index == null) {
                throw IndexException.of(
                        IndexException.Code.MISSING, "no index of " + name() + " in memory");
            }
            return search(index);
        }

        @Override
        public boolean exists() {
            return held.containsKey(name());
        }

        @Override
        public boolean intact() {
            return true;
        }

        @Override
        public long snapshot(Path to) {
            throw durableOnly();
        }

        @Override
        public long sequenceOf(Path snapshot) {
            throw durableOnly();
        }

        @Override
        public void restore(Path snapshot) {
            throw durableOnly();
        }

        private static UnsupportedOperationException durableOnly() {
            return new UnsupportedOperationException("an index in memory has no snapshots");
        }
    }
}
