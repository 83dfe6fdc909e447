package org.precedent.network.crossattention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the encoders made of the last queries. A query is often asked again with other supports: by
 * locations after the whole image, with each half of its supports, without one of them. It is
 * encoded once, by whoever comes first; others wait for it. Which bits come out does not depend on
 * it. Thread-safe.
 */
final class QueryMemory {
    /**
     * An encoded query.
     *
     * @param vectors [1, h, w, D], X_q W_Q / (0.1 D T)
     * @param pairs what the refinement sees of its cells on the middle and on the fine grid
     * @param skips of the decoder, coarse to fine
     */
    record Encoded(
            int height, int width, NDArray vectors, List<float[]> pairs, List<NDArray> skips) {
        /** The same arrays under a manager of the caller's, who may do with them as it likes. */
        Encoded under(NDManager manager) {
            return new Encoded(
                    height,
                    width,
                    view(vectors, manager),
                    pairs,
                    skips.stream().map(skip -> view(skip, manager)).toList());
        }

        private static NDArray view(NDArray array, NDManager manager) {
            NDArray view = array.reshape(array.getShape());
            view.attach(manager);
            return view;
        }
    }

    private final int most;
    private final Supplier<NDManager> managers;

    /** Latest first; its own monitor guards it and the counts of users. */
    private final Deque<Kept> kept = new ArrayDeque<>();

    private static final class Kept {
        final int width;
        final float[] query;
        final NDManager manager;
        final CompletableFuture<Encoded> encoded = new CompletableFuture<>();
        int users = 1;
        boolean dropped;

        Kept(int width, float[] query, NDManager manager) {
            this.width = width;
            this.query = query;
            this.manager = manager;
        }
    }

    /**
     * @param most queries that are kept
     * @param managers make one for each
     */
    QueryMemory(int most, Supplier<NDManager> managers) {
        this.most = most;
        this.managers = managers;
    }

    /**
     * Uses a query's encoding.
     *
     * @param query [H, W], not written to afterwards
     * @param encode given a manager that the arrays are to belong to
     * @param use must keep none of the arrays
     */
    <T> T with(
            int width,
            float[] query,
            Function<NDManager, Encoded> encode,
            Function<Encoded, T> use) {
        boolean first;
        Kept entry;
        synchronized (kept) {
            Kept found = find(width, query);
            first = found == null;
            entry = found == null ? add(width, query) : found;
        }
        try {
            if (first) {
                try {
                    entry.encoded.complete(encode.apply(entry.manager));
                } catch (RuntimeException | Error e) {
                    entry.encoded.completeExceptionally(e);
                    drop(entry);
                    throw e;
                }
            }
            return use.apply(encoded(entry));
        } finally {
            leave(entry);
        }
    }

    private static Encoded encoded(Kept entry) {
        try {
            return entry.encoded.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    private @Nullable Kept find(int width, float[] query) {
        for (Kept entry : kept) {
            if (entry.width == width && Arrays.equals(entry.query, query)) {
                kept.remove(entry);
                kept.addFirst(entry);
                entry.users++;
                return entry;
            }
        }
        return null;
    }

    private Kept add(int width, float[] query) {
        Kept entry = new Kept(width, query, managers.get());
        kept.addFirst(entry);
        while (kept.size() > most) {
            drop(kept.getLast());
        }
        return entry;
    }

    private void drop(Kept entry) {
        synchronized (kept) {
            kept.remove(entry);
            entry.dropped = true;
            closeUnused(entry);
        }
    }

    private void leave(Kept entry) {
        synchronized (kept) {
            entry.users--;
            closeUnused(entry);
        }
    }

    private static void closeUnused(Kept entry) {
        if (entry.dropped && entry.users == 0) {
            entry.manager.close();
        }
    }

    /** Forgets all. */
    void clear() {
        synchronized (kept) {
            List.copyOf(kept).forEach(this::drop);
        }
    }
}
