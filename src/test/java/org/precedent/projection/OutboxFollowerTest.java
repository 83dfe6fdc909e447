package org.precedent.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
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

    private static final OutboxFollower.Backoff SHORT =
            new OutboxFollower.Backoff(Duration.ofMillis(20), Duration.ofMillis(160));

    @Test
    void outlivesWhateverAStepThrowsAndIsWellAgain() throws InterruptedException {
        List<Throwable> failures =
                List.of(
                        new IllegalStateException("told to fail"),
                        new OutOfMemoryError("told to run out"),
                        new StackOverflowError("told to overflow"),
                        new AssertionError("told to be wrong"));
        CountDownLatch allowed = new CountDownLatch(1);
        OutboxFollower follower =
                new OutboxFollower(
                        "test",
                        NEVER,
                        SHORT,
                        () -> {
                            int number = step();
                            if (number <= failures.size()) {
                                OutboxFollowerTest.<RuntimeException>sneak(
                                        failures.get(number - 1));
                            }
                            awaitUninterrupted(allowed);
                            return false;
                        });
        follower.start();

        for (int i = 1; i <= failures.size() + 1; i++) {
            assertThat(steps.take()).isEqualTo(i);
        }
        assertThat(follower.condition().failures()).isEqualTo(failures.size());
        assertThat(follower.condition().failure()).isEqualTo("FAULT");
        allowed.countDown();
        while (follower.condition().failure() != null) {
            Thread.sleep(1);
        }
        assertThat(follower.condition().failures()).isZero();
        assertThat(follower.condition().sinceSuccess()).isLessThan(Duration.ofSeconds(20));
        follower.close();
    }

    @SuppressWarnings("unchecked") // so that a step may throw what its type does not allow
    private static <T extends Throwable> void sneak(Throwable e) throws T {
        throw (T) e;
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void waitsLongerAfterEachFailureAndNobodyThatWaitsWakesIt() throws InterruptedException {
        List<Long> times = Collections.synchronizedList(new ArrayList<>());
        OutboxFollower follower =
                new OutboxFollower(
                        "test",
                        Duration.ofMillis(1),
                        SHORT,
                        () -> {
                            times.add(System.nanoTime());
                            throw new IllegalStateException("told to fail");
                        });
        follower.start();
        Thread asking =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!follower.closed()) {
                                follower.wake();
                                OutboxFollower.sleep(Duration.ofMillis(1));
                            }
                        });
        while (times.size() < 6) {
            Thread.sleep(5);
        }
        follower.close();
        asking.join();

        long[] least = {20, 40, 80, 160, 160};
        for (int i = 0; i < least.length; i++) {
            assertThat(Duration.ofNanos(times.get(i + 1) - times.get(i)))
                    .as("pause after failure %d", i + 1)
                    .isGreaterThanOrEqualTo(Duration.ofMillis(least[i]));
        }
    }

    @Test
    void saysOnceThatItFailsAndOnceThatItFollowsAgain() throws InterruptedException {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        Handler handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord line) {
                        if (line.getLevel().intValue() >= Level.INFO.intValue()) {
                            lines.add(
                                    line.getLevel()
                                            + (line.getThrown() == null ? "" : " with a trace"));
                        }
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        Logger log = Logger.getLogger(OutboxFollower.class.getName());
        log.addHandler(handler);
        log.setUseParentHandlers(false);
        log.setLevel(Level.INFO);
        try {
            OutboxFollower follower =
                    new OutboxFollower(
                            "test",
                            NEVER,
                            SHORT,
                            () -> {
                                if (step() < 5) {
                                    throw new IllegalStateException("told to fail");
                                }
                                return false;
                            });
            follower.start();
            while (count.get() < 5 || follower.condition().failure() != null) {
                Thread.sleep(1);
            }
            follower.close();
        } finally {
            log.removeHandler(handler);
            log.setUseParentHandlers(true);
            log.setLevel(null);
        }
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).isIn("ERROR", "SEVERE");
        assertThat(lines.getLast()).isEqualTo("INFO");
    }

    @Test
    void isClosedInTheMiddleOfAPause() throws InterruptedException {
        OutboxFollower follower =
                new OutboxFollower(
                        "test",
                        NEVER,
                        new OutboxFollower.Backoff(NEVER, NEVER),
                        () -> {
                            step();
                            throw new IllegalStateException("told to fail");
                        });
        follower.start();
        assertThat(steps.take()).isEqualTo(1);
        follower.close();
        assertThat(count).hasValue(1);
    }

    @Test
    void waitingInAllEndsThoughThereAreStepsForward() {
        OutboxFollower follower = new OutboxFollower("test", NEVER, () -> false);
        AtomicInteger reached = new AtomicInteger();
        assertThatThrownBy(() ->
                        follower.await(
                                Integer.MAX_VALUE,
                                reached::incrementAndGet,
                                OutboxFollower.Patience.inAll(Duration.ofMillis(50))))
                .isInstanceOf(ServiceException.class);
        List<Long> told = new ArrayList<>();
        reached.set(0);
        follower.await(5, reached::incrementAndGet, OutboxFollower.Patience.endless(told::add));
        assertThat(told).contains(5L).isSorted();
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

        follower.await(6, count::get, OutboxFollower.Patience.standstill(standstill));

        assertThat(count).hasValue(6);
        long begun = System.nanoTime();
        assertThatThrownBy(() ->
                        follower.await(
                                1000, () -> 7, OutboxFollower.Patience.standstill(standstill)))
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
