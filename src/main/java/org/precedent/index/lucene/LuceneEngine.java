package org.precedent.index.lucene;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.apache.lucene.index.IndexWriter;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexHome;
import org.precedent.index.LocationIndex;
import org.precedent.index.LocationSearch;
import org.precedent.index.SearchableIndex;
import org.precedent.index.WritableIndex;

/**
 * The embedded engine: a directory of Lucene files for each space, so that an index of another
 * encoder is never mistaken for it. A directory has one writer among all processes; the others read
 * its commits.
 */
public final class LuceneEngine implements IndexEngine {
    private final Path catalogue;
    private final String patientKeys;
    private final HnswConfig images;
    private final HnswConfig locations;

    /**
     * @param catalogue where the indexes of one catalogue lie; made when absent
     * @param patientKeys fingerprint of the key that stands for patients
     */
    public LuceneEngine(Path catalogue, String patientKeys) {
        this(catalogue, patientKeys, HnswConfig.DEFAULT, HnswConfig.LOCATIONS);
    }

    /**
     * @param catalogue where the indexes of one catalogue lie; made when absent
     * @param patientKeys fingerprint of the key that stands for patients
     * @param images how graphs of images and objects are built and searched
     * @param locations how those of locations are
     */
    public LuceneEngine(
            Path catalogue, String patientKeys, HnswConfig images, HnswConfig locations) {
        this.catalogue = catalogue;
        this.patientKeys = patientKeys;
        this.images = images;
        this.locations = locations;
    }

    @Override
    public IndexHome<ImageSearch, ImageIndex> images(EmbeddingSpace space) {
        IndexContent content = new IndexContent(space, patientKeys);
        return new Home<>(catalogue.resolve(space.id())) {
            @Override
            public ImageIndex open() {
                return LuceneImageIndex.open(directory, content, images);
            }

            @Override
            public ImageIndex recreate() {
                return LuceneImageIndex.recreate(directory, content, images);
            }

            @Override
            public ImageSearch search(ImageIndex index) {
                return index;
            }

            @Override
            public ImageSearch read() {
                return LuceneImageSearch.open(directory, content, images);
            }
        };
    }

    @Override
    public IndexHome<LocationSearch, LocationIndex> locations(
            EmbeddingSpace space, Supplier<ImageSearch> members) {
        return new Home<>(catalogue.resolve(space.id())) {
            @Override
            public LocationIndex open() {
                return LuceneLocationIndex.open(directory, space, members, locations);
            }

            @Override
            public LocationIndex recreate() {
                return LuceneLocationIndex.recreate(directory, space, members, locations);
            }

            @Override
            public LocationSearch search(LocationIndex index) {
                return index;
            }

            @Override
            public LocationSearch read() {
                return LuceneLocationSearch.open(directory, space, members, locations);
            }
        };
    }

    /** One directory. */
    private abstract static class Home<S extends SearchableIndex, W extends WritableIndex>
            implements IndexHome<S, W> {
        final Path directory;

        Home(Path directory) {
            this.directory = directory;
        }

        @Override
        public String name() {
            return directory.getFileName().toString();
        }

        @Override
        public String place() {
            return directory.toString();
        }

        @Override
        public boolean exists() {
            return Files.isDirectory(directory);
        }

        /** The writer's lock is a file that only it makes and nobody deletes. */
        @Override
        public boolean intact() {
            return Files.exists(directory.resolve(IndexWriter.WRITE_LOCK_NAME));
        }

        @Override
        public long snapshot(Path to) {
            return IndexSnapshots.take(directory, to);
        }

        @Override
        public long sequenceOf(Path snapshot) {
            return IndexSnapshots.sequence(snapshot);
        }

        @Override
        public void restore(Path snapshot) {
            IndexSnapshots.restore(snapshot, directory);
        }

        @Override
        public String toString() {
            return directory.toString();
        }
    }
}
