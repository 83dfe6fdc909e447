package org.precedent.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.precedent.ServiceException;

@Timeout(30)
class OutboxFollowerTest {
    private static final Duration NEVER = Duration.ofDays(1);

    private final BlockingQueue<Integer> steps = new LinkedBlockingQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    private int step() {
        int number = count.incrementAndGet();
        steps.add(number);
        return number;
    }

    @Test
    void repeatsAtOnceWhileThereIsWorkAndThenWhenWoken() throws InterruptedException {
        OutboxFollower follower = new OutboxFollower("test", NEVER, () -> step() < 3);
        follower.start();
        for (int i = 1; i <= 3; i++) {
            assertThat(steps.take()).isEqualTo(i);
        }
        assertThat(steps.poll(50, TimeUnit.MILLISECONDS)).isNull();

        follower.wake();

        assertThat(steps.take()).isEqualTo(4);
        follower.close();
        assertThat(count).hasValue(4);
    }

    @Test
    void triesAgainAfterAFailure() throws InterruptedException {
        OutboxFollower follower =
                new OutboxFollower(
                        "test",
                        NEVER,
                        () -> {
                            if (step() == 1) {
                                throw new IllegalStateException("told to fail");
                            }
                            return false;
                        });
        follower.start();

        assertThat(steps.take()).isEqualTo(1);
        assertThat(steps.take()).isEqualTo(2);
        follower.close();
    }

    @Test
    void outlivesAShortageOfMemory() throws InterruptedException {
        OutboxFollower follower =
                new OutboxFollower(
                        "test",
                        NEVER,
                        () -> {
                            if (step() == 1) {
                                throw new OutOfMemoryError("told to run out");
                            }
                            return false;
                        });
        follower.start();

        assertThat(steps.take()).isEqualTo(1);
        assertThat(steps.take()).isEqualTo(2);
        follower.close();
    }

    @Test
    void isWaitedForAsLongAsItGoesOn() {
        Duration standstill = Duration.ofSeconds(1);
        OutboxFollower follower =
                new OutboxFollower(
                        "test",
                        NEVER,
                        () -> {
                            OutboxFollower.sleep(Duration.ofMillis(200));
                            return step() < 6; // so that all steps take longer than a standstill
                        });
        follower.start();

        follower.await(6, count::get, standstill);

        assertThat(count).hasValue(6);
        long begun = System.nanoTime();
        assertThatThrownBy(() -> follower.await(1000, () -> 7, standstill))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        e -> assertThat(e.code()).isEqualTo(ServiceException.Code.NOT_CAUGHT_UP))
                .hasMessageContaining("change 7 of 1000");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(standstill);
        follower.close();
    }

    @Test
    void mayBeClosedWithoutHavingStarted() {
        OutboxFollower follower = new OutboxFollower("test", NEVER, () -> false);

        assertThatCode(follower::close).doesNotThrowAnyException();
        assertThat(follower.closed()).isTrue();
    }
}
