package org.precedent.index;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reading an index from its first entry to its last, in memory for one page. */
public final class Pages {
    private Pages() {}

    /** All entries of an index, in {@link IndexEntry#ORDER}. */
    public static Iterator<IndexEntry> entries(ImageSearch index, int limit) {
        return new Paged<>(
                last -> index.page(last == null ? null : ImageSearch.Cursor.after(last), limit));
    }

    /** All images of an index of locations, in {@link ImageSearch#ID_ORDER}. */
    public static Iterator<UUID> images(LocationSearch index, int limit) {
        return new Paged<>(last -> index.page(last, limit));
    }

    /** All images of an index, each once, in {@link ImageSearch#ID_ORDER}. */
    public static Iterator<UUID> images(ImageSearch index, int limit) {
        Iterator<IndexEntry> entries = entries(index, limit);
        return new Paged<>(last -> {
            while (entries.hasNext()) {
                UUID image = entries.next().imageId();
                if (!image.equals(last)) {
                    return List.of(image);
                }
            }
            return List.of();
        });
    }

    /**
     * The first page of what follows a cursor.
     *
     * @param entries in {@link IndexEntry#ORDER}
     * @param limit as {@link ImageSearch#page} takes it
     */
    public static List<IndexEntry> first(
            Iterable<IndexEntry> entries, ImageSearch.@Nullable Cursor after, int limit) {
        checkLimit(limit);
        List<IndexEntry> page = new ArrayList<>();
        for (IndexEntry entry : entries) {
            if (after != null && !after.precedes(entry)) {
                continue;
            }
            if (page.size() >= limit && IndexEntry.ORDER.compare(page.getLast(), entry) != 0) {
                break;
            }
            page.add(entry);
        }
        return List.copyOf(page);
    }

    /**
     * @throws IllegalArgumentException when a page could hold nothing
     */
    public static void checkLimit(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException(
                    "limit of a page is " + limit + ", expected at least 1");
        }
    }

    /** One page after the other, until an empty one. */
    private static final class Paged<T> implements Iterator<T> {
        private final Function<@Nullable T, List<T>> next;
        private Iterator<T> page = List.<T>of().iterator();
        private @Nullable T last;
        private boolean ended;

        Paged(Function<@Nullable T, List<T>> next) {
            this.next = next;
        }

        @Override
        public boolean hasNext() {
            if (!page.hasNext() && !ended) {
                page = next.apply(last).iterator();
                ended = !page.hasNext();
            }
            return page.hasNext();
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the last entry was read");
            }
            T entry = page.next();
            last = entry;
            return entry;
        }
    }
}
