package org.precedent.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.Sha256;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FolderFiles;
import org.precedent.catalog.Answer.UsedSupport;
import org.precedent.catalog.Support;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Raster;
import org.precedent.network.Episode;
import org.precedent.network.Prediction;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.projection.EncodingsConfig;
import org.precedent.projection.SupportEncodings;
import org.precedent.segmentation.EncodingStore;
import org.precedent.segmentation.InferenceSettings;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.NetworkConfig;

@Timeout(60)
class InferenceTest {
    private static final int SIDE = 128;
    private static final Raster WHITE = white();

    @TempDir private Path home;

    private final Blobs blobs = new Blobs();
    private volatile Consumer<List<Episode>> before = episodes -> {};

    private static Raster white() {
        short[] samples = new short[SIDE * SIDE];
        Arrays.fill(samples, (short) 255);
        return new Raster(SIDE, SIDE, 1, 8, samples);
    }

    /** Blobs in memory; fails as it is told to. */
    private static final class Blobs implements BlobStore {
        private final Map<String, byte[]> blobs = new HashMap<>();
        private volatile boolean full;

        @Override
        public String put(byte[] bytes) {
            String sha256 = Sha256.of(bytes);
            blobs.put(sha256, bytes);
            return sha256;
        }

        @Override
        public byte[] get(String sha256) {
            if (full) {
                throw new OutOfMemoryError("Java heap space");
            }
            return blobs.get(sha256);
        }

        @Override
        public boolean contains(String sha256) {
            return blobs.containsKey(sha256);
        }
    }

    private Inference inference(Map<String, String> settings) {
        SmallRyeConfigBuilder builder =
                new SmallRyeConfigBuilder()
                        .addDiscoveredConverters()
                        .withMapping(NetworkConfig.class)
                        .withMapping(EncodingsConfig.class);
        settings.forEach(builder::withDefaultValue);
        SmallRyeConfig built = builder.build();
        EncodingsConfig memory = built.getConfigMapping(EncodingsConfig.class);
        MeanMaskNetwork network =
                new MeanMaskNetwork() {
                    @Override
                    public List<Prediction> segment(List<Episode> episodes) {
                        before.accept(episodes);
                        return super.segment(episodes);
                    }
                };
        SupportEncodings encodings =
                new SupportEncodings(
                        blobs,
                        network,
                        new EncodingStore(new FolderFiles(home), network, SIDE, InputRange.CURRENT),
                        new SimpleMeterRegistry(),
                        memory);
        return new Inference(
                AnsweringNetworks.only(network, encodings),
                built.getConfigMapping(NetworkConfig.class),
                memory);
    }

    private List<List<UsedSupport>> supports(int count) {
        String sha256 = blobs.put(WHITE.toNetpbm());
        List<UsedSupport> supports = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            supports.add(
                    new UsedSupport(
                            new Support(k, 1, new UUID(0, k), "s" + k, sha256, sha256, 1, 1, 1),
                            1,
                            1.0 / count,
                            List.of(),
                            Map.of()));
        }
        return List.of(supports);
    }

    private int area(InferenceSlot slot, int count) {
        return slot.segment(
                        WHITE,
                        supports(count),
                        new InferenceSettings(SIDE, InputRange.CURRENT, Integer.MAX_VALUE),
                        List.of(),
                        new Stages())
                .getFirst()
                .segmentation()
                .mask()
                .area();
    }

    @Test
    void oneMoreThanThereAreSlotsIsRefusedAtOnce() {
        Inference inference = inference(Map.of("precedent.network.queue", "2"));
        InferenceSlot first = inference.enter();
        try (InferenceSlot second = inference.enter()) {
            assertThatThrownBy(inference::enter)
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            e -> {
                                assertThat(e.kind()).isEqualTo(DomainException.Kind.BUSY);
                                assertThat(e.fields()).containsEntry("limit", 2);
                            });
            first.close();
            first.close();
            assertThat(area(inference.enter(), 1)).isEqualTo(SIDE * SIDE);
            assertThatThrownBy(inference::enter).isInstanceOf(ServiceException.class);
            assertThat(area(second, 1)).isEqualTo(SIDE * SIDE);
        }
    }

    @Test
    void tooLittleMemoryIsARefusalAndTheNextQueryIsServed() {
        Inference inference = inference(Map.of());
        try (InferenceSlot slot = inference.enter()) {
            blobs.full = true;
            assertThatThrownBy(() -> area(slot, 3))
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            e -> {
                                assertThat(e.kind()).isEqualTo(DomainException.Kind.BUSY);
                                assertThat(e.code()).isEqualTo(ServiceException.Code.OUT_OF_MEMORY);
                            });
            blobs.full = false;
            assertThat(area(slot, 3)).isEqualTo(SIDE * SIDE);
        }
    }

    /** 40 supports count as 6 MiB before one was seen, and as 3 MiB after. */
    @Test
    void queriesThatDoNotFitIntoMemoryTogetherGoOneAfterTheOther() throws Exception {
        Inference inference = inference(Map.of("precedent.encodings.held", "8M"));
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        before =
                episodes -> {
                    running.countDown();
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                };
        CompletableFuture<Integer> first =
                CompletableFuture.supplyAsync(() -> area(inference.enter(), 40));
        running.await();
        before = episodes -> {};
        CompletableFuture<Integer> large =
                CompletableFuture.supplyAsync(() -> area(inference.enter(), 40));
        CompletableFuture<Integer> small =
                CompletableFuture.supplyAsync(() -> area(inference.enter(), 8));

        assertThat(large)
                .as("6 of 8 MiB are taken")
                .failsWithin(200, TimeUnit.MILLISECONDS)
                .withThrowableOfType(TimeoutException.class);
        gate.countDown();
        assertThat(first.get()).isEqualTo(SIDE * SIDE);
        assertThat(large.get()).isEqualTo(SIDE * SIDE);
        assertThat(small.get()).isEqualTo(SIDE * SIDE);
    }

    @Test
    void whatIsLargerThanAllMemoryForItGoesAlone() {
        Inference inference = inference(Map.of("precedent.encodings.held", "1M"));
        try (InferenceSlot slot = inference.enter()) {
            assertThat(area(slot, 100)).isEqualTo(SIDE * SIDE);
        }
    }
}
