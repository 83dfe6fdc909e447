package org.precedent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.precedent.DomainException;
import org.precedent.network.Episode.Support;
import org.precedent.network.NetworkException.Code;
import org.precedent.tensor.TensorException;

@Timeout(60)
class BatchingNetworkTest {
    private static final long MEGABYTE = 1 << 20;

    private final Echo echo = new Echo();

    /** Answers every query with itself; remembers the batches; does before one what it is told. */
    private static final class Echo implements SegmentationNetwork {
        final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
        volatile Consumer<List<Episode>> before = episodes -> {};

        @Override
        public List<Prediction> segment(List<Episode> episodes) {
            batches.add(episodes.size());
            before.accept(episodes);
            return episodes.stream().map(episode -> Prediction.of(episode.query())).toList();
        }

        @Override
        public int batch() {
            return 16;
        }

        @Override
        public String name() {
            return "echo";
        }

        @Override
        public String weightsSha256() {
            return "0";
        }

        @Override
        public int nativeSize() {
            return 8;
        }

        @Override
        public int sizeMultiple() {
            return 8;
        }

        @Override
        public boolean cachesSupports() {
            return false;
        }

        @Override
        public List<SupportEncoding> encode(SupportImage image) {
            throw new UnsupportedOperationException();
        }

        /** A megabyte a support. */
        @Override
        public Cost cost(int k, int height, int width, int labels) {
            return new Cost(1, 1, k * MEGABYTE);
        }

        @Override
        public void close() {}
    }

    private static Episode episode(int side, float value, int supports) {
        float[] query = new float[side * side];
        query[0] = value;
        SupportEncoding encoding = new SupportEncoding("echo", "0", side, side, "", Map.of());
        List<Support> context =
                Collections.nCopies(supports, new Support(encoding, 1.0 / supports));
        return Episode.of(side, side, query, context);
    }

    private static float first(Prediction answer) {
        return answer.logits()[0];
    }

    private static DomainException refusal(CompletableFuture<Prediction> future) {
        try {
            throw new AssertionError("answered: " + future.get());
        } catch (ExecutionException e) {
            return (DomainException) e.getCause();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** One query that holds the device, and others that wait behind it, in order. */
    private final class Line {
        final BatchingNetwork network;
        final CountDownLatch gate = new CountDownLatch(1);
        final CompletableFuture<Prediction> holder;
        final List<CompletableFuture<Prediction>> waiting = new ArrayList<>();
        final List<Thread> threads = new ArrayList<>();

        Line(BatchingNetwork network) throws InterruptedException {
            this.network = network;
            CountDownLatch running = new CountDownLatch(1);
            Consumer<List<Episode>> then = echo.before;
            echo.before =
                    episodes -> {
                        echo.before = then;
                        running.countDown();
                        try {
                            gate.await();
                        } catch (InterruptedException e) {
                            throw TensorException.interrupted(e);
                        }
                    };
            holder = add(episode(8, -1, 1));
            running.await();
            threads.clear();
            waiting.clear();
        }

        CompletableFuture<Prediction> add(Episode episode) throws InterruptedException {
            CompletableFuture<Prediction> future = new CompletableFuture<>();
            Thread thread =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    future.complete(network.segment(episode));
                                } catch (Throwable e) {
                                    future.completeExceptionally(e);
                                }
                            });
            threads.add(thread);
            waiting.add(future);
            while (thread.isAlive()
                    && thread.getState() != Thread.State.WAITING
                    && !future.isDone()) {
                Thread.sleep(1);
            }
            return future;
        }

        void open() {
            gate.countDown();
        }
    }

    private BatchingNetwork batching(int largest) {
        return new BatchingNetwork(echo, largest, 100 * MEGABYTE);
    }

    @Test
    void aQueryAloneGoesAtOnce() {
        assertThat(first(batching(8).segment(episode(8, 3, 1)))).isEqualTo(3);
        assertThat(echo.batches).containsExactly(1);
    }

    @Test
    void queriesThatWaitGoTogetherUpToTheLargestBatch() throws Exception {
        Line line = new Line(batching(4));
        for (int i = 0; i < 6; i++) {
            line.add(episode(8, i, 1));
        }
        line.open();

        for (int i = 0; i < 6; i++) {
            assertThat(first(line.waiting.get(i).get())).isEqualTo(i);
        }
        assertThat(first(line.holder.get())).isEqualTo(-1);
        assertThat(echo.batches).containsExactly(1, 4, 2);
    }

    @Test
    void otherSizesAndTooMuchMemoryGoApartInTheirOrder() throws Exception {
        Line line = new Line(batching(8));
        line.add(episode(8, 0, 40));
        line.add(episode(8, 1, 40));
        line.add(episode(8, 2, 40));
        line.add(episode(16, 3, 1));
        line.add(episode(8, 4, 1));
        line.open();

        for (int i = 0; i < 5; i++) {
            assertThat(first(line.waiting.get(i).get())).isEqualTo(i);
        }
        assertThat(echo.batches).containsExactly(1, 2, 1, 1, 1);
    }

    @Test
    void aNetworkThatGainsNothingGetsNoBatches() throws Exception {
        SegmentationNetwork one =
                new BatchingNetwork(echo, 1, MEGABYTE * 100); // its batch() is 1 too
        Line line = new Line(new BatchingNetwork(one, 8, 100 * MEGABYTE));
        line.add(episode(8, 0, 1));
        line.add(episode(8, 1, 1));
        line.open();
        for (CompletableFuture<Prediction> answer : line.waiting) {
            answer.get();
        }
        assertThat(echo.batches).containsExactly(1, 1, 1);
    }

    @Test
    void aBatchThatIsTooMuchForTheDeviceGoesInHalves() throws Exception {
        echo.before =
                episodes -> {
                    if (episodes.size() > 1) {
                        throw new EngineException("CUDA out of memory. Tried to allocate 2.00 GiB");
                    }
                };
        Line line = new Line(batching(8));
        for (int i = 0; i < 3; i++) {
            line.add(episode(8, i, 1));
        }
        line.open();

        for (int i = 0; i < 3; i++) {
            assertThat(first(line.waiting.get(i).get())).isEqualTo(i);
        }
        assertThat(echo.batches).containsExactly(1, 3, 1, 2, 1, 1);
    }

    @Test
    void aSingleQueryThatIsTooMuchIsRefusedAsBusyAndTheNextIsServed() {
        BatchingNetwork network = batching(8);
        for (Throwable failure :
                List.of(
                        new EngineException(
                                "[enforce fail] DefaultCPUAllocator: not enough memory"),
                        new OutOfMemoryError(
                                "Cannot reserve 4096 bytes of direct buffer memory"))) {
            echo.before = episodes -> sneak(failure);

            assertThatThrownBy(() -> network.segment(episode(8, 1, 1)))
                    .isInstanceOfSatisfying(
                            TensorException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo(TensorException.Code.OUT_OF_MEMORY);
                                assertThat(e.kind()).isEqualTo(DomainException.Kind.BUSY);
                            })
                    .hasMessageContaining("memory");
        }
        echo.before = episodes -> {};
        assertThat(first(network.segment(episode(8, 5, 1)))).isEqualTo(5);
    }

    private static void sneak(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) failure;
    }

    @Test
    void whatNeedsMoreThanThereCanBeIsNotTried() {
        assertThatThrownBy(() -> batching(8).segment(episode(8, 1, 101)))
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.MEMORY_LIMIT))
                .hasMessageContaining("101 MiB")
                .hasMessageContaining("100 MiB");
        assertThat(echo.batches).isEmpty();
    }

    @Test
    void aQueryThatFailsTakesNoOtherWithIt() throws Exception {
        echo.before =
                episodes -> {
                    if (episodes.stream().anyMatch(episode -> episode.query()[0] == 1)) {
                        throw NetworkException.notFinite("echo", 1, 64);
                    }
                };
        Line line = new Line(batching(8));
        for (int i = 0; i < 4; i++) {
            line.add(episode(8, i, 1));
        }
        line.open();

        assertThat(refusal(line.waiting.get(1)).code()).isEqualTo(Code.NOT_FINITE);
        for (int i : new int[] {0, 2, 3}) {
            assertThat(first(line.waiting.get(i).get())).isEqualTo(i);
        }
    }

    @Test
    void whoIsInterruptedLeavesTheLineAndWhoRunsTheBatchLeavesItToTheOthers() throws Exception {
        Line line = new Line(batching(8));
        for (int i = 0; i < 3; i++) {
            line.add(episode(8, i, 1));
        }
        line.threads.get(1).interrupt();
        assertThat(refusal(line.waiting.get(1)).code()).isEqualTo(TensorException.Code.INTERRUPTED);
        echo.before =
                episodes -> {
                    echo.before = then -> {};
                    throw TensorException.interrupted(new InterruptedException());
                };
        line.open();

        assertThat(refusal(line.waiting.get(0)).code()).isEqualTo(TensorException.Code.INTERRUPTED);
        assertThat(first(line.waiting.get(2).get())).isEqualTo(2);
        assertThat(echo.batches).containsExactly(1, 2, 1);
    }

    /** A default method that is not handed on would silently answer for the network. */
    @Test
    void handsEveryQuestionOn() {
        for (Class<?> front : List.of(BatchingNetwork.class, MirroredNetwork.class)) {
            List<Method> declared = new ArrayList<>(List.of(front.getDeclaredMethods()));
            declared.addAll(List.of(ForwardingNetwork.class.getDeclaredMethods()));
            for (Method method : SegmentationNetwork.class.getMethods()) {
                boolean byAnother = method.getName().equals("segment") && !isListOfEpisodes(method);
                if (!byAnother && !Modifier.isStatic(method.getModifiers())) {
                    assertThat(declared)
                            .as(front + " " + method)
                            .anyMatch(own ->
                                    own.getName().equals(method.getName())
                                            && Arrays.equals(
                                                    own.getParameterTypes(),
                                                    method.getParameterTypes()));
                }
            }
        }
    }

    private static boolean isListOfEpisodes(Method method) {
        return method.getParameterTypes()[0] == List.class;
    }

    @Test
    void severalQueriesOfOneCallerComeBackInTheirOrder() {
        List<Prediction> answers =
                batching(2).segment(List.of(episode(8, 0, 1), episode(16, 1, 1), episode(8, 2, 1)));

        assertThat(answers).extracting(BatchingNetworkTest::first).containsExactly(0f, 1f, 2f);
        assertThat(echo.batches).containsExactly(1, 1, 1);
    }
}
