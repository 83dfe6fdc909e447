package org.precedent.curation;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.evaluation.Progress;

/**
 * Long looks at pools, computed one after the other beside the queries, so that no request computes
 * for minutes. What came of a look is kept in memory until it is looked again, or too many others
 * were; a restart forgets all of them.
 *
 * <ol>
 *   <li>A look that was never done, or was done at another version of the pool, begins when
 *       somebody asks for it; one that was done is done again when somebody wants it anew.
 *   <li>Whoever asks gets what came of the last one, with its time, and how far the one under way
 *       is. Where there is nothing yet, he waits for a while.
 *   <li>A look that fails tells whoever asks next, once, and begins again with the one after.
 * </ol>
 */
@ApplicationScoped
public class BackgroundLooks {
    private static final Logger LOG = Logger.getLogger(BackgroundLooks.class);

    /** Results that are kept. */
    private static final int KEPT = 64;

    /** Looks that may wait for their turn. */
    private static final int WAITING = 16;

    private final Clock clock;
    private final int kept;
    private final ThreadPoolExecutor worker;

    /** The longest unused first; guarded by itself. */
    private final Map<Key, Slot> slots = new LinkedHashMap<>(16, 0.75f, true);

    @Inject
    BackgroundLooks(Clock clock) {
        this(clock, KEPT, WAITING);
    }

    BackgroundLooks(Clock clock, int kept, int waiting) {
        this.clock = clock;
        this.kept = kept;
        this.worker =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(waiting),
                        task -> {
                            Thread thread = new Thread(task, "pool looks");
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /**
     * Which look.
     *
     * @param what e.g. the list's name
     * @param reader whose names of things it has: looks of different sites differ
     * @param pool its id
     * @param labels their ids
     * @param numbers whatever else decides it
     */
    public record Key(
            String what, String reader, int pool, List<Integer> labels, List<Long> numbers) {
        public Key {
            labels = List.copyOf(labels);
            numbers = List.copyOf(numbers);
        }
    }

    /**
     * How far a look is.
     *
     * @param stage what is being done, for people; empty while it waits for its turn
     */
    public record Running(Instant since, String stage, long done, long total) {}

    /**
     * What is known.
     *
     * @param result null where there is none yet
     * @param computedAt when it was begun; null where there is none yet
     * @param version of the pool that it is of; 0 where there is none yet
     * @param running null where none is under way
     */
    public record Look<T>(
            @Nullable T result,
            @Nullable Instant computedAt,
            int version,
            @Nullable Running running) {}

    /** The work of a look. */
    @FunctionalInterface
    public interface Work<T> {
        T compute(Progress progress);
    }

    /** What is known of one key. */
    private static final class Slot {
        @Nullable Object result;
        @Nullable Instant computedAt;
        int version;
        @Nullable Running running;
        @Nullable RuntimeException failure;

        synchronized void set(@Nullable Running now) {
            running = now;
        }
    }

    /**
     * Asks for a look.
     *
     * @param version of the pool now
     * @param anew whether it is done again although it was done
     * @param patience how long to wait for it where there is nothing to show, or it is done anew
     * @throws ServiceException OVERLOADED when too many wait; whatever refused the look
     */
    public <T> Look<T> look(Key key, int version, boolean anew, Duration patience, Work<T> work) {
        Slot slot;
        synchronized (slots) {
            slot = slots.computeIfAbsent(key, k -> new Slot());
            forget(slot);
        }
        boolean wanted;
        synchronized (slot) {
            raise(slot);
            wanted = slot.result == null || anew;
            if (slot.running == null && (wanted || slot.version != version)) {
                begin(slot, version, work);
            }
            if (wanted) {
                await(slot, patience);
                raise(slot);
            }
            @SuppressWarnings("unchecked") // a key is only ever asked with one kind of work
            T result = (T) slot.result;
            return new Look<>(result, slot.computedAt, slot.version, slot.running);
        }
    }

    /** Lets go of the longest unused that nobody works on. */
    private void forget(Slot asked) {
        Iterator<Slot> oldest = slots.values().iterator();
        while (slots.size() > kept && oldest.hasNext()) {
            Slot slot = oldest.next();
            synchronized (slot) {
                if (slot != asked && slot.running == null) {
                    oldest.remove();
                }
            }
        }
    }

    private static void raise(Slot slot) {
        RuntimeException failure = slot.failure;
        slot.failure = null;
        if (failure != null) {
            throw failure;
        }
    }

    private <T> void begin(Slot slot, int version, Work<T> work) {
        Instant now = clock.instant();
        slot.running = new Running(now, "", 0, 0);
        try {
            worker.execute(() -> run(slot, now, version, work));
        } catch (RejectedExecutionException e) {
            slot.running = null;
            throw ServiceException.overloaded(worker.getQueue().size());
        }
    }

    private <T> void run(Slot slot, Instant began, int version, Work<T> work) {
        Object result = null;
        RuntimeException failure = null;
        try {
            result =
                    Objects.requireNonNull(
                            work.compute((stage, done, total) ->
                                    slot.set(new Running(began, stage, done, total))));
        } catch (DomainException e) {
            failure = e;
        } catch (OutOfMemoryError e) {
            failure = ServiceException.outOfMemory(e);
        } catch (RuntimeException e) {
            LOG.error("a look at a pool failed", e);
            failure = e;
        } catch (Error e) { // or whoever asks would wait for it for ever
            LOG.error("a look at a pool failed", e);
            failure = new IllegalStateException("a look at a pool failed", e);
        }
        synchronized (slot) {
            slot.running = null;
            slot.failure = failure;
            if (result != null) {
                slot.result = result;
                slot.computedAt = began;
                slot.version = version;
            }
            slot.notifyAll();
        }
    }

    private static void await(Slot slot, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (slot.running != null) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return;
                }
                slot.wait(left / 1_000_000 + 1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @PreDestroy
    void stop() {
        worker.shutdownNow();
    }
}
