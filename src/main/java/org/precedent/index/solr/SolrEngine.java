package org.precedent.index.solr;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexException;
import org.precedent.index.IndexHome;
import org.precedent.index.LocationIndex;
import org.precedent.index.LocationSearch;
import org.precedent.index.SearchableIndex;
import org.precedent.index.WritableIndex;
import org.precedent.index.solr.SolrCollection.Similarity;
import org.precedent.index.solr.SolrCollection.Stamp;

/**
 * The engine of a cluster: a SolrCloud collection for each space, {@code
 * precedent_CATALOGUE_SPACE}, made with its schema when it is first opened. A collection has one
 * writer among all processes, for as long as that one shows signs of life.
 */
public final class SolrEngine implements IndexEngine {
    /** Whose markers count in a collection that nobody has written yet. */
    private static final String FIRST = "first";

    private final SolrHttp http;
    private final SolrSettings settings;
    private final String catalogue;
    private final String patientKeys;
    private final boolean elected;

    /**
     * @param nodes addresses of nodes of the cluster, at least one
     * @param catalogue whose indexes these are
     * @param patientKeys fingerprint of the key that stands for patients
     * @param elected whether an index is opened to write by an elected process alone: it takes over
     *     at once, and waits for no sign of life of the one before
     * @throws org.precedent.ServiceException naming the setting that cannot be used
     */
    public SolrEngine(
            SolrConfig config,
            List<URI> nodes,
            UUID catalogue,
            String patientKeys,
            boolean elected) {
        this(SolrSettings.of(config, nodes), catalogue.toString(), patientKeys, elected);
    }

    SolrEngine(SolrSettings settings, String catalogue, String patientKeys, boolean elected) {
        this.elected = elected;
        this.settings = settings;
        this.http = new SolrHttp(settings);
        this.catalogue = catalogue;
        this.patientKeys = patientKeys;
    }

    @Override
    public boolean isShared() {
        return true;
    }

    private SolrCollection collection(EmbeddingSpace space, Similarity similarity) {
        return new SolrCollection(
                http, "precedent_" + catalogue + "_" + space.id(), similarity, space.dimension());
    }

    @Override
    public IndexHome<ImageSearch, ImageIndex> images(EmbeddingSpace space) {
        SolrCollection collection = collection(space, Similarity.DOT_PRODUCT);
        IndexContent content = new IndexContent(space, patientKeys);
        return new Home<>(content, collection, settings, elected) {
            @Override
            ImageIndex writing(SolrWriter writer) {
                return new SolrImageIndex(collection, space, writer, settings);
            }

            @Override
            public ImageSearch search(ImageIndex index) {
                return index;
            }

            @Override
            public ImageSearch read() {
                return new SolrImageSearch(
                        collection, space, VisibleState.of(collection, content), settings);
            }
        };
    }

    @Override
    public IndexHome<LocationSearch, LocationIndex> locations(
            EmbeddingSpace space, Supplier<ImageSearch> members) {
        SolrCollection collection = collection(space, Similarity.MAXIMUM_INNER_PRODUCT);
        IndexContent content = IndexContent.of(space);
        return new Home<>(content, collection, settings, elected) {
            @Override
            LocationIndex writing(SolrWriter writer) {
                return new SolrLocationIndex(collection, space, writer, members, settings);
            }

            @Override
            public LocationSearch search(LocationIndex index) {
                return index;
            }

            @Override
            public LocationSearch read() {
                return new SolrLocationSearch(
                        collection, space, VisibleState.of(collection, content), members, settings);
            }
        };
    }

    /** One collection, and what is known of whoever writes it. */
    private abstract static class Home<S extends SearchableIndex, W extends WritableIndex>
            implements IndexHome<S, W> {
        private final IndexContent content;
        private final SolrCollection collection;
        private final SolrSettings settings;
        private final boolean elected;

        /** What this process has opened last. */
        private @Nullable SolrWriter writer;

        /** The state of another writer that was seen last, and since when it is the same. */
        private long seenVersion = SolrCollection.ABSENT;

        private long seenSince;
        private long lockedAt;

        Home(
                IndexContent content,
                SolrCollection collection,
                SolrSettings settings,
                boolean elected) {
            this.elected = elected;
            this.content = content;
            this.collection = collection;
            this.settings = settings;
            this.lockedAt = System.nanoTime() - settings.lease().toNanos();
        }

        abstract W writing(SolrWriter writer);

        @Override
        public String name() {
            return content.space().id();
        }

        @Override
        public String place() {
            return collection.description();
        }

        @Override
        public synchronized W open() {
            // Who waits for another writer's end need not ask more often than that one can end.
            if (!elected && System.nanoTime() - lockedAt < settings.lease().toNanos() / 16) {
                throw SolrWriter.locked(collection);
            }
            Stamp stamp = collection.state().orElseGet(this::start);
            stamp.state().check(content, collection.name());
            refuseWhileWritten(stamp);
            SolrWriter mine = new SolrWriter(collection, stamp, settings.lease());
            writer = mine;
            return writing(mine);
        }

        private Stamp start() {
            collection.create(settings.shards(), settings.replicas());
            IndexState empty =
                    IndexState.empty(content, FIRST, collection.mark(settings.shards(), FIRST));
            long version =
                    collection
                            .write(empty, SolrCollection.ABSENT)
                            .orElseThrow(() -> SolrWriter.locked(collection));
            return new Stamp(empty, version);
        }

        private void refuseWhileWritten(Stamp stamp) {
            if (elected || stamp.state().owner().isEmpty()) {
                return;
            }
            long now = System.nanoTime();
            if (stamp.version() != seenVersion) {
                seenVersion = stamp.version();
                seenSince = now;
            }
            // By this machine's clock alone: how long it has seen no sign of life.
            if (now - seenSince <= settings.lease().toNanos()) {
                lockedAt = now;
                throw SolrWriter.locked(collection);
            }
        }

        @Override
        public synchronized W recreate() {
            SolrWriter mine = writer;
            if (mine != null && mine.isLost()) {
                return open(); // what another process wrote meanwhile is whole
            }
            Optional<Stamp> there = readable();
            if (there.isPresent()) {
                refuseWhileWritten(there.get());
            }
            collection.delete();
            return open();
        }

        private Optional<Stamp> readable() {
            try {
                return collection.state();
            } catch (IndexException e) {
                if (e.code() != IndexException.Code.CORRUPT) {
                    throw e;
                }
                return Optional.empty();
            }
        }

        @Override
        public boolean exists() {
            return collection.exists();
        }

        @Override
        public synchronized boolean intact() {
            SolrWriter mine = writer;
            Optional<Stamp> there = collection.state();
            return there.isPresent() && (mine == null || mine.owns(there.get().state()));
        }

        @Override
        public long snapshot(Path to) {
            throw noSnapshots();
        }

        @Override
        public long sequenceOf(Path snapshot) {
            throw noSnapshots();
        }

        @Override
        public void restore(Path snapshot) {
            throw noSnapshots();
        }

        private IndexException noSnapshots() {
            return IndexException.of(
                    IndexException.Code.NO_SNAPSHOTS,
                    "collection "
                            + collection.name()
                            + " is on SolrCloud: copy it with SolrCloud's own backups, or have it"
                            + " projected again");
        }

        @Override
        public String toString() {
            return collection.name();
        }
    }
}
