package org.precedent.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
    private static final Instant START = Instant.parse("2026-01-01T12:00:00Z");

    private Instant system = START;
    private long nanos = -7; // any number is a start

    private final SteadyClock clock =
            new SteadyClock(
                    new Clock() {
                        @Override
                        public Instant instant() {
                            return system;
                        }

                        @Override
                        public ZoneId getZone() {
                            return ZoneOffset.UTC;
                        }

                        @Override
                        public Clock withZone(ZoneId zone) {
                            throw new UnsupportedOperationException();
                        }
                    },
                    () -> nanos);

    private void pass(Duration time) {
        system = system.plus(time);
        nanos += time.toNanos();
    }

    @Test
    void aClockThatIsSetBackTakesNoTimeFromAnything() {
        pass(Duration.ofMinutes(10));
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(10)));
        system = system.minus(Duration.ofHours(3));
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(10)));
        pass(Duration.ofHours(1));
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(70)));
        // Put right again: no jump.
        system = system.plus(Duration.ofHours(3));
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(70)));
        pass(Duration.ofSeconds(1));
        assertThat(clock.instant()).isEqualTo(system);
    }

    @Test
    void aSleepOfTheMachineIsFollowed() {
        system = system.plus(Duration.ofHours(8)); // nanoTime stood still
        assertThat(clock.instant()).isEqualTo(system);
        pass(Duration.ofMinutes(1));
        assertThat(clock.instant()).isEqualTo(system);
    }

    @Test
    void itNeverGoesBackWhateverTheSystemClockDoes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Instant before = clock.instant();
        for (int i = 0; i < 10_000; i++) {
            Duration step = Duration.ofMillis(random.nextInt(1000));
            pass(step);
            if (random.nextInt(10) == 0) {
                system = system.plusSeconds(random.nextInt(20_000) - 10_000);
            }
            Instant now = clock.instant();
            assertThat(now).as("seed %d", seed).isAfterOrEqualTo(before.plus(step));
            assertThat(now).as("seed %d", seed).isAfterOrEqualTo(system);
            before = now;
        }
    }
}
