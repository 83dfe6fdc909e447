package org.precedent.index.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.DocAndFloatFeatureBuffer;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.precedent.index.ImageSearch.Hit;
import org.precedent.index.ImageSearch.SearchResult;
import org.precedent.index.Vectors;

/**
 * One search over the matches of a filter. Numbered, because the order matters:
 *
 * <ol>
 *   <li>A segment with few matches, or so few that walking the graph would cost more, is scanned: a
 *       graph walked under a narrow filter loses neighbours, a scan does not.
 *   <li>Elsewhere the graph gives more candidates than k. If it gives fewer than it could, or has
 *       seen as many vectors as a scan would, the segment is scanned after all.
 *   <li>Lucene's similarities come from the processor's vector lanes and a rounded mapping; they
 *       choose who may be among the best k, with a margin. The similarity that is returned, and
 *       that ranks, is computed anew in a fixed order.
 * </ol>
 */
final class NeighbourSearch {
    private final HnswConfig config;
    private final float[] vector;
    private final int k;
    private final Candidates candidates;
    private int visited;
    private boolean exact = true;

    private NeighbourSearch(HnswConfig config, float[] vector, int k) {
        this.config = config;
        this.vector = vector;
        this.k = k;
        // A float sum of D products of unit vectors errs by at most D 2^-24, whatever its order;
        // mapping to (1 + s) / 2 and back adds a little. Two such errors can swap two documents.
        this.candidates = new Candidates(k, (vector.length + 8) * 0x1p-23f);
    }

    static SearchResult run(List<SegmentMatches> segments, float[] vector, int k, HnswConfig config)
            throws IOException {
        int eligible = 0;
        for (SegmentMatches segment : segments) {
            eligible += segment.count();
        }
        NeighbourSearch search =
                new NeighbourSearch(config, vector, Math.max(1, Math.min(k, eligible)));
        for (SegmentMatches segment : segments) {
            search.collect(segment);
        }
        List<Hit> hits = rescore(search.candidates.survivors(), vector);
        return new SearchResult(
                hits.subList(0, Math.min(k, hits.size())), eligible, search.visited, search.exact);
    }

    /** Candidates with their exact similarities, ranked. */
    static List<Hit> rescore(List<Candidates.Candidate> candidates, float[] vector)
            throws IOException {
        List<Candidates.Candidate> inOrder = new ArrayList<>(candidates);
        inOrder.sort(
                Comparator.comparingInt((Candidates.Candidate c) -> c.segment().leaf().ord)
                        .thenComparingInt(Candidates.Candidate::doc));
        List<Hit> hits = new ArrayList<>(inOrder.size());
        Stored stored = null;
        for (Candidates.Candidate candidate : inOrder) {
            if (stored == null || stored.segment.leaf().ord != candidate.segment().leaf().ord) {
                stored = new Stored(candidate.segment());
            }
            hits.add(stored.hit(candidate.doc(), vector));
        }
        hits.sort(Hit.ORDER);
        return hits;
    }

    private void collect(SegmentMatches segment) throws IOException {
        if (config.scans(segment.count(), segment.leaf().reader().maxDoc(), k)) {
            scan(segment);
            return;
        }
        int wanted = config.candidates(k);
        TopKnnCollector collector =
                new TopKnnCollector(wanted, segment.count() + 1, KnnSearchStrategy.Hnsw.DEFAULT);
        segment.leaf()
                .reader()
                .searchNearestVectors(
                        ImageDocuments.VECTOR, vector, collector, segment.acceptDocs());
        visited += (int) collector.visitedCount();
        if (collector.earlyTerminated() || collector.numCollected() < wanted) {
            scan(segment);
            return;
        }
        exact &= collector.visitedCount() >= segment.count();
        for (ScoreDoc hit : collector.topDocs().scoreDocs) {
            candidates.offer(segment, hit.doc, similarity(hit.score));
        }
    }

    private void scan(SegmentMatches segment) throws IOException {
        visited += segment.count();
        VectorScorer scorer = vectors(segment).scorer(vector);
        VectorScorer.Bulk bulk = scorer.bulk(segment.iterator());
        DocAndFloatFeatureBuffer block = new DocAndFloatFeatureBuffer();
        for (int seen = 0; seen < segment.count(); seen += block.size) {
            float bestScore = bulk.nextDocsAndScores(DocIdSetIterator.NO_MORE_DOCS, null, block);
            if (block.size == 0) {
                throw new IllegalStateException(
                        "scored " + seen + " of " + segment.count() + " vectors");
            }
            if (similarity(bestScore) < candidates.worst()) {
                continue;
            }
            for (int i = 0; i < block.size; i++) {
                candidates.offer(segment, block.docs[i], similarity(block.features[i]));
            }
        }
    }

    /** Undoes Lucene's mapping of an inner product to a score. */
    private static float similarity(float score) {
        return 2 * score - 1;
    }

    private static FloatVectorValues vectors(SegmentMatches segment) throws IOException {
        return segment.leaf().reader().getFloatVectorValues(ImageDocuments.VECTOR);
    }

    /** Vectors and ids of one segment, read in document order. */
    private static final class Stored {
        private final SegmentMatches segment;
        private final FloatVectorValues vectors;
        private final KnnVectorValues.DocIndexIterator position;
        private final BinaryDocValues ids;

        Stored(SegmentMatches segment) throws IOException {
            this.segment = segment;
            this.vectors = vectors(segment);
            this.position = vectors.iterator();
            this.ids = ImageDocuments.ids(segment.leaf().reader());
        }

        Hit hit(int doc, float[] query) throws IOException {
            position.advance(doc);
            return new Hit(
                    ImageDocuments.id(ids, doc),
                    Vectors.similarity(query, vectors.vectorValue(position.index())));
        }
    }
}
