package org.precedent.index.exact;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.Batches;
import org.precedent.index.ImageIndex;
import org.precedent.index.IndexEntry;
import org.precedent.index.Pages;
import org.precedent.index.SeededSample;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;

/**
 * An index in memory that compares every eligible vector. It is what the others are tested against,
 * and serves a run over one dataset folder without any files. Not durable.
 */
public final class ExactImageIndex implements ImageIndex {

    /** One state; a batch replaces it as a whole. */
    private record State(NavigableMap<UUID, List<IndexEntry>> images, long sequence) {}

    private static final State EMPTY =
            new State(Collections.unmodifiableNavigableMap(new TreeMap<>(ID_ORDER)), 0);

    private final EmbeddingSpace space;
    private volatile State state = EMPTY;

    public ExactImageIndex(EmbeddingSpace space) {
        this.space = space;
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public long sequence() {
        return state.sequence();
    }

    @Override
    public synchronized void apply(List<Change> changes, long sequence) {
        Batches.check(changes, sequence, state.sequence(), space);
        NavigableMap<UUID, List<IndexEntry>> images = new TreeMap<>(state.images());
        for (Change change : changes) {
            switch (change) {
                case Change.Put put -> images.put(put.imageId(), put.vectors());
                case Change.Remove remove -> images.remove(remove.imageId());
            }
        }
        state = new State(Collections.unmodifiableNavigableMap(images), sequence);
    }

    @Override
    public void commit() {}

    @Override
    public synchronized void clear() {
        state = EMPTY;
    }

    @Override
    public SearchResult search(float[] vector, SupportFilter filter, int k) {
        Vectors.check(vector, space, "query vector");
        Vectors.checkK(k);
        List<Hit> hits = rank(vector, admitted(filter));
        return new SearchResult(
                hits.subList(0, Math.min(k, hits.size())), hits.size(), hits.size(), true);
    }

    @Override
    public SearchResult sample(float[] vector, SupportFilter filter, int k, long seed) {
        Vectors.check(vector, space, "query vector");
        Vectors.checkK(k);
        List<IndexEntry> admitted = admitted(filter);
        Comparator<IndexEntry> byNumber =
                (a, b) ->
                        Long.compareUnsigned(
                                SeededSample.number(seed, a.imageId()),
                                SeededSample.number(seed, b.imageId()));
        admitted.sort(byNumber.thenComparing(IndexEntry::imageId, ID_ORDER));
        int drawn = Math.min(k, admitted.size());
        return new SearchResult(
                rank(vector, admitted.subList(0, drawn)),
                admitted.size(),
                drawn,
                drawn == admitted.size());
    }

    @Override
    public int count(SupportFilter filter) {
        return admitted(filter).size();
    }

    @Override
    public List<UUID> eligible(SupportFilter filter, int limit) {
        Pages.checkLimit(limit);
        return all().filter(filter::admits).map(IndexEntry::imageId).limit(limit).toList();
    }

    @Override
    public List<IndexEntry> of(UUID imageId) {
        return all().filter(i -> i.imageId().equals(imageId)).sorted(IndexEntry.ORDER).toList();
    }

    @Override
    public List<IndexEntry> page(@Nullable Cursor after, int limit) {
        NavigableMap<UUID, List<IndexEntry>> images = state.images();
        if (after != null) {
            images = images.tailMap(after.imageId(), true);
        }
        // Lazily: images are in order, and a page is a small part of them.
        Stream<IndexEntry> entries =
                images.values().stream().flatMap(one -> one.stream().sorted(IndexEntry.ORDER));
        return Pages.first(entries::iterator, after, limit);
    }

    @Override
    public void close() {
        // Nothing is held.
    }

    private List<IndexEntry> admitted(SupportFilter filter) {
        return new ArrayList<>(all().filter(filter::admits).toList());
    }

    private Stream<IndexEntry> all() {
        return state.images().values().stream().flatMap(List::stream);
    }

    private static List<Hit> rank(float[] vector, List<IndexEntry> images) {
        List<Hit> hits = new ArrayList<>(images.size());
        for (IndexEntry image : images) {
            hits.add(new Hit(image.imageId(), Vectors.similarity(vector, image.vector())));
        }
        hits.sort(Hit.ORDER);
        return hits;
    }
}
