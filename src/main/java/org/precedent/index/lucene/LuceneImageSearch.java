package org.precedent.index.lucene;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexException;
import org.precedent.index.Pages;
import org.precedent.index.SeededSample;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;

/**
 * Searches a {@link LuceneImageIndex} of this process as it is, or the commits of another process.
 * It takes no lock and writes nothing; {@link #refresh} moves it to the newest commit.
 */
final class LuceneImageSearch implements ImageSearch {

    private record Drawn(long number, UUID id, Candidates.Candidate candidate) {
        static final Comparator<Drawn> ORDER =
                ((Comparator<Drawn>) (a, b) -> Long.compareUnsigned(a.number, b.number))
                        .thenComparing(Drawn::id, ID_ORDER);
    }

    private final StateReader states;
    private final HnswConfig config;

    /**
     * Opens the newest commit of an index that another process may be writing.
     *
     * @param home the index's own directory
     * @throws IndexException MISSING when nothing was committed there yet; OTHER_SPACE,
     *     OTHER_FORMAT or CORRUPT when it cannot serve this space
     */
    static LuceneImageSearch open(Path home, IndexContent content, HnswConfig config) {
        return new LuceneImageSearch(CommitReader.open(home, content), config);
    }

    /** Takes over the reader: it is closed with this. */
    LuceneImageSearch(StateReader states, HnswConfig config) {
        this.states = states;
        this.config = config;
    }

    /** Returns after that, even when another thread is doing it. */
    @Override
    public void refresh() {
        states.refresh();
    }

    @Override
    public EmbeddingSpace space() {
        return states.space();
    }

    @Override
    public long sequence() {
        return states.stamp().sequence();
    }

    @Override
    public SearchResult search(float[] vector, SupportFilter filter, int k) {
        Vectors.check(vector, space(), "query vector");
        Vectors.checkK(k);
        return states.read(searcher ->
                NeighbourSearch.run(SegmentMatches.of(searcher, filter), vector, k, config));
    }

    @Override
    public SearchResult sample(float[] vector, SupportFilter filter, int k, long seed) {
        Vectors.check(vector, space(), "query vector");
        Vectors.checkK(k);
        return states.read(searcher -> draw(SegmentMatches.of(searcher, filter), vector, k, seed));
    }

    @Override
    public int count(SupportFilter filter) {
        return states.read(searcher -> {
            int count = 0;
            for (SegmentMatches segment : SegmentMatches.of(searcher, filter)) {
                count += segment.count();
            }
            return count;
        });
    }

    @Override
    public List<UUID> eligible(SupportFilter filter, int limit) {
        Pages.checkLimit(limit);
        return states.read(searcher -> {
            List<UUID> eligible = new ArrayList<>();
            for (SegmentMatches segment : SegmentMatches.of(searcher, filter)) {
                BinaryDocValues ids = ImageDocuments.ids(segment.leaf().reader());
                DocIdSetIterator docs = segment.iterator();
                for (int doc = docs.nextDoc();
                        doc != DocIdSetIterator.NO_MORE_DOCS;
                        doc = docs.nextDoc()) {
                    eligible.add(ImageDocuments.id(ids, doc));
                }
            }
            eligible.sort(ID_ORDER);
            return List.copyOf(eligible.subList(0, Math.min(limit, eligible.size())));
        });
    }

    @Override
    public List<IndexEntry> of(UUID imageId) {
        return states.read(searcher -> List.copyOf(entries(searcher, imageId)));
    }

    @Override
    public List<IndexEntry> page(@Nullable Cursor after, int limit) {
        Pages.checkLimit(limit);
        return states.read(searcher -> {
            // Each image has an entry, and those of the cursor's own may all be behind it.
            NavigableSet<UUID> images = new TreeSet<>(ID_ORDER);
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                images.addAll(images(leaf.reader(), after, limit + 1));
            }
            List<IndexEntry> entries = new ArrayList<>();
            for (UUID image : images) {
                for (IndexEntry entry : entries(searcher, image)) {
                    if (after == null || after.precedes(entry)) {
                        entries.add(entry);
                    }
                }
                if (entries.size() >= limit) {
                    break;
                }
            }
            return Pages.first(entries, null, limit);
        });
    }

    /** The first images of a segment from the cursor's own on, in order. */
    private static List<UUID> images(LeafReader reader, @Nullable Cursor after, int atMost)
            throws IOException {
        Terms terms = ImageDocuments.idTerms(reader);
        if (terms == null) {
            return List.of();
        }
        List<UUID> images = new ArrayList<>();
        Bits live = reader.getLiveDocs();
        TermsEnum ids = terms.iterator();
        BytesRef from =
                new BytesRef(after == null ? new byte[0] : ImageDocuments.bytes(after.imageId()));
        boolean more = ids.seekCeil(from) != TermsEnum.SeekStatus.END;
        PostingsEnum docs = null;
        while (more && images.size() < atMost) {
            docs = ids.postings(docs, PostingsEnum.NONE);
            int doc = docs.nextDoc();
            while (doc != DocIdSetIterator.NO_MORE_DOCS && live != null && !live.get(doc)) {
                doc = docs.nextDoc();
            }
            if (doc != DocIdSetIterator.NO_MORE_DOCS) {
                images.add(ImageDocuments.id(ids.term()));
            }
            more = ids.next() != null;
        }
        return images;
    }

    private static List<IndexEntry> entries(IndexSearcher searcher, UUID imageId)
            throws IOException {
        List<IndexEntry> found = new ArrayList<>();
        for (LeafReaderContext leaf : searcher.getLeafContexts()) {
            PostingsEnum docs =
                    leaf.reader().postings(ImageDocuments.term(imageId), PostingsEnum.NONE);
            if (docs != null) {
                read(leaf, docs, found);
            }
        }
        found.sort(IndexEntry.ORDER);
        return found;
    }

    /**
     * Reads every file and compares its checksum: what opening alone does not do.
     *
     * @throws IndexException CORRUPT when one differs
     */
    void verifyChecksums() {
        states.verifyChecksums();
    }

    @Override
    public void close() {
        states.close();
    }

    private static SearchResult draw(
            List<SegmentMatches> segments, float[] vector, int k, long seed) throws IOException {
        PriorityQueue<Drawn> lowest = new PriorityQueue<>(Drawn.ORDER.reversed());
        int eligible = 0;
        for (SegmentMatches segment : segments) {
            eligible += segment.count();
            BinaryDocValues ids = ImageDocuments.ids(segment.leaf().reader());
            DocIdSetIterator docs = segment.iterator();
            for (int doc = docs.nextDoc();
                    doc != DocIdSetIterator.NO_MORE_DOCS;
                    doc = docs.nextDoc()) {
                UUID id = ImageDocuments.id(ids, doc);
                long number = SeededSample.number(seed, id);
                if (lowest.size() < k
                        || Long.compareUnsigned(number, lowest.element().number()) <= 0) {
                    lowest.add(new Drawn(number, id, new Candidates.Candidate(segment, doc, 0)));
                    if (lowest.size() > k) {
                        lowest.remove();
                    }
                }
            }
        }
        List<Hit> hits =
                NeighbourSearch.rescore(lowest.stream().map(Drawn::candidate).toList(), vector);
        return new SearchResult(hits, eligible, hits.size(), hits.size() == eligible);
    }

    private static void read(LeafReaderContext leaf, DocIdSetIterator docs, List<IndexEntry> images)
            throws IOException {
        FloatVectorValues vectors = leaf.reader().getFloatVectorValues(ImageDocuments.VECTOR);
        KnnVectorValues.DocIndexIterator position = vectors.iterator();
        BinaryDocValues ids = ImageDocuments.ids(leaf.reader());
        StoredFields stored = leaf.reader().storedFields();
        Bits live = leaf.reader().getLiveDocs();
        for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
            if (live == null || live.get(doc)) {
                position.advance(doc);
                images.add(
                        ImageDocuments.read(
                                ImageDocuments.id(ids, doc),
                                stored.document(doc),
                                vectors.vectorValue(position.index()).clone()));
            }
        }
    }
}
