package org.precedent.index.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.util.FixedBitSet;
import org.precedent.index.BlockDotProduct;
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationSearch.Hit;
import org.precedent.index.LocationSearch.Result;
import org.precedent.index.Vectors;

/**
 * One search for many vectors over the locations of some images, on all processors. As {@link
 * NeighbourSearch}, a segment is scanned or its graph is walked, whichever is cheaper, with these
 * differences:
 *
 * <ul>
 *   <li>A scan reads each location once for all vectors.
 *   <li>A walk compares vectors of bytes; all that it collects is compared anew in float.
 * </ul>
 */
final class LocationNeighbours {
    /**
     * Under a filter, walk over all vectors and collect those that pass. Lucene's own way steps
     * over the others, and found .80 of the nearest at one image in ten.
     */
    private static final KnnSearchStrategy WHOLE_GRAPH = new KnnSearchStrategy.Hnsw(0);

    /**
     * Where a filter leaves less, a walk misses too much: short vectors lie behind longer ones in a
     * graph of inner products, and the best 10 of a half are among the best 20 of all. Found were
     * .985 of them, .957 at a quarter, however far it walked.
     */
    private static final double WALKED_SHARE = 0.75;

    private final List<SegmentMatches> segments;
    private final HnswConfig config;
    private final int k;
    private final double longest;

    private LocationNeighbours(
            List<SegmentMatches> segments, HnswConfig config, int k, double longest) {
        this.segments = segments;
        this.config = config;
        this.k = k;
        this.longest = longest;
    }

    /** What one vector has found so far. */
    private static final class Asked {
        final float[] vector;
        final Candidates candidates;
        final List<Hit> hits = new ArrayList<>();
        long visited;
        boolean exact = true;

        Asked(float[] vector, int k, double longest) {
            this.vector = vector;
            // As for images, but lengths are not 1: the error grows with both.
            double length = Math.sqrt(Vectors.product(vector, vector));
            this.candidates =
                    new Candidates(k, (float) ((vector.length + 8) * 0x1p-23 * length * longest));
        }
    }

    /**
     * @param images in {@link ImageSearch#ID_ORDER}
     * @param longest length of the longest vector in the index
     */
    static Result run(
            IndexSearcher searcher,
            List<float[]> vectors,
            List<UUID> images,
            int k,
            HnswConfig config,
            double longest)
            throws IOException {
        List<SegmentMatches> segments = new ArrayList<>();
        FixedBitSet met = new FixedBitSet(Math.max(1, images.size()));
        int locations = 0;
        for (LeafReaderContext leaf : searcher.getLeafContexts()) {
            SegmentMatches matches = SegmentLocations.of(leaf).matches(leaf, images, met);
            if (matches.count() > 0) {
                segments.add(matches);
                locations += matches.count();
            }
        }
        int wanted = Math.max(1, Math.min(k, locations));
        LocationNeighbours search = new LocationNeighbours(segments, config, wanted, longest);
        List<Asked> asked =
                vectors.stream().map(vector -> new Asked(vector, wanted, longest)).toList();
        int parts = Math.min(vectors.size(), Runtime.getRuntime().availableProcessors());
        try {
            IntStream.range(0, parts)
                    .parallel()
                    .forEach(part ->
                            search.run(
                                    asked.subList(
                                            part * asked.size() / parts,
                                            (part + 1) * asked.size() / parts)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new Result(
                asked.stream()
                        .map(one -> one.hits.subList(0, Math.min(k, one.hits.size())))
                        .map(List::copyOf)
                        .toList(),
                met.cardinality(),
                locations,
                asked.stream().mapToLong(one -> one.visited).sum(),
                asked.stream().allMatch(one -> one.exact));
    }

    private void run(List<Asked> asked) {
        try {
            for (SegmentMatches segment : segments) {
                int size = segment.leaf().reader().maxDoc();
                boolean narrow = segment.count() < WALKED_SHARE * size;
                if (narrow || config.scans(segment.count(), size, k)) {
                    scan(segment, asked);
                    continue;
                }
                for (Asked one : asked) {
                    if (!walk(segment, one)) {
                        scan(segment, List.of(one));
                    }
                }
            }
            for (Asked one : asked) {
                List<Candidates.Candidate> candidates = one.candidates.survivors();
                candidates.sort(
                        Comparator.comparingInt((Candidates.Candidate c) -> c.segment().leaf().ord)
                                .thenComparingInt(Candidates.Candidate::doc));
                Stored stored = null;
                for (Candidates.Candidate candidate : candidates) {
                    if (stored == null || stored.leaf != candidate.segment().leaf()) {
                        stored = new Stored(candidate.segment().leaf());
                    }
                    one.hits.add(stored.hit(candidate.doc(), one.vector));
                }
                one.hits.sort(Hit.ORDER);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** False where the graph gave fewer than it could, or cost as much as a scan. */
    private boolean walk(SegmentMatches segment, Asked asked) throws IOException {
        int wanted = config.candidates(k);
        TopKnnCollector collector = new TopKnnCollector(wanted, segment.count() + 1, WHOLE_GRAPH);
        segment.leaf()
                .reader()
                .searchNearestVectors(
                        LocationDocuments.VECTOR, asked.vector, collector, segment.acceptDocs());
        asked.visited += collector.visitedCount();
        if (collector.earlyTerminated() || collector.numCollected() < wanted) {
            return false;
        }
        asked.exact = false;
        ScoreDoc[] found = collector.topDocs().scoreDocs;
        Stored stored = new Stored(segment.leaf());
        IntStream.range(0, found.length)
                .map(i -> found[i].doc)
                .sorted()
                .forEach(doc -> {
                    try {
                        asked.hits.add(stored.hit(doc, asked.vector));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        return true;
    }

    /** Reads each location once and compares it with all vectors, some locations at a time. */
    private void scan(SegmentMatches segment, List<Asked> asked) throws IOException {
        BlockDotProduct products =
                BlockDotProduct.of(asked.stream().map(one -> one.vector).toList());
        FloatVectorValues[] values = new FloatVectorValues[BlockDotProduct.GROUP];
        for (int i = 0; i < values.length; i++) {
            values[i] = vectors(segment.leaf()); // each has a place of its own to read into
        }
        KnnVectorValues.DocIndexIterator position = values[0].iterator();
        float[] worst = new float[asked.size()];
        for (int q = 0; q < worst.length; q++) {
            worst[q] = asked.get(q).candidates.worst();
            asked.get(q).visited += segment.count();
        }
        int[] group = new int[BlockDotProduct.GROUP];
        float[][] locations = new float[BlockDotProduct.GROUP][];
        float[] found = new float[BlockDotProduct.GROUP * products.stride()];
        DocIdSetIterator docs = segment.iterator();
        int doc = docs.nextDoc();
        while (doc != DocIdSetIterator.NO_MORE_DOCS) {
            int n = 0;
            for (; n < group.length && doc != DocIdSetIterator.NO_MORE_DOCS; n++) {
                position.advance(doc);
                locations[n] = values[n].vectorValue(position.index());
                group[n] = doc;
                doc = docs.nextDoc();
            }
            Arrays.fill(locations, n, locations.length, locations[0]);
            products.with(locations, found);
            for (int i = 0; i < n; i++) {
                for (int q = 0; q < worst.length; q++) {
                    float similarity = found[i * products.stride() + q];
                    if (similarity >= worst[q]) {
                        Candidates candidates = asked.get(q).candidates;
                        candidates.offer(segment, group[i], similarity);
                        worst[q] = candidates.worst();
                    }
                }
            }
        }
    }

    private static FloatVectorValues vectors(LeafReaderContext leaf) throws IOException {
        return leaf.reader().getFloatVectorValues(LocationDocuments.VECTOR);
    }

    /** Locations and their vectors of one segment, read in document order. */
    static final class Stored {
        private final LeafReaderContext leaf;
        private final SegmentLocations images;
        private final FloatVectorValues vectors;
        private final KnnVectorValues.DocIndexIterator position;
        private final SortedDocValues owners;
        private final NumericDocValues cells;

        Stored(LeafReaderContext leaf) throws IOException {
            this.leaf = leaf;
            this.images = SegmentLocations.of(leaf);
            this.vectors = vectors(leaf);
            this.position = vectors.iterator();
            this.owners = SegmentLocations.values(leaf.reader());
            this.cells = leaf.reader().getNumericDocValues(LocationDocuments.CELL);
        }

        Hit hit(int doc, float[] query) throws IOException {
            owners.advance(doc);
            float similarity = (float) Vectors.product(query, vector(doc));
            return new Hit(images.id(owners.ordValue()), cell(doc), similarity);
        }

        int cell(int doc) throws IOException {
            cells.advance(doc);
            return (int) cells.longValue();
        }

        /** Valid until the next. */
        float[] vector(int doc) throws IOException {
            position.advance(doc);
            return vectors.vectorValue(position.index());
        }
    }
}
