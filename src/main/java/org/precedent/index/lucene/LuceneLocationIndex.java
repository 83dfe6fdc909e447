package org.precedent.index.lucene;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.Batches;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexException;
import org.precedent.index.LocationIndex;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;

/**
 * An index of locations in one directory of Lucene files, embedded and durable: what is visible is
 * on the disk within a second. Graphs are built and walked on vectors of bytes; the floats beside
 * them decide. It holds the directory's write lock until closed; other processes read beside it
 * with {@link LuceneLocationSearch}.
 */
final class LuceneLocationIndex implements LocationIndex {
    private final EmbeddingSpace space;
    private final CommitWriter writer;
    private final LuceneLocationSearch search;

    /**
     * Opens an index to write, or starts an empty one where there is none.
     *
     * @param home the index's own directory, made when absent
     * @throws IndexException LOCKED when another process writes it; OTHER_SPACE, OTHER_FORMAT or
     *     CORRUPT when its content cannot be used, and then {@link #recreate} starts afresh
     */
    static LuceneLocationIndex open(
            Path home, EmbeddingSpace space, Supplier<ImageSearch> members, HnswConfig config) {
        return new LuceneLocationIndex(
                CommitWriter.open(home, IndexContent.of(space), vectors(config), false),
                space,
                members,
                config);
    }

    /**
     * Drops whatever index is in a directory, readable or not, and starts an empty one.
     *
     * @param home the index's own directory, made when absent; only Lucene's files are deleted
     * @throws IndexException LOCKED when another process writes it
     */
    static LuceneLocationIndex recreate(
            Path home, EmbeddingSpace space, Supplier<ImageSearch> members, HnswConfig config) {
        return new LuceneLocationIndex(
                CommitWriter.open(home, IndexContent.of(space), vectors(config), true),
                space,
                members,
                config);
    }

    private LuceneLocationIndex(
            CommitWriter writer,
            EmbeddingSpace space,
            Supplier<ImageSearch> members,
            HnswConfig config) {
        this.space = space;
        this.writer = writer;
        this.search = new LuceneLocationSearch(writer.reader(), members, config);
    }

    private static Lucene104HnswScalarQuantizedVectorsFormat vectors(HnswConfig config) {
        return new Lucene104HnswScalarQuantizedVectorsFormat(
                ScalarEncoding.UNSIGNED_BYTE,
                config.maxConn(),
                config.beamWidth(),
                1,
                null,
                config.tinySegment());
    }

    @Override
    public synchronized void put(Map<UUID, List<Location>> images, long sequence) {
        CommitStamp reached = writer.stamp();
        Batches.checkLocations(images, sequence, reached.sequence(), space);
        double longest = reached.longest();
        for (List<Location> locations : images.values()) {
            for (Location location : locations) {
                float[] vector = location.vector();
                longest = Math.max(longest, Math.sqrt(Vectors.product(vector, vector)));
            }
        }
        writer.write(
                lucene -> {
                    for (Map.Entry<UUID, List<Location>> image : images.entrySet()) {
                        Term of = LocationDocuments.term(image.getKey());
                        if (image.getValue().isEmpty()) {
                            lucene.deleteDocuments(of);
                            writer.purge();
                        } else {
                            lucene.updateDocuments(
                                    of, LocationDocuments.write(image.getKey(), image.getValue()));
                        }
                    }
                },
                CommitStamp.now(IndexContent.of(space), sequence, longest));
        search.warm();
    }

    @Override
    public void commit() {
        writer.commit();
    }

    @Override
    public synchronized void clear() {
        writer.write(IndexWriter::deleteAll, CommitStamp.now(IndexContent.of(space), 0));
        writer.commit(); // or whoever fills it again might find it full
    }

    /**
     * Waits until no merge is left to do, at most one segment remains: for measuring, or before
     * quiet hours.
     */
    void merge() {
        writer.merge();
        search.warm();
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public long sequence() {
        return writer.stamp().sequence();
    }

    @Override
    public Result search(List<float[]> vectors, SupportFilter filter, int k) {
        return search.search(vectors, filter, k);
    }

    /** As {@link LuceneLocationSearch#search(List, List, int)}. */
    Result search(List<float[]> vectors, List<UUID> images, int k) {
        return search.search(vectors, images, k);
    }

    @Override
    public boolean contains(UUID imageId) {
        return search.contains(imageId);
    }

    @Override
    public List<UUID> page(@Nullable UUID after, int limit) {
        return search.page(after, limit);
    }

    @Override
    public List<Location> of(UUID imageId) {
        return search.of(imageId);
    }

    /** As {@link LuceneLocationSearch#verifyChecksums}. */
    void verifyChecksums() {
        search.verifyChecksums();
    }

    /** Ends at the last batch: merges that are under way are given up, finished ones are kept. */
    @Override
    public synchronized void close() {
        writer.close();
    }
}
