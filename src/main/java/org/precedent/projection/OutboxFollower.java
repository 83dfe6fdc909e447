package org.precedent.projection;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ServiceException;

/**
 * A thread that keeps a projection up with the catalogue: it repeats a step at once while there is
 * work, else when it is woken or at the next poll. It never ends before it is closed: a step that
 * fails, whatever it throws, is tried again after a pause that doubles with each failure and that
 * nothing but {@link #close} cuts short. A failure is logged once, until the next step succeeds or
 * fails otherwise.
 */
final class OutboxFollower {
    private static final Logger LOG = Logger.getLogger(OutboxFollower.class);

    /** Reached sequences are looked at so often while somebody waits. */
    private static final Duration GLANCE = Duration.ofMillis(2);

    private final String name;
    private final Duration poll;
    private final Backoff backoff;
    private final BooleanSupplier step;
    private final Thread thread;

    /** Permits, not signals: one that comes while a step runs is not lost. */
    private final Semaphore wakeUps = new Semaphore(0);

    private final CountDownLatch closing = new CountDownLatch(1);

    /** The kind of failure that was logged last; null since a step succeeded. */
    private @Nullable String logged;

    private volatile Condition condition = new Condition(0, null, System.nanoTime());

    /**
     * The pauses after steps that failed one after the other.
     *
     * @param first after the first; each one after it is twice as long
     * @param longest no pause is longer
     */
    record Backoff(Duration first, Duration longest) {
        static final Backoff DEFAULT = new Backoff(Duration.ofMillis(500), Duration.ofMinutes(1));

        /**
         * @param failures one after the other, at least 1
         */
        Duration after(int failures) {
            Duration pause = first.multipliedBy(1L << Math.min(failures - 1, 20));
            return pause.compareTo(longest) > 0 ? longest : pause;
        }
    }

    /**
     * How the steps go.
     *
     * @param failures one after the other since the last step that succeeded
     * @param failure in one word, without any content; null where the last step succeeded
     * @param lastSuccess time of {@link System#nanoTime} of the last step that succeeded, or of the
     *     start
     */
    record Condition(int failures, @Nullable String failure, long lastSuccess) {
        Duration sinceSuccess() {
            return Duration.ofNanos(System.nanoTime() - lastSuccess);
        }
    }

    /**
     * How long somebody waits for a sequence.
     *
     * @param atMost the longest time; null waits until it is reached
     * @param renewed whether every step forward starts the time again
     * @param progress told the sequence reached, now and then
     */
    record Patience(@Nullable Duration atMost, boolean renewed, LongConsumer progress) {
        /** Waits for a time in all. */
        static Patience inAll(Duration atMost) {
            return new Patience(atMost, false, reached -> {});
        }

        /** Waits for as long as there are steps forward. */
        static Patience standstill(Duration atMost) {
            return new Patience(atMost, true, reached -> {});
        }

        /** Waits until it is reached. */
        static Patience endless(LongConsumer progress) {
            return new Patience(null, true, progress);
        }
    }

    /**
     * @param name of the projection, and of the thread
     * @param step false when there was nothing to do
     */
    OutboxFollower(String name, Duration poll, BooleanSupplier step) {
        this(name, poll, Backoff.DEFAULT, step);
    }

    OutboxFollower(String name, Duration poll, Backoff backoff, BooleanSupplier step) {
        this.name = name;
        this.poll = poll;
        this.backoff = backoff;
        this.step = step;
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Runs the next step now rather than at the next poll, unless the last one failed. */
    void wake() {
        wakeUps.release();
    }

    /** How the steps go at this moment. */
    Condition condition() {
        return condition;
    }

    /**
     * Waits until the projection has come to a sequence.
     *
     * @param reached how far it is
     * @throws ServiceException NOT_CAUGHT_UP when patience ends before
     */
    void await(long sequence, LongSupplier reached, Patience patience) {
        long last = reached.getAsLong();
        long begun = System.nanoTime();
        while (last < sequence) {
            Duration atMost = patience.atMost();
            if (Thread.currentThread().isInterrupted()
                    || (atMost != null && System.nanoTime() - begun > atMost.toNanos())) {
                throw ServiceException.notCaughtUp(last, sequence);
            }
            wake();
            sleep(GLANCE);
            long now = reached.getAsLong();
            if (now != last) {
                last = now;
                patience.progress().accept(now);
                begun = patience.renewed() ? System.nanoTime() : begun;
            }
        }
        patience.progress().accept(last);
    }

    boolean closed() {
        return closing.getCount() == 0;
    }

    /** Keeps an interruption for the caller to see. */
    static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed()) {
            boolean more;
            try {
                more = step.getAsBoolean();
                succeeded();
            } catch (Throwable e) { // without memory now there may be some later
                if (!closed()) {
                    failed(e);
                }
                continue;
            }
            if (!more) {
                pause();
            }
        }
    }

    private void succeeded() {
        Condition before = condition;
        condition = new Condition(0, null, System.nanoTime());
        if (before.failure() != null) {
            logged = null;
            LOG.infof("%s follows the catalogue again", name);
        }
    }

    private void failed(Throwable e) {
        Condition before = condition;
        try {
            String failure = word(e);
            condition = new Condition(before.failures() + 1, failure, before.lastSuccess());
            String kind = failure + e.getClass().getName();
            if (!kind.equals(logged)) {
                logged = kind;
                LOG.errorf("%s does not follow the catalogue, trying again: %s", name, line(e));
                LOG.debugf(e, "%s does not follow the catalogue", name);
            }
        } catch (Throwable again) {
            // Not even memory to say so: what matters is that the thread goes on.
            condition = new Condition(before.failures() + 1, "OUT_OF_MEMORY", before.lastSuccess());
        }
        uninterrupted(() ->
                closing.await(backoff.after(condition.failures()).toNanos(), TimeUnit.NANOSECONDS));
    }

    /** What went wrong, in one word that tells nothing of contents, files or code. */
    static String word(Throwable e) {
        return switch (e) {
            case DomainException refusal -> refusal.code().name();
            case OutOfMemoryError shortage -> "OUT_OF_MEMORY";
            default -> "FAULT";
        };
    }

    /** What went wrong and where, in one line. */
    private static String line(Throwable e) {
        for (StackTraceElement frame : e.getStackTrace()) {
            if (frame.getClassName().startsWith("org.precedent.")) {
                return e + " at " + frame;
            }
        }
        return e.toString();
    }

    private void pause() {
        uninterrupted(() -> {
            if (wakeUps.tryAcquire(poll.toNanos(), TimeUnit.NANOSECONDS)) {
                wakeUps.drainPermits();
            }
        });
    }

    private interface Waiting {
        void run() throws InterruptedException;
    }

    /** This thread ends by {@link #close} alone: an interruption means nothing to it. */
    private static void uninterrupted(Waiting waiting) {
        try {
            waiting.run();
        } catch (InterruptedException e) {
            LOG.debug("a follower was interrupted", e);
        }
    }

    /** Waits for the step under way, the last one. */
    void close() {
        closing.countDown();
        wake();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            thread.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
