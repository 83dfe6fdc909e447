package org.precedent.imaging;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;

/**
 * Memory that pictures of requests may take at the same time, in the whole process. A picture is
 * weighed by the size that it declares, before memory is taken for its pixels: a small file that
 * inflates to hundreds of megabytes counts as these. What it took is given back when the work on
 * the request ends ({@link #during}). Where there is no room within a few seconds the picture is
 * refused as {@link ImagingException.Code#OUT_OF_MEMORY}: nothing is wrong with it, and it can be
 * sent again later. One that is larger than all memory for it waits until it is alone.
 *
 * <p>Work that nobody wrapped, of commands that read folders, is not weighed.
 */
public final class DecodingMemory {
    /** Three channels of 16 bits, in two forms while one becomes the other. */
    public static final int BYTES_PER_PIXEL = 12;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    /** What the work of this thread took; null where nobody weighs it. */
    private static final ThreadLocal<@Nullable Lease> CURRENT = new ThreadLocal<>();

    private final int kibibytes;
    private final Duration longestWait;

    /** Kibibytes. */
    private final Semaphore free;

    /**
     * @param bytes that all pictures together may take, >= 1 MiB
     */
    public DecodingMemory(long bytes) {
        this(bytes, LONGEST_WAIT);
    }

    DecodingMemory(long bytes, Duration longestWait) {
        this.kibibytes = Math.clamp(bytes >> 10, 1 << 10, Integer.MAX_VALUE);
        this.longestWait = longestWait;
        this.free = new Semaphore(kibibytes, true);
    }

    private final class Lease {
        private int taken;

        /** Whether there was room. */
        boolean take(long bytes) {
            int more = (int) Math.min((bytes >> 10) + 1, kibibytes - taken);
            try {
                if (!free.tryAcquire(more, longestWait.toNanos(), TimeUnit.NANOSECONDS)) {
                    return false;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
            taken += more;
            return true;
        }
    }

    /**
     * Does work whose pictures are weighed. Inside other such work it belongs to that.
     *
     * @throws ImagingException OUT_OF_MEMORY where a picture finds no room
     */
    public <T> T during(Supplier<T> work) {
        if (CURRENT.get() != null) {
            return work.get();
        }
        Lease lease = new Lease();
        CURRENT.set(lease);
        try {
            return work.get();
        } finally {
            CURRENT.remove();
            free.release(lease.taken);
        }
    }

    /**
     * As {@link #during(Supplier)}, of work on a stored picture.
     *
     * @param pixels of the picture
     * @throws ServiceException OUT_OF_MEMORY where it finds no room
     */
    public <T> T during(long pixels, Supplier<T> work) {
        return during(() -> {
            if (!Objects.requireNonNull(CURRENT.get()).take(pixels * BYTES_PER_PIXEL)) {
                throw ServiceException.outOfMemory(null);
            }
            return work.get();
        });
    }

    /** Takes the memory of a picture of so many pixels, for as long as the work lasts. */
    static void take(Reading reading, long pixels) {
        Lease lease = CURRENT.get();
        if (lease != null && !lease.take(pixels * BYTES_PER_PIXEL)) {
            throw reading.outOfMemory(null);
        }
    }

    /** Bytes that are taken at this moment. */
    public long taken() {
        return (long) (kibibytes - free.availablePermits()) << 10;
    }
}
