package org.precedent.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.precedent.DomainException;

class TorchTest extends OnTorch {
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
                            } catch (TensorException e) {
                                refusal.set(e);
                            }
                        });
        waiting.interrupt();
        waiting.join();
        gate.countDown();
        blocker.join();

        assertThat(refusal.get())
                .isInstanceOfSatisfying(
                        TensorException.class,
                        e -> assertThat(e.code()).isEqualTo(TensorException.Code.INTERRUPTED));
        assertThat(torch.<Boolean>call(m -> true)).isTrue();
    }

    @Test
    void memoryThatDoesNotSufficeIsARefusalAndTheNextCallIsServed() {
        for (String told :
                List.of(
                        "CUDA out of memory. Tried to allocate 2.00 GiB",
                        "[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate"
                                + " memory: you tried to allocate 99 bytes")) {
            assertOutOfMemory(new EngineException(told));
        }
        assertOutOfMemory(new OutOfMemoryError("Java heap space"));
        assertThatThrownBy(() -> torch.call(m -> fail(new EngineException("shapes differ"))))
                .isInstanceOf(EngineException.class);
        assertThat(torch.liveArrays()).isZero();
        assertThat(torch.<Boolean>call(m -> true)).isTrue();
    }

    @Test
    void piecesOfWorkComeBackInTheirOrderAndOnlyWhatLacksMemoryIsTriedSmaller() {
        List<Long> tried = Collections.synchronizedList(new ArrayList<>());
        List<BiFunction<NDManager, Long, Long>> works = new ArrayList<>();
        for (long i = 0; i < 5; i++) {
            long piece = i;
            works.add((scratch, bytes) -> {
                tried.add(piece);
                if (piece == 3 && bytes > 100) {
                    throw new OutOfMemoryError("Java heap space");
                }
                return 1000 * piece + bytes;
            });
        }

        assertThat(torch.each(1600, 10, works)).containsExactly(1600L, 2600L, 3600L, 3100L, 5600L);
        assertThat(tried).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 3L, 3L, 4L);
        assertThatThrownBy(() -> torch.each(1600, 400, works))
                .isInstanceOfSatisfying(
                        TensorException.class,
                        e -> assertThat(e.code()).isEqualTo(TensorException.Code.OUT_OF_MEMORY));
    }

    private static void assertOutOfMemory(Throwable failure) {
        assertThatThrownBy(() -> torch.call(m -> fail(failure)))
                .isInstanceOfSatisfying(
                        TensorException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(TensorException.Code.OUT_OF_MEMORY);
                            assertThat(e.kind()).isEqualTo(DomainException.Kind.BUSY);
                        });
    }

    private static boolean fail(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) failure;
    }

    @Test
    void workThatIsTooMuchIsTriedWithSmallerArrays() {
        List<Long> tried = new ArrayList<>();

        long sufficed =
                torch.call(
                        1024,
                        10,
                        (manager, bytes) -> {
                            tried.add(bytes);
                            if (bytes > 64) {
                                throw new EngineException("CUDA out of memory.");
                            }
                            return bytes;
                        });

        assertThat(sufficed).isEqualTo(64);
        assertThat(tried).containsExactly(1024L, 256L, 64L);
        tried.clear();
        assertThatThrownBy(() ->
                        torch.call(
                                1024,
                                100,
                                (manager, bytes) -> {
                                    tried.add(bytes);
                                    return fail(new EngineException("CUDA out of memory."));
                                }))
                .isInstanceOf(TensorException.class);
        assertThat(tried).containsExactly(1024L, 256L);
        tried.clear();
        assertThatThrownBy(() ->
                        torch.call(
                                1024,
                                1,
                                (manager, bytes) -> {
                                    tried.add(bytes);
                                    return fail(new EngineException("shapes differ"));
                                }))
                .isInstanceOf(EngineException.class);
        assertThat(tried).containsExactly(1024L);
    }

    @Test
    void knowsItsDevices() {
        assertThat(Torch.Processor.of("cpu")).isEqualTo(Torch.Processor.CPU);
        assertThat(Torch.Processor.of("CUDA")).isEqualTo(Torch.Processor.CUDA);
        assertThatThrownBy(() -> Torch.Processor.of("tpu"))
                .isInstanceOf(TensorException.class)
                .hasMessageContaining("\"tpu\"")
                .hasMessageContaining("cpu or cuda");
    }

    @Test
    void saysSoWhereThereIsNoCudaDevice() {
        assumeThat(Engine.getEngine("PyTorch").getGpuCount())
                .as("skipped: this machine has a CUDA device")
                .isZero();
        assertThatThrownBy(() -> Torch.start(new Torch.Threads(1, 1), Torch.Processor.CUDA))
                .isInstanceOfSatisfying(
                        TensorException.class,
                        e -> assertThat(e.code()).isEqualTo(TensorException.Code.NO_DEVICE))
                .hasMessageContaining("precedent.device=cpu")
                .hasMessageContaining("PYTORCH_LIBRARY_PATH");
    }

    @Test
    void saysThatThreadsBetweenOperationsAreFixedForTheProcess() {
        assertThatThrownBy(() -> Torch.start(new Torch.Threads(1, 3)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("already runs with 1 inter-op threads");
    }

    @Test
    void lanesUseOneThreadHoweverManyThereAre() {
        List<Function<NDManager, Integer>> works =
                Collections.nCopies(
                        6,
                        manager -> {
                            NDArray ones = manager.ones(new Shape(200, 200));
                            ones.matMul(ones).toFloatArray();
                            return JniUtils.getNumThreads();
                        });
        try (Torch three = Torch.start(new Torch.Threads(3, 1))) {
            assertThat(three.each(works)).containsOnly(1);
            assertThat((Integer) three.call(manager -> JniUtils.getNumThreads())).isEqualTo(3);
            assertThat(three.each(works)).containsOnly(1);
        }
    }

    @Test
    void refusesThreadCountsBelowOne() {
        assertThatThrownBy(() -> new Torch.Threads(0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Torch.Threads(1, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
