package org.precedent.curation;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.evaluation.Progress;
import org.precedent.query.ErasedMeanwhile;

/**
 * Long looks at pools, computed one after the other beside the queries, so that no request computes
 * for minutes. What came of a look is held in memory until it is looked again, or too many others
 * were; where it is kept for longer is its work's business.
 *
 * <ol>
 *   <li>A look that was never done, or was done at another version of the pool, begins when
 *       somebody asks for it; one that was done is done again when somebody wants it anew.
 *   <li>Whoever asks gets what came of the last one, with its time, and how far the one under way
 *       is. Where there is nothing yet, he waits for a while.
 *   <li>Where memory has none, what was kept of an earlier one is taken, as if it had been computed
 *       by this process.
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
     * @param madeWith whatever decides it besides the pool's version
     * @param erasure the last one: what was computed before it is not found
     */
    public record Key(
            String what,
            String reader,
            int pool,
            List<Integer> labels,
            String madeWith,
            long erasure) {
        public Key {
            labels = List.copyOf(labels);
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

    /**
     * What came of a look.
     *
     * @param computedAt when it was begun
     * @param version of the pool that it is of
     */
    public record Made<T>(T result, Instant computedAt, int version) {}

    /** The work of a look, and the memory of it that a restart does not empty. */
    @FunctionalInterface
    public interface Work<T> {
        /**
         * @param began when it was asked for
         */
        Made<T> compute(Instant began, Progress progress);

        /** Returns what an earlier process kept, where it is still true. */
        default Optional<Made<T>> kept() {
            return Optional.empty();
        }

        /** Keeps what was computed. */
        default void keep(Made<T> made) {}
    }

    /** What is known of one key. */
    private static final class Slot {
        @Nullable Made<?> made;
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
            if (slot.made == null && slot.running == null) {
                slot.made = work.kept().orElse(null);
            }
            Made<?> known = slot.made;
            wanted = known == null || anew;
            if (slot.running == null && (known == null || anew || known.version() != version)) {
                begin(slot, work);
            }
            if (wanted) {
                await(slot, patience);
                raise(slot);
            }
            @SuppressWarnings("unchecked") // a key is only ever asked with one kind of work
            Made<T> made = (Made<T>) slot.made;
            return made == null
                    ? new Look<>(null, null, 0, slot.running)
                    : new Look<>(made.result(), made.computedAt(), made.version(), slot.running);
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

    private <T> void begin(Slot slot, Work<T> work) {
        // No finer than the catalogue keeps it: a restart does not change what is told.
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        slot.running = new Running(now, "", 0, 0);
        try {
            worker.execute(() -> run(slot, now, work));
        } catch (RejectedExecutionException e) {
            slot.running = null;
            throw ServiceException.overloaded(worker.getQueue().size());
        }
    }

    private <T> void run(Slot slot, Instant began, Work<T> work) {
        Made<T> made = null;
        RuntimeException failure = null;
        try {
            made =
                    Objects.requireNonNull(
                            ErasedMeanwhile.again(() ->
                                    work.compute(
                                            began,
                                            (stage, done, total) ->
                                                    slot.set(
                                                            new Running(
                                                                    began, stage, done, total)))));
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
            if (made != null) {
                slot.made = made;
            }
            slot.notifyAll();
        }
        if (made != null) {
            keep(work, made);
        }
    }

    /** Whoever waits has it already; a look that could not be kept is only lost at a restart. */
    private static <T> void keep(Work<T> work, Made<T> made) {
        try {
            work.keep(made);
        } catch (RuntimeException e) {
            LOG.error("a look at a pool could not be kept; a restart will lose it", e);
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
