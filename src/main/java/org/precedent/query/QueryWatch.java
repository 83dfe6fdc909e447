package org.precedent.query;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ServiceException;

/**
 * Ends a query whose time is up or whose caller is gone: between stages it is told ({@link
 * #check}), and out of the queue before the network it is interrupted. A pass that runs may end
 * first.
 */
final class QueryWatch implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final ScheduledExecutorService LOOKING =
            Executors.newSingleThreadScheduledExecutor(work -> {
                Thread thread = new Thread(work, "query-watch");
                thread.setDaemon(true);
                return thread;
            });

    private final long deadline;
    private final Duration allowed;
    private final BooleanSupplier gone;
    private final @Nullable Future<?> looks;

    /** Who waits for the network now; guarded by this. */
    private @Nullable Thread waiting;

    /** Set once, guarded by this. */
    private @Nullable DomainException reason;

    private QueryWatch(Duration allowed, BooleanSupplier gone, boolean look) {
        this.allowed = allowed;
        this.deadline = System.nanoTime() + allowed.toNanos();
        this.gone = gone;
        this.looks =
                look
                        ? LOOKING.scheduleWithFixedDelay(
                                this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS)
                        : null;
    }

    /** For work that nobody waits for. */
    static QueryWatch none() {
        return new QueryWatch(Duration.ofDays(365), () -> false, false);
    }

    /**
     * @param allowed how long the query may take in all
     * @param gone whether whoever asked does not wait any more; asked now and then by another
     *     thread
     */
    static QueryWatch start(Duration allowed, BooleanSupplier gone) {
        return new QueryWatch(allowed, gone, true);
    }

    private synchronized void look() {
        if (reason != null) {
            return;
        }
        if (gone.getAsBoolean()) {
            reason = ServiceException.abandoned();
        } else if (System.nanoTime() - deadline > 0) {
            reason = ServiceException.deadline(allowed);
        }
        if (reason != null && waiting != null) {
            waiting.interrupt();
        }
    }

    /**
     * Returns while the query is to go on.
     *
     * @throws ServiceException DEADLINE or ABANDONED
     */
    synchronized void check() {
        if (reason != null) {
            throw reason;
        }
    }

    /** Work that waits for others; it is interrupted when the query is not to go on. */
    <T> T interruptible(Supplier<T> work) {
        synchronized (this) {
            check();
            waiting = Thread.currentThread();
        }
        try {
            return work.get();
        } catch (RuntimeException e) {
            check();
            throw e;
        } finally {
            synchronized (this) {
                waiting = null;
                if (reason != null) {
                    Thread.interrupted(); // ours, and it has done its work
                }
            }
        }
    }

    @Override
    public void close() {
        if (looks != null) {
            looks.cancel(false);
        }
    }
}
