package org.precedent.wiring;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The time of day, which never goes back while the process runs. Sessions, leases, deadlines that
 * are rows, and the order of what is recorded rest on it: a system clock that is set back by hours
 * would give sessions these hours more, and put new answers before old ones.
 *
 * <p>It goes on with the pace of {@link System#nanoTime} from the furthest that the system clock
 * has been, and follows that one where it goes ahead, as after a sleep of the machine. Where the
 * system clock was ahead by mistake, it is in step again after the next start.
 *
 * <p>What is compared with times that the file system or another machine wrote asks the system
 * clock itself.
 */
public final class SteadyClock extends Clock {
    private static final Logger LOG = Logger.getLogger(SteadyClock.class);

    /** A system clock that is behind by less is being adjusted, and nobody need hear of it. */
    private static final Duration TOLD = Duration.ofSeconds(2);

    private final Clock system;
    private final LongSupplier nanos;
    private final ZoneId zone;
    private final Instant origin;
    private final long originNanos;

    /** By how many nanoseconds the system clock was ahead of the pace since the origin, at most. */
    private long ahead;

    private boolean behind;

    public SteadyClock() {
        this(Clock.systemUTC(), System::nanoTime);
    }

    /**
     * @param system the time of day
     * @param nanos a number of nanoseconds that only grows
     */
    public SteadyClock(Clock system, LongSupplier nanos) {
        this.system = system;
        this.nanos = nanos;
        this.zone = system.getZone();
        this.origin = system.instant();
        this.originNanos = nanos.getAsLong();
    }

    @Override
    public synchronized Instant instant() {
        Instant said = system.instant();
        // Read after it: a pause between the two makes it seem behind, never ahead.
        long passed = nanos.getAsLong() - originNanos;
        long off = Duration.between(origin.plusNanos(passed), said).toNanos();
        ahead = Math.max(ahead, off);
        boolean nowBehind = ahead - off > TOLD.toNanos();
        if (nowBehind && !behind) {
            LOG.warnf(
                    "the system clock was set back by %d s: this process goes on as if it was not,"
                            + " until it is started again",
                    Duration.ofNanos(ahead - off).toSeconds());
        }
        behind = nowBehind;
        return origin.plusNanos(passed + ahead);
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
        SteadyClock steady = this;
        return new Clock() {
            @Override
            public Instant instant() {
                return steady.instant();
            }

            @Override
            public ZoneId getZone() {
                return other;
            }

            @Override
            public Clock withZone(ZoneId another) {
                return steady.withZone(another);
            }
        };
    }
}
