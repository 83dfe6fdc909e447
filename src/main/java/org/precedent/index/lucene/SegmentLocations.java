package org.precedent.index.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;
import org.precedent.index.ImageSearch;

/**
 * Where the locations of each image lie in one segment: one run of documents, because they were
 * added as one block and merges keep their order. Held in memory, 24 bytes an image, so that the
 * images of a filter become documents without asking each document whose it is.
 */
final class SegmentLocations {
    private static final Map<IndexReader.CacheKey, SegmentLocations> CACHE =
            new ConcurrentHashMap<>();

    /** By ordinal of the image in the segment, which is {@link ImageSearch#ID_ORDER}. */
    private final UUID[] ids;

    private final int[] first;
    private final int[] counts;
    private final int maxDoc;

    private SegmentLocations(LeafReader reader) throws IOException {
        SortedDocValues images = values(reader);
        this.maxDoc = reader.maxDoc();
        this.ids = new UUID[images.getValueCount()];
        this.first = new int[ids.length];
        this.counts = new int[ids.length];
        Arrays.fill(first, -1);
        for (int ord = 0; ord < ids.length; ord++) {
            BytesRef bytes = images.lookupOrd(ord);
            ids[ord] = ImageDocuments.id(bytes);
        }
        Bits live = reader.getLiveDocs();
        for (int doc = images.nextDoc(); doc < maxDoc; doc = images.nextDoc()) {
            if (live != null && !live.get(doc)) {
                continue;
            }
            int ord = images.ordValue();
            if (first[ord] < 0) {
                first[ord] = doc;
            } else if (first[ord] + counts[ord] != doc) {
                throw new CorruptIndexException(
                        "locations of image " + ids[ord] + " are torn apart", reader.toString());
            }
            counts[ord]++;
        }
    }

    static SegmentLocations of(LeafReaderContext leaf) throws IOException {
        LeafReader reader = leaf.reader();
        IndexReader.CacheHelper helper = reader.getReaderCacheHelper();
        if (helper == null) {
            return new SegmentLocations(reader);
        }
        SegmentLocations known = CACHE.get(helper.getKey());
        if (known != null) {
            return known;
        }
        SegmentLocations made = new SegmentLocations(reader);
        if (CACHE.putIfAbsent(helper.getKey(), made) == null) {
            helper.addClosedListener(CACHE::remove);
        }
        return made;
    }

    static SortedDocValues values(LeafReader reader) throws IOException {
        SortedDocValues images = reader.getSortedDocValues(LocationDocuments.IMAGE);
        if (images == null) {
            throw new CorruptIndexException("segment without images", reader.toString());
        }
        return images;
    }

    /** The image of an ordinal. */
    UUID id(int ord) {
        return ids[ord];
    }

    /** The first images after another, or of all, that have locations here; ascending. */
    List<UUID> images(@Nullable UUID after, int limit) {
        int at = after == null ? 0 : Arrays.binarySearch(ids, after, ImageSearch.ID_ORDER);
        int from = after != null && at >= 0 ? at + 1 : at < 0 ? -at - 1 : at;
        return IntStream.range(from, ids.length)
                .filter(ord -> counts[ord] > 0)
                .limit(limit)
                .mapToObj(ord -> ids[ord])
                .toList();
    }

    /** The ordinal of an image that has locations here, at or after an ordinal; else negative. */
    int find(UUID image, int from) {
        int step = 1;
        int low = from;
        while (low + step < ids.length
                && ImageSearch.ID_ORDER.compare(ids[low + step], image) < 0) {
            low += step;
            step *= 2;
        }
        int found =
                Arrays.binarySearch(
                        ids,
                        low,
                        Math.min(ids.length, low + step + 1),
                        image,
                        ImageSearch.ID_ORDER);
        return found >= 0 && counts[found] == 0 ? -found - 1 : found;
    }

    /** First document of an image, by ordinal. */
    int first(int ord) {
        return first[ord];
    }

    /** Documents of an image, by ordinal. */
    int count(int ord) {
        return counts[ord];
    }

    /**
     * The locations of some images.
     *
     * @param images in {@link ImageSearch#ID_ORDER}
     * @param met one bit for each of the images: set where it has locations here
     */
    SegmentMatches matches(LeafReaderContext leaf, List<UUID> images, FixedBitSet met) {
        FixedBitSet bits = new FixedBitSet(maxDoc);
        int count = 0;
        int at = 0;
        for (int i = 0; i < images.size() && at < ids.length; i++) {
            int ord = find(images.get(i), at);
            if (ord < 0) {
                at = -ord - 1;
                continue;
            }
            bits.set(first[ord], first[ord] + counts[ord]);
            count += counts[ord];
            met.set(i);
            at = ord + 1;
        }
        return new SegmentMatches(leaf, bits, count);
    }
}
