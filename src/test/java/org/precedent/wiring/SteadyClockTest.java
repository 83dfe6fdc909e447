package org.precedent.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
    private static final Instant START = Instant.parse("2026-01-01T12:00:00Z");

    private final TurnedClock system = new TurnedClock(START);
    private final SteadyClock clock = system.steady();

    @Test
    void aClockThatIsSetBackTakesNoTimeFromAnything() {
        system.pass(Duration.ofMinutes(10));
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(10)));
        system.turn(Duration.ofHours(3).negated());
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(10)));
        system.pass(Duration.ofHours(1));
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(70)));
        // Put right again: no jump.
        system.turn(Duration.ofHours(3));
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(70)));
        system.pass(Duration.ofSeconds(1));
        assertThat(clock.instant()).isEqualTo(system.instant());
    }

    @Test
    void aSleepOfTheMachineIsFollowed() {
        system.turn(Duration.ofHours(8)); // nanoTime stood still
        assertThat(clock.instant()).isEqualTo(system.instant());
        system.pass(Duration.ofMinutes(1));
        assertThat(clock.instant()).isEqualTo(system.instant());
    }

    @Test
    void itNeverGoesBackWhateverTheSystemClockDoes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Instant before = clock.instant();
        for (int i = 0; i < 10_000; i++) {
            Duration step = Duration.ofMillis(random.nextInt(1000));
            system.pass(step);
            if (random.nextInt(10) == 0) {
                system.turn(Duration.ofSeconds(random.nextInt(20_000) - 10_000));
            }
            Instant now = clock.instant();
            assertThat(now).as("seed %d", seed).isAfterOrEqualTo(before.plus(step));
            assertThat(now).as("seed %d", seed).isAfterOrEqualTo(system.instant());
            before = now;
        }
    }
}
