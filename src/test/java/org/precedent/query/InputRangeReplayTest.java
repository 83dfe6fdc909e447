package org.precedent.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answers;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.segmentation.InferenceSettings;
import org.precedent.segmentation.Segmentation;
import org.precedent.segmentation.Segmenter;

/** Answers of a version that knew only min-max, on images for which that is another input. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class InputRangeReplayTest {
    private static final String LABEL = "spine";

    @Inject Catalog catalog;
    @Inject Answers answers;
    @Inject BlobStore blobs;
    @Inject IngestService ingest;
    @Inject Inference inference;
    @Inject QueryService queries;
    @Inject InfluenceService influence;
    @Inject AttentionService attention;
    @Inject DataSource database;

    @Test
    void anAnswerOfBeforeIsComputedAgainInItsOwnRange() throws SQLException {
        Answer now = answer();
        assertThat(now.inputRange()).isEqualTo(InputRange.CURRENT);
        assertThat(now.label(LABEL).belowResolution()).isNull();

        Segmenter.Explained old = segment(now, InputRange.MIN_MAX);
        UUID id = recordAsBefore(now, old.segmentation());

        Answer before = answers.find(Scope.machine(), id);
        assertThat(before.inputRange()).isEqualTo(InputRange.MIN_MAX);
        assertThat(before.label(LABEL).belowResolution()).isNull();
        assertThat(before.label(LABEL).probabilitiesSha256())
                .as("the ranges differ on this query")
                .isNotEqualTo(now.label(LABEL).probabilitiesSha256());
        for (Answer answer : List.of(before, now, before)) {
            assertThat(queries.replay(Scope.machine(), answer.id()))
                    .as("%s", answer.inputRange())
                    .allMatch(QueryService.ReplayedLabel::identical);
        }
        // Where each looked is asked with the input that each had.
        assertThat(maps(before.id())).isNotEqualTo(maps(now.id()));
        assertThat(maps(before.id())).isEqualTo(maps(before.id()));
        assertThat(
                        influence
                                .influence(Scope.machine(), id, null, null)
                                .labels()
                                .getFirst()
                                .supports())
                .isNotEqualTo(
                        influence
                                .influence(Scope.machine(), now.id(), null, null)
                                .labels()
                                .getFirst()
                                .supports());
    }

    private List<List<Float>> maps(UUID id) {
        return attention
                .attention(Scope.machine(), id, LABEL, 60, 60)
                .scales()
                .getFirst()
                .supports()
                .stream()
                .map(support -> {
                    List<Float> cells = new ArrayList<>();
                    for (float cell : support.map()) {
                        cells.add(cell);
                    }
                    return cells;
                })
                .toList();
    }

    private Answer answer() {
        String task = "r-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, List.of(LABEL));
        catalog.definePool(Scope.machine(), task, "default");
        List<Phantom> phantoms = new Phantoms(31).patients(5);
        for (Phantom phantom : phantoms.subList(1, 5)) {
            ingest.ingest(
                    Scope.machine(),
                    List.of(
                            new Example(
                                    phantom.id() + ".png",
                                    hot(phantom.image()),
                                    Example.Origin.ofImage("CT", "here", phantom.patient()),
                                    Map.of(LABEL, phantom.masks().get(LABEL)))),
                    new Destination(task, "default", "tester", ReviewState.APPROVED),
                    "test");
        }
        return queries.segment(
                Scope.machine(),
                new Query(
                        new SentFile("q.png", PngWriter.png(hot(phantoms.getFirst().image()))),
                        task,
                        List.of(),
                        "default",
                        null,
                        3,
                        Query.temperature("0.1"),
                        Query.strategy("image"),
                        0,
                        null,
                        phantoms.getFirst().patient()));
    }

    /** The same in 16 bits, with one hot pixel. */
    private static Raster hot(Raster image) {
        short[] samples = new short[image.width() * image.height()];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (8 * image.sample(i % image.width(), i / image.width(), 0));
        }
        samples[image.width() * 20 + 30] = (short) 65535;
        return new Raster(image.width(), image.height(), 1, 16, samples);
    }

    private Segmenter.Explained segment(Answer answer, InputRange range) {
        try (InferenceSlot slot = inference.enter()) {
            return slot.segment(
                            Raster.fromNetpbm(blobs.get(answer.querySha256())),
                            List.of(answer.label(LABEL).supports()),
                            new InferenceSettings(answer.networkSize(), range, Integer.MAX_VALUE),
                            List.of(),
                            new Stages())
                    .getFirst();
        }
    }

    /**
     * Copies an answer with another result, naming only the columns that there were before, and who
     * asked.
     */
    private UUID recordAsBefore(Answer answer, Segmentation result) throws SQLException {
        UUID id = UUID.randomUUID();
        try (Connection connection = database.getConnection()) {
            run(
                    connection,
                    """
                    INSERT INTO answer (id, task_id, pool_id, pool_version, query_sha256, query_name, site, patient,
                        strategy, support_size, temperature, seed, network, weights_sha256, network_size,
                        embedding_space, timings_ms, created_at, temperature_source, query_width, query_height, asked_by, asked_site)
                    SELECT ?, task_id, pool_id, pool_version, query_sha256, query_name, site, patient,
                        strategy, support_size, temperature, seed, network, weights_sha256, network_size,
                        embedding_space, timings_ms, created_at, temperature_source, query_width, query_height, asked_by, asked_site
                    FROM answer WHERE id = ?
                    """,
                    id,
                    answer.id());
            run(
                    connection,
                    """
                    INSERT INTO answer_label (answer_id, label_id, mask_sha256, probabilities_sha256, area, eligible,
                        visited, exact, shortfall, confidence, points)
                    SELECT ?, label_id, ?, ?, ?, eligible, visited, exact, shortfall, confidence, points
                    FROM answer_label WHERE answer_id = ?
                    """,
                    id,
                    blobs.put(result.mask().toRaster().toNetpbm()),
                    blobs.put(PngWriter.sixteenBit(result.probabilities()).toNetpbm()),
                    result.mask().area(),
                    answer.id());
            run(
                    connection,
                    """
                    INSERT INTO answer_support (answer_label_id, rank, annotation_id, similarity, weight, matches, ranks)
                    SELECT (SELECT id FROM answer_label WHERE answer_id = ?), rank, annotation_id, similarity, weight,
                        matches, ranks
                    FROM answer_support WHERE answer_label_id = (SELECT id FROM answer_label WHERE answer_id = ?)
                    """,
                    id,
                    answer.id());
        }
        return id;
    }

    private static void run(Connection connection, String sql, Object... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            assertThat(statement.executeUpdate()).isPositive();
        }
    }
}
