package org.precedent.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.precedent.ServiceException;
import org.precedent.tensor.TensorException;

@Timeout(60)
class QueryWatchTest {
    @Test
    void aQueryWhoseTimeIsUpIsToldBetweenStages() throws Exception {
        try (QueryWatch watch = QueryWatch.start(Duration.ofMillis(1), () -> false)) {
            Stages stages = new Stages(watch);
            assertThatThrownBy(
                            () -> {
                                while (true) {
                                    stages.time("stage", () -> 1);
                                    Thread.sleep(5);
                                }
                            })
                    .isInstanceOf(ServiceException.class)
                    .satisfies(e ->
                            assertThat(((ServiceException) e).code())
                                    .isEqualTo(ServiceException.Code.DEADLINE));
        }
    }

    @Test
    void anInterruptOfOursDoesNotOutliveTheQuery() {
        AtomicBoolean gone = new AtomicBoolean();
        try (QueryWatch watch = QueryWatch.start(Duration.ofMinutes(1), gone::get)) {
            assertThatThrownBy(() ->
                            watch.interruptible(() -> {
                                gone.set(true);
                                try {
                                    new CountDownLatch(1).await();
                                    return 0;
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                    throw new IllegalStateException("interrupted", e);
                                }
                            }))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("closed the connection");
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    /** The device as batches take it: one after the other, in the order of asking. */
    @Test
    void thirtyTwoAbandonedQueriesKeepTheNextNoLongerThanTwoPasses() throws Exception {
        ReentrantLock device = new ReentrantLock(true);
        AtomicInteger passes = new AtomicInteger();
        AtomicBoolean gone = new AtomicBoolean();
        CountDownLatch first = new CountDownLatch(1);
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> abandoned =
                    IntStream.range(0, 32)
                            .<Future<?>>mapToObj(
                                    i -> callers.submit(() -> ask(device, passes, first, gone)))
                            .toList();
            first.await();
            while (device.getQueueLength() < 31) {
                Thread.sleep(1);
            }
            gone.set(true);
            int before = passes.get();
            ask(device, passes, first, new AtomicBoolean());
            // Those that were before it in the queue, and its own pass.
            assertThat(passes.get() - before).isLessThanOrEqualTo(2);
            for (Future<?> one : abandoned) {
                assertThatThrownBy(() -> one.get(10, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOf(ServiceException.class);
            }
        }
    }

    private static int ask(
            ReentrantLock device, AtomicInteger passes, CountDownLatch first, AtomicBoolean gone) {
        try (QueryWatch watch = QueryWatch.start(Duration.ofMinutes(1), gone::get)) {
            return watch.interruptible(() -> {
                try {
                    device.lockInterruptibly();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw TensorException.interrupted(e);
                }
                try {
                    first.countDown();
                    Thread.sleep(500);
                    return passes.incrementAndGet();
                } catch (InterruptedException e) {
                    throw TensorException.interrupted(e);
                } finally {
                    device.unlock();
                }
            });
        }
    }
}
