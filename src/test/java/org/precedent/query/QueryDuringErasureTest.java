package org.precedent.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.access.Scope;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FolderFiles;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answers;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Example;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.PoolPolicies;
import org.precedent.catalog.PoolSettings;
import org.precedent.confidence.Confidences;
import org.precedent.confidence.PoolAppearances;
import org.precedent.confidence.Trust;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.erasure.Erasure;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.projection.EncodingsConfig;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.ImageSpaces;
import org.precedent.projection.LevelEncoders;
import org.precedent.projection.LevelIndexes;
import org.precedent.projection.SupportEncodings;
import org.precedent.segmentation.EncodingNetwork;
import org.precedent.segmentation.EncodingStore;
import org.precedent.segmentation.NetworkConfig;

/**
 * Whoever was chosen is erased before it is read, or before the answer is recorded: the answer is
 * as if it had been asked afterwards. The erasure happens within the store of bytes, at the very
 * read or write that it gets in the way of.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class QueryDuringErasureTest {
    private static final String LABEL = Phantoms.LABELS.getFirst();

    private final List<Phantom> phantoms = new Phantoms(UUID.randomUUID().hashCode()).patients(6);
    private final String task = "d-" + UUID.randomUUID();

    @Inject Catalog catalog;
    @Inject PoolPolicies policies;
    @Inject Answers answers;
    @Inject Outbox outbox;
    @Inject BlobStore blobs;
    @Inject ImageEmbedder embedder;
    @Inject ImageSpaces spaces;
    @Inject IngestService ingest;
    @Inject ImageProjection projector;
    @Inject Limits limits;
    @Inject QueryConfig queryLimits;
    @Inject Clock clock;
    @Inject MeterRegistry meters;
    @Inject NetworkConfig settings;
    @Inject EncodingsConfig memory;
    @Inject PoolChoices choices;
    @Inject PoolSettings poolSettings;
    @Inject LevelIndexes indexes;
    @Inject Erasure erasure;

    @TempDir Path home;

    private final List<UUID> images = new ArrayList<>();

    /** What happens at the next read or write of bytes; each once. */
    private final class Interrupted implements BlobStore {
        private Runnable atGet = () -> {};
        private Runnable afterPut = () -> {};

        /** At the put of these bytes alone; empty for any. */
        private String afterPutOf = "";

        @Override
        public byte[] get(String sha256) {
            Runnable now = atGet;
            atGet = () -> {};
            now.run();
            return blobs.get(sha256);
        }

        @Override
        public String put(byte[] bytes) {
            String sha256 = blobs.put(bytes);
            if (afterPutOf.isEmpty() || afterPutOf.equals(sha256)) {
                Runnable now = afterPut;
                afterPut = () -> {};
                afterPutOf = "";
                now.run();
            }
            return sha256;
        }

        @Override
        public boolean contains(String sha256) {
            return blobs.contains(sha256);
        }
    }

    private final Interrupted store = new Interrupted();

    @BeforeEach
    void fill() {
        catalog.defineTask(Scope.machine(), task, Phantoms.LABELS);
        catalog.definePool(Scope.machine(), task, "default");
        for (Phantom phantom : phantoms.subList(1, 6)) {
            images.add(
                    ingest.ingest(
                                    Scope.machine(),
                                    List.of(
                                            new Example(
                                                    phantom.id() + ".png",
                                                    phantom.image(),
                                                    Example.Origin.ofImage(
                                                            "CT", "here", patient(phantom)),
                                                    phantom.masks())),
                                    new Destination(
                                            task, "default", "tester", ReviewState.APPROVED),
                                    "test")
                            .getFirst()
                            .imageId());
        }
    }

    @Test
    void aSupportThatIsErasedBeforeItIsReadIsReplacedByTheNext() {
        Answer before = queries().segment(Scope.machine(), query(phantoms.getFirst(), 3));
        UUID nearest = used(before).getFirst();
        store.atGet = () -> erase(nearest);
        Answer during = queries().segment(Scope.machine(), query(phantoms.getFirst(), 3));
        assertThat(used(during)).hasSize(3).doesNotContain(nearest);
        Answer after = queries().segment(Scope.machine(), query(phantoms.getFirst(), 3));
        assertThat(used(during)).isEqualTo(used(after));
        assertThat(during.labels().getFirst().maskSha256())
                .isEqualTo(after.labels().getFirst().maskSha256());
        assertThat(answers.findWithSupports(Scope.machine(), during.id()).labels().getFirst())
                .matches(label -> label.erasedSupports() == 0);
    }

    @Test
    void aSupportThatIsErasedBeforeTheAnswerIsRecordedIsNotInIt() {
        UUID nearest =
                used(queries().segment(Scope.machine(), query(phantoms.getFirst(), 3))).getFirst();
        store.afterPut = () -> erase(nearest);
        Answer during = queries().segment(Scope.machine(), query(phantoms.getFirst(), 3));
        assertThat(used(during)).hasSize(3).doesNotContain(nearest);
    }

    @Test
    void bytesOfAnAnswerThatGoWithAnErasedImageAreThereOnceItIsRecorded() {
        // The query's pixels are those of an image of the pool, which does not support it.
        Phantom same = phantoms.get(1);
        String pixels = Sha256.of(same.image().canonical().toNetpbm());
        store.afterPutOf = pixels;
        store.afterPut = () -> erase(images.getFirst());
        Answer answer = queries().segment(Scope.machine(), query(same, 3));
        assertThat(answer.querySha256()).isEqualTo(pixels);
        assertThat(store.afterPutOf).as("the erasure happened").isEmpty();
        assertThat(blobs.contains(pixels)).isTrue();
    }

    @Test
    void aReplayAndAnInfluenceSayWhatWasErased() {
        for (boolean replay : new boolean[] {true, false}) {
            Answer answer = queries().segment(Scope.machine(), query(phantoms.getFirst(), 2));
            UUID nearest = used(answer).getFirst();
            store.atGet = () -> erase(nearest);
            assertThatThrownBy(
                            () -> {
                                if (replay) {
                                    queries().replay(Scope.machine(), answer.id());
                                } else {
                                    influences()
                                            .influence(Scope.machine(), answer.id(), null, null);
                                }
                            })
                    .isInstanceOfSatisfying(
                            CatalogException.class,
                            e -> assertThat(e.code()).isEqualTo(CatalogException.Code.ERASED));
        }
    }

    @Test
    void aPictureOfWhatIsErasedMeanwhileIsNotThere() {
        Answer answer = queries().segment(Scope.machine(), query(phantoms.getFirst(), 2));
        Answer.UsedSupport first = answer.labels().getFirst().supports().getFirst();
        store.atGet = () -> erase(first.support().imageId());
        AnswerPictures pictures = new AnswerPictures(catalog, store, new DecodingMemory(1 << 30));
        assertThatThrownBy(
                        () -> pictures.annotation(Scope.machine(), first.support().annotationId()))
                .isInstanceOfSatisfying(
                        CatalogException.class,
                        e ->
                                assertThat(e.code())
                                        .isEqualTo(CatalogException.Code.UNKNOWN_ANNOTATION));
    }

    @Test
    void bytesThatTheCatalogueNamesAreLostWhoeverIsErased() {
        UUID image = images.getFirst();
        String pixels = outbox.project(List.of(image)).getFirst().pixelsSha256();
        blobs.delete(pixels);
        assertThatThrownBy(() -> blobs.get(pixels))
                .isInstanceOfSatisfying(
                        BlobException.class,
                        e -> assertThat(e.code()).isEqualTo(BlobException.Code.BLOB_MISSING));
        erase(image);
        assertThatThrownBy(() -> blobs.get(pixels))
                .isInstanceOfSatisfying(
                        BlobException.class,
                        e -> assertThat(e.code()).isEqualTo(BlobException.Code.ERASED_MEANWHILE));
    }

    // ---- helpers

    private void erase(UUID image) {
        erasure.erase(Scope.machine(), new Erasure.Subject.Image(image), "test", false);
    }

    private String patient(Phantom phantom) {
        return task + " " + phantom.patient();
    }

    private static List<UUID> used(Answer answer) {
        return answer.labels().stream()
                .flatMap(label -> label.supports().stream())
                .map(used -> used.support().imageId())
                .toList();
    }

    private Query query(Phantom phantom, int supports) {
        return new Query(
                new SentFile("q.png", PngWriter.png(phantom.image())),
                task,
                List.of(LABEL),
                "default",
                null,
                supports,
                Query.temperature("0.1"),
                Query.strategy("image"),
                0,
                null,
                "asked-" + task,
                Query.NearDuplicates.ALLOW,
                null,
                Answer.CloseUps.FALSE);
    }

    /** Nothing is encoded before it is asked for, as after a start. */
    private Inference inference() {
        EncodingNetwork network = new EncodingNetwork(task);
        SupportEncodings encodings =
                new SupportEncodings(
                        store,
                        network,
                        new EncodingStore(
                                new FolderFiles(home),
                                network,
                                EmbeddedServices.SIDE,
                                InputRange.CURRENT),
                        meters,
                        memory);
        return new Inference(AnsweringNetworks.only(network, encodings), settings, memory);
    }

    private InfluenceService influences() {
        return new InfluenceService(answers, store, inference(), queryLimits);
    }

    private QueryService queries() {
        Inference inference = inference();
        SupportFinder finder =
                new SupportFinder(
                        catalog,
                        projector,
                        embedder,
                        LevelEncoders.ABSENT,
                        indexes,
                        inference,
                        new SamePictures(store),
                        policies,
                        outbox);
        return new QueryService(
                catalog,
                answers,
                choices,
                store,
                outbox,
                finder,
                spaces,
                inference,
                new Trust(
                        new Confidences(
                                poolSettings, store, embedder, inference.network(), settings),
                        new PoolAppearances(poolSettings, store, outbox)),
                limits,
                new DecodingMemory(1 << 30),
                queryLimits,
                clock,
                meters);
    }
}
