package org.precedent.tensor;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * What runs inside libtorch in this process. A process that ends takes libtorch's tables away below
 * threads that still compute, which then crash: so it lets them come out first.
 */
public final class Passes {
    /** Those of this process. */
    public static final Passes OF_PROCESS = new Passes();

    /** Held shared by every pass, alone by the end of the process. */
    private final ReentrantReadWriteLock inside = new ReentrantReadWriteLock();

    Passes() {}

    /** Runs a pass; one that begins after {@link #end} waits for the process to be gone. */
    <T> T inside(Supplier<T> pass) {
        inside.readLock().lock();
        try {
            return pass.get();
        } finally {
            inside.readLock().unlock();
        }
    }

    /**
     * Waits until no pass is under way, and lets none begin any more. For the end of the process.
     *
     * @param longest how long to wait
     * @return whether libtorch is left alone; otherwise the process may only be halted, which takes
     *     nothing down below a running pass
     */
    public boolean end(Duration longest) {
        try {
            return inside.writeLock().tryLock(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
