package org.precedent.index.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;
import org.precedent.index.SupportFilter;

/**
 * The documents of one segment that pass a filter and are not deleted.
 *
 * @param bits one bit for each document; read only
 * @param count bits that are set, at least 1
 */
record SegmentMatches(LeafReaderContext leaf, FixedBitSet bits, int count) {

    /** The segments in which anything passes. */
    static List<SegmentMatches> of(IndexSearcher searcher, SupportFilter filter)
            throws IOException {
        Weight weight =
                searcher.createWeight(
                        searcher.rewrite(ImageDocuments.query(filter)),
                        ScoreMode.COMPLETE_NO_SCORES,
                        1);
        List<SegmentMatches> segments = new ArrayList<>();
        for (LeafReaderContext leaf : searcher.getLeafContexts()) {
            Scorer scorer = weight.scorer(leaf);
            if (scorer == null) {
                continue;
            }
            LeafReader reader = leaf.reader();
            FixedBitSet bits = new FixedBitSet(reader.maxDoc());
            DocIdSetIterator matches = scorer.iterator();
            matches.nextDoc();
            matches.intoBitSet(reader.maxDoc(), bits, 0);
            remove(bits, reader, ImageDocuments.PATIENT, filter.excludedPatientKey());
            remove(bits, reader, ImageDocuments.PIXELS, filter.excludedPixelsSha256());
            for (UUID image : filter.excludedImages()) {
                remove(bits, reader, ImageDocuments.term(image));
            }
            Bits live = reader.getLiveDocs();
            if (live != null) {
                live.applyMask(bits, 0);
            }
            int count = bits.cardinality();
            if (count > 0) {
                segments.add(new SegmentMatches(leaf, bits, count));
            }
        }
        return segments;
    }

    DocIdSetIterator iterator() {
        return new BitSetIterator(bits, count);
    }

    /** For a graph search: without bits when all documents pass, which is faster. */
    AcceptDocs acceptDocs() {
        boolean all = count == leaf.reader().maxDoc();
        return new AcceptDocs() {
            @Override
            public @Nullable Bits bits() {
                return all ? null : bits;
            }

            @Override
            public DocIdSetIterator iterator() {
                return SegmentMatches.this.iterator();
            }

            @Override
            public int cost() {
                return count;
            }
        };
    }

    private static void remove(
            FixedBitSet bits, LeafReader reader, String field, @Nullable String value)
            throws IOException {
        if (value == null) {
            return;
        }
        remove(bits, reader, new Term(field, value));
    }

    private static void remove(FixedBitSet bits, LeafReader reader, Term term) throws IOException {
        PostingsEnum postings = reader.postings(term, PostingsEnum.NONE);
        if (postings == null) {
            return;
        }
        for (int doc = postings.nextDoc();
                doc != DocIdSetIterator.NO_MORE_DOCS;
                doc = postings.nextDoc()) {
            bits.clear(doc);
        }
    }
}
