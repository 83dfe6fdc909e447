package org.precedent.adaptation;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * When to stop: after a number of steps, or after a time. Steps give the same weights wherever they
 * are made; a time gives what the machine can do in it.
 *
 * @param steps or null
 * @param time of training, or null
 */
public record AdaptationBudget(@Nullable Integer steps, @Nullable Duration time) {
    public AdaptationBudget {
        if ((steps == null) == (time == null)) {
            throw new IllegalArgumentException("either steps or a time");
        }
        if (steps != null && steps < 1 || time != null && !time.isPositive()) {
            throw new IllegalArgumentException("a budget of " + steps + " steps, " + time);
        }
    }

    public static AdaptationBudget ofSteps(int steps) {
        return new AdaptationBudget(steps, null);
    }

    public static AdaptationBudget ofTime(Duration time) {
        return new AdaptationBudget(null, time);
    }

    /** The share of it that is over, in [0, 1]. */
    double done(int stepsMade, double seconds) {
        double share =
                steps != null
                        ? (double) stepsMade / steps
                        : seconds * 1e9 / Objects.requireNonNull(time).toNanos();
        return Math.min(1, share);
    }
}
