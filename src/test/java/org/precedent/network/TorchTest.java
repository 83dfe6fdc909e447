package org.precedent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TorchTest {
    private static Torch torch;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
    }

    @AfterAll
    static void stop() {
        torch.close();
    }

    @Test
    void runsOneCallAtATimeInTheOrderOfArrival() throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        Thread blocker = blockUntil(gate);
        for (int i = 0; i < 8; i++) {
            int number = i;
            Thread thread = Thread.ofVirtual().start(() -> torch.call(m -> order.add(number)));
            threads.add(thread);
            while (thread.getState() != Thread.State.WAITING) {
                Thread.sleep(1);
            }
        }
        gate.countDown();
        blocker.join();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }

    /** A call that holds libtorch until the gate opens; returns once it does hold it. */
    private static Thread blockUntil(CountDownLatch gate) throws InterruptedException {
        CountDownLatch holds = new CountDownLatch(1);
        Thread blocker =
                Thread.ofPlatform()
                        .start(() ->
                                torch.call(m -> {
                                    holds.countDown();
                                    return waitFor(gate);
                                }));
        holds.await();
        return blocker;
    }

    private static boolean waitFor(CountDownLatch gate) {
        try {
            gate.await();
            return true;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void releasesArraysOfACallThatFails() {
        AtomicReference<NDArray> leaked = new AtomicReference<>();

        assertThatThrownBy(() ->
                        torch.call(manager -> {
                            leaked.set(manager.zeros(new Shape(3)));
                            throw new IllegalStateException("told");
                        }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("told");
        assertThatThrownBy(() -> leaked.get().toFloatArray())
                .isInstanceOf(IllegalStateException.class);
        assertThat(torch.liveArrays()).isZero();
    }

    @Test
    void anInterruptedCallerLeavesAndTheNextIsServed() throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicReference<Throwable> refusal = new AtomicReference<>();
        Thread blocker = blockUntil(gate);
        Thread waiting =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                torch.call(m -> true);
                            } catch (NetworkException e) {
                                refusal.set(e);
                            }
                        });
        waiting.interrupt();
        waiting.join();
        gate.countDown();
        blocker.join();

        assertThat(refusal.get())
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e -> assertThat(e.code()).isEqualTo(NetworkException.Code.INTERRUPTED));
        assertThat(torch.<Boolean>call(m -> true)).isTrue();
    }

    @Test
    void saysThatThreadsBetweenOperationsAreFixedForTheProcess() {
        assertThatThrownBy(() -> Torch.start(new Torch.Threads(1, 3)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("already runs with 1 inter-op threads");
    }

    @Test
    void refusesThreadCountsBelowOne() {
        assertThatThrownBy(() -> new Torch.Threads(0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Torch.Threads(1, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
