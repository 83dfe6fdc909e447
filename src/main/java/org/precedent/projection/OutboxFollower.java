package org.precedent.projection;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.precedent.ServiceException;

/**
 * A thread that keeps a projection up with the catalogue: it repeats a step at once while there is
 * work, else when it is woken or at the next poll. A step that fails is tried again after a second.
 */
final class OutboxFollower {
    private static final Logger LOG = Logger.getLogger(OutboxFollower.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final String name;
    private final Duration poll;
    private final BooleanSupplier step;
    private final Thread thread;

    /** Permits, not signals: one that comes while a step runs is not lost. */
    private final Semaphore wakeUps = new Semaphore(0);

    private volatile boolean closed;

    /**
     * @param name of the projection, and of the thread
     * @param step false when there was nothing to do
     */
    OutboxFollower(String name, Duration poll, BooleanSupplier step) {
        this.name = name;
        this.poll = poll;
        this.step = step;
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Runs the next step now rather than at the next poll. */
    void wake() {
        wakeUps.release();
    }

    /**
     * Waits until the projection has come to a sequence, for as long as it goes on.
     *
     * @param reached how far it is
     * @param standstill the longest time without a step forward
     * @throws ServiceException NOT_CAUGHT_UP when it stands still for longer
     */
    void await(long sequence, LongSupplier reached, Duration standstill) {
        long last = reached.getAsLong();
        long deadline = System.nanoTime() + standstill.toNanos();
        while (last < sequence) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                throw ServiceException.notCaughtUp(last, sequence);
            }
            wake();
            sleep(Duration.ofMillis(10));
            long now = reached.getAsLong();
            if (now > last) {
                last = now;
                deadline = System.nanoTime() + standstill.toNanos();
            }
        }
    }

    boolean closed() {
        return closed;
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
        while (!closed) {
            try {
                if (!step.getAsBoolean()) {
                    pause(poll);
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                // Without memory now there may be some later; a thread that ends never follows.
                if (!closed) {
                    LOG.errorf(e, "the %s does not follow the catalogue; trying again", name);
                    pause(RETRY);
                }
            }
        }
    }

    private void pause(Duration atMost) {
        try {
            if (wakeUps.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                wakeUps.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the step under way, the last one. */
    void close() {
        closed = true;
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
