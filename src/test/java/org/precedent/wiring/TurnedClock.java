package org.precedent.wiring;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A system clock that a test sets, beside a number of nanoseconds that only grows. */
public final class TurnedClock extends Clock {
    private Instant time;
    private long nanos = -7; // any number is a start

    public TurnedClock(Instant time) {
        this.time = time;
    }

    /** The service's own clock upon this one. */
    public SteadyClock steady() {
        return new SteadyClock(this, () -> nanos);
    }

    /** Time passes. */
    public void pass(Duration passed) {
        time = time.plus(passed);
        nanos += passed.toNanos();
    }

    /** Somebody sets the clock, and no time passes. */
    public void turn(Duration by) {
        time = time.plus(by);
    }

    @Override
    public Instant instant() {
        return time;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
    }
}
