package org.precedent.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FolderFiles;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answer.CloseUps;
import org.precedent.catalog.Answers;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Pool;
import org.precedent.catalog.SamePixels;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.catalog.TemperatureSource;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.network.Episode;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.projection.EncodingsConfig;
import org.precedent.projection.LevelEncoders;
import org.precedent.projection.SupportEncodings;
import org.precedent.query.InfluenceService.LabelInfluence;
import org.precedent.query.InfluenceService.SupportInfluence;
import org.precedent.segmentation.EncodingNetwork;
import org.precedent.segmentation.EncodingStore;
import org.precedent.segmentation.InferenceSettings;
import org.precedent.segmentation.NetworkConfig;

/** Answers of chosen weights by a network whose mask is the weighted majority of its supports'. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class InfluenceServiceTest {
    private static final int SIDE = 128;
    private static final String LABEL = "stripe";

    @Inject Catalog catalog;
    @Inject Answers answers;
    @Inject BlobStore blobs;
    @Inject IngestService ingest;
    @Inject MeterRegistry meters;
    @Inject NetworkConfig settings;
    @Inject EncodingsConfig memory;
    @Inject QueryConfig limits;

    @TempDir Path home;

    /** Passes together what may, and remembers how many did. */
    private final List<Integer> batches = new ArrayList<>();

    /** The most supports that it is shown at once. */
    private int together = Integer.MAX_VALUE;

    private final EncodingNetwork network =
            new EncodingNetwork("influence") {
                @Override
                public int batch() {
                    return 2;
                }

                @Override
                public int supportsTogether() {
                    return together;
                }

                @Override
                public List<org.precedent.network.Prediction> segment(List<Episode> episodes) {
                    batches.add(episodes.size());
                    return super.segment(episodes);
                }
            };

    private Inference inference;
    private InfluenceService influence;
    private Task task;
    private Pool pool;

    @BeforeEach
    void define() {
        String name = "w-" + UUID.randomUUID();
        task = catalog.defineTask(Scope.machine(), name, List.of(LABEL));
        pool = catalog.definePool(Scope.machine(), name, "default");
        inference = by(network);
        influence = new InfluenceService(answers, blobs, inference, limits);
    }

    @Test
    void whatTheMaskOwesToASupportIsOneMinusDiceAndTheMostInfluentialComesFirst() {
        // Without the second, nobody speaks for stripe 0; the third weighs nothing.
        UUID id = answer(new int[][] {{1}, {0, 1}, {2}}, 0.4, 0.6, 0);

        LabelInfluence found = only(influence.influence(Scope.machine(), id, null, null));

        assertThat(found.label()).isEqualTo(LABEL);
        assertThat(found.area()).isEqualTo(2 * SIDE * SIDE / 8);
        assertThat(found.note()).isNull();
        assertThat(found.supports().stream().map(SupportInfluence::rank)).containsExactly(2, 1, 3);
        SupportInfluence heavy = found.supports().get(0);
        assertThat(heavy.dice()).isCloseTo(2.0 * 1 / 3, within(1e-12));
        assertThat(heavy.influence()).isEqualTo(1 - heavy.dice());
        assertThat(heavy.areaChange()).isEqualTo(-SIDE * SIDE / 8);
        assertThat(heavy.weight()).isEqualTo(0.6);
        for (SupportInfluence without : found.supports().subList(1, 3)) {
            assertThat(without.dice()).as("rank %d", without.rank()).isEqualTo(1);
            assertThat(without.areaChange()).isZero();
        }
    }

    @Test
    void aSupportIsLeftOutOfItsGroupAndNoOtherOneChangesPlace() {
        together = 2;
        // Dealt out to two groups: {0, 1} twice, which agree on stripe 1, and {5} and {0}.
        UUID id = answer(new int[][] {{0, 1}, {5}, {0, 1}, {0}}, 0.3, 0, 0.3, 0.4);
        batches.clear();

        LabelInfluence found = only(influence.influence(Scope.machine(), id, null, null));

        assertThat(found.area()).isEqualTo(2 * SIDE * SIDE / 8);
        assertThat(found.supports())
                .hasSize(4)
                .filteredOn(s -> s.rank() == 2)
                .singleElement()
                .satisfies(s -> {
                    assertThat(s.dice()).as("nobody else is moved for it").isEqualTo(1);
                    assertThat(s.areaChange()).isZero();
                });
    }

    @Test
    void eachSupportIsEncodedOnceAndPassesGoTogetherInBoundedChunks() {
        UUID id = answer(new int[][] {{0}, {0}, {0, 1}, {0}, {0, 2}}, 0.2, 0.2, 0.2, 0.2, 0.2);
        int encoded = network.encoded();
        batches.clear();
        define();

        assertThat(only(influence.influence(Scope.machine(), id, null, null)).supports())
                .hasSize(5);

        assertThat(batches).containsExactly(2, 2, 1);
        assertThat(network.encoded() - encoded).isEqualTo(5);
    }

    @Test
    void whereAllOthersWeighNothingTheyCountTheSame() {
        UUID id = answer(new int[][] {{0}, {1, 2}, {1, 3}, {1, 4}}, 1, 0, 0, 0);

        SupportInfluence without =
                only(influence.influence(Scope.machine(), id, LABEL, null)).supports().getFirst();

        assertThat(without.rank()).isEqualTo(1);
        assertThat(without.dice()).as("stripe 1 alone has a majority").isZero();
        assertThat(without.areaChange()).isZero();
    }

    @Test
    void twoEmptyMasksAreTheSameAndOneIsAllDifferent() {
        UUID empty = answer(new int[][] {{0}, {1}, {2}, {3}}, 0.25, 0.25, 0.25, 0.25);
        assertThat(only(influence.influence(Scope.machine(), empty, null, null)).supports())
                .hasSize(4)
                .allSatisfy(s -> assertThat(s.dice()).isEqualTo(1));

        // Without the first, no stripe has more than half.
        UUID emptied = answer(new int[][] {{0}, {0}, {1}, {2}}, 0.3, 0.3, 0.2, 0.2);
        assertThat(only(influence.influence(Scope.machine(), emptied, null, null)).supports())
                .filteredOn(s -> s.rank() == 1)
                .singleElement()
                .satisfies(s -> {
                    assertThat(s.dice()).isZero();
                    assertThat(s.areaChange()).isEqualTo(-SIDE * SIDE / 8);
                });
    }

    @Test
    void oneSupportAloneIsToldAndComputesNothing() {
        UUID id = answer(new int[][] {{0}}, 1);
        batches.clear();

        LabelInfluence found = only(influence.influence(Scope.machine(), id, null, null));

        assertThat(found.supports()).isEmpty();
        assertThat(found.note()).contains("one support alone");
        assertThat(batches).isEmpty();
    }

    @Test
    void oneSupportCanBeAskedForAndTooManyCannot() {
        int many = InfluenceService.MOST_PASSES + 1;
        int[][] stripes = new int[many][];
        double[] weights = new double[many];
        for (int k = 0; k < many; k++) {
            stripes[k] = new int[] {k % 8};
            weights[k] = 1.0 / many;
        }
        UUID id = answer(stripes, weights);
        assertThatThrownBy(() -> influence.influence(Scope.machine(), id, null, null))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        e -> assertThat(e.code()).isEqualTo(ServiceException.Code.BAD_PARAMETER))
                .hasMessageContaining("at most 128");

        long annotation =
                answers.find(Scope.machine(), id)
                        .label(LABEL)
                        .supports()
                        .get(5)
                        .support()
                        .annotationId();
        assertThat(
                        only(influence.influence(
                                        Scope.machine(), id, null, Long.toString(annotation)))
                                .supports())
                .singleElement()
                .satisfies(s -> assertThat(s.rank()).isEqualTo(6));
    }

    @Test
    void anotherNetworkOrOtherWeightsAreAConflictAsAtAReplay() {
        UUID id = answer(new int[][] {{0}, {1}}, 0.5, 0.5);
        for (EncodingNetwork loaded : List.of(new EncodingNetwork("retrained"), renamed())) {
            assertThatThrownBy(() ->
                            new InfluenceService(answers, blobs, by(loaded), limits)
                                    .influence(Scope.machine(), id, null, null))
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            e ->
                                    assertThat(e.code())
                                            .isEqualTo(ServiceException.Code.MODEL_CHANGED))
                    .hasMessageContaining(loaded.name() + " " + loaded.weightsSha256());
        }
    }

    @Test
    void attentionIsThatOfTheAnswerOnlyByTheNetworkThatGaveIt() {
        UUID id = answer(new int[][] {{0}, {1}}, 0.5, 0.5);
        assertThat(attention(network, id).answered()).isTrue();
        for (EncodingNetwork loaded : List.of(new EncodingNetwork("retrained"), renamed())) {
            AttentionService.AttentionView view = attention(loaded, id);
            assertThat(view.network()).isEqualTo(loaded.name());
            assertThat(view.answered()).isFalse();
        }
    }

    private AttentionService.AttentionView attention(EncodingNetwork loaded, UUID id) {
        return new AttentionService(answers, blobs, by(loaded), LevelEncoders.ABSENT, limits)
                .attention(Scope.machine(), id, LABEL, 0, 0);
    }

    /** The same weights in another network, as those of a mirrored one are. */
    private static EncodingNetwork renamed() {
        return new EncodingNetwork("influence") {
            @Override
            public String name() {
                return "encoding+mirror";
            }
        };
    }

    private Inference by(EncodingNetwork loaded) {
        return new Inference(
                AnsweringNetworks.only(
                        loaded,
                        new SupportEncodings(
                                blobs,
                                loaded,
                                new EncodingStore(
                                        new FolderFiles(home), loaded, SIDE, InputRange.CURRENT),
                                meters,
                                memory)),
                settings,
                memory);
    }

    private static LabelInfluence only(InfluenceService.InfluenceView view) {
        assertThat(view.labels()).hasSize(1);
        return view.labels().getFirst();
    }

    /** Records the network's answer to supports with these of 8 stripes and these weights. */
    private UUID answer(int[][] stripes, double... weights) {
        Raster white = white();
        List<Example> examples = new ArrayList<>();
        for (int k = 0; k < stripes.length; k++) {
            examples.add(
                    new Example(
                            "s" + k,
                            white,
                            Example.Origin.ofImage("CT", task.name(), UUID.randomUUID().toString()),
                            Map.of(LABEL, mask(stripes[k]))));
        }
        List<UUID> images = new ArrayList<>();
        ingest.ingest(
                        Scope.machine(),
                        examples,
                        new Destination(
                                task.name(),
                                "default",
                                "tester",
                                ReviewState.APPROVED,
                                SamePixels.Policy.ALLOW),
                        "test")
                .forEach(ingested -> images.add(ingested.imageId()));
        pool = catalog.pool(Scope.machine(), task, "default");
        Map<UUID, Support> known =
                catalog.supports(
                        pool.grant(), pool.version(), task.labels().getFirst().id(), images);
        List<Answer.UsedSupport> supports = new ArrayList<>();
        for (UUID image : images) {
            double weight = weights[supports.size()];
            supports.add(new Answer.UsedSupport(known.get(image), 0, weight, List.of(), Map.of()));
        }
        Mask mask;
        try (InferenceSlot slot = inference.enter()) {
            mask =
                    slot.segment(
                                    white,
                                    List.of(supports),
                                    InferenceSettings.of(network, SIDE),
                                    List.of(),
                                    new Stages())
                            .getFirst()
                            .segmentation()
                            .mask();
        }
        String maskSha256 = blobs.put(mask.toRaster().toNetpbm());
        Answer answer =
                new Answer(
                        UUID.randomUUID(),
                        task.name(),
                        pool.name(),
                        pool.version(),
                        blobs.put(white.toNetpbm()),
                        "q.png",
                        SIDE,
                        SIDE,
                        null,
                        null,
                        "image",
                        supports.size(),
                        null,
                        TemperatureSource.QUERY,
                        0,
                        network.name(),
                        network.weightsSha256(),
                        null,
                        SIDE,
                        network.arithmetic(),
                        InputRange.CURRENT,
                        network.supportsTogether(),
                        "none",
                        Map.of(),
                        Instant.EPOCH,
                        List.of(
                                new Answer.LabelAnswer(
                                        LABEL,
                                        maskSha256,
                                        maskSha256,
                                        mask.area(),
                                        supports.size(),
                                        supports.size(),
                                        true,
                                        null,
                                        null,
                                        false,
                                        null,
                                        List.of(),
                                        supports,
                                        List.of())),
                        null,
                        false,
                        CloseUps.FALSE,
                        List.of());
        answers.record(Scope.machine(), answer, task, pool);
        return answer.id();
    }

    private static Raster white() {
        short[] samples = new short[SIDE * SIDE];
        Arrays.fill(samples, (short) 255);
        return new Raster(SIDE, SIDE, 1, 8, samples);
    }

    private static Mask mask(int... stripes) {
        boolean[] inside = new boolean[SIDE * SIDE];
        for (int stripe : stripes) {
            Arrays.fill(inside, stripe * SIDE * SIDE / 8, (stripe + 1) * SIDE * SIDE / 8, true);
        }
        return new Mask(SIDE, SIDE, inside);
    }
}
