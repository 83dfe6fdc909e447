package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.catalog.Outbox;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.LevelEncoders;
import org.precedent.projection.LevelIndexes;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.QueryService;
import org.precedent.tuning.Calibration;

/** Retrieval at every level, attention and confidence over HTTP, with the shipped networks. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class LevelsTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(23).patients(15);

    @Inject Calibration calibration;
    @Inject LevelIndexes levels;
    @Inject Outbox outbox;
    @Inject ImageEmbedder embedder;
    @Inject LevelEncoders encoders;
    @Inject QueryService queries;

    /** One pool for all tests: they only ask. */
    private static final String TASK = "l-" + UUID.randomUUID();

    private static boolean filled;

    @BeforeEach
    void fill() throws InterruptedException {
        if (filled) {
            return;
        }
        filled = true;
        given().contentType("application/json")
                .body(Map.of("labels", Phantoms.LABELS, "pools", List.of("default")))
                .put("/v1/tasks/{task}", TASK)
                .then()
                .statusCode(200);
        for (Phantom phantom : PHANTOMS.subList(1, PHANTOMS.size())) {
            RequestSpecification form =
                    given().multiPart(
                                    "image", phantom.id() + ".png", PngWriter.png(phantom.image()))
                            .multiPart(
                                    "metadata",
                                    "{\"task\":\"%s\",\"patient\":\"%s\",\"modality\":\"CT\"}"
                                            .formatted(TASK, phantom.patient()));
            phantom.masks()
                    .forEach((label, mask) ->
                            form.multiPart("mask." + label, "m.png", PngWriter.png(mask)));
            form.post("/v1/images").then().statusCode(201);
        }
        long head = outbox.head();
        while (levels.progress().stream().anyMatch(level -> level.reached() < head)) {
            Thread.sleep(20); // a query would wait too, but not for longer than its client does
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"location", "object", "fused"})
    void aStrategyThatLooksAtTheStructureChoosesKSupportsAndReplaysToTheBit(String strategy) {
        JsonPath answer = segment(strategy, "spine").then().statusCode(201).extract().jsonPath();

        List<Map<String, Object>> supports = answer.getList("labels[0].supports");
        assertThat(supports).hasSize(4);
        assertThat(answer.getList("labels[0].supports.annotationId")).doesNotHaveDuplicates();
        assertThat(
                        answer.getList("labels[0].supports.weight", Float.class).stream()
                                .mapToDouble(Float::doubleValue)
                                .sum())
                .isCloseTo(1, within(1e-5));
        int points = answer.getList("labels[0].points").size();
        if (strategy.equals("object")) {
            assertThat(points).isZero();
        } else {
            assertThat(points).isBetween(1, 64);
            List<Map<String, Object>> matches = new ArrayList<>();
            for (int i = 0; i < supports.size(); i++) {
                matches.addAll(answer.getList("labels[0].supports[" + i + "].matches"));
            }
            assertThat(matches).isNotEmpty();
            assertThat(matches)
                    .allSatisfy(m -> {
                        assertThat((Integer) m.get("point")).isBetween(0, points - 1);
                        assertThat((Integer) m.get("x")).isBetween(0, 7);
                    });
        }
        assertThat(answer.getMap("labels[0].supports[0].ranks"))
                .hasSize(strategy.equals("fused") ? 3 : 0);
        given().post("/v1/segmentations/{id}/replay", answer.getString("id"))
                .then()
                .statusCode(200)
                .body("identical", is(true));
    }

    /** What is recorded is what the searches compared, and so few vectors are all compared. */
    @Test
    void theRecordedCostIsThatOfAllSearches() {
        JsonPath image = segment("image", "spine").jsonPath();
        JsonPath location = segment("location", "spine").jsonPath();
        JsonPath object = segment("object", "spine").jsonPath();
        JsonPath fused = segment("fused", "spine").jsonPath();

        int eligible = image.getInt("labels[0].eligible");
        int locations = visited(location);
        assertThat(visited(image)).isEqualTo(eligible);
        assertThat(visited(object)).isEqualTo(eligible);
        assertThat(locations).isGreaterThan(location.getList("labels[0].points").size() * eligible);
        assertThat(visited(fused)).isEqualTo(2 * eligible + locations);
        for (JsonPath answer : List.of(image, location, object, fused)) {
            assertThat(answer.getBoolean("labels[0].exact")).isTrue();
        }
    }

    private static int visited(JsonPath answer) {
        return answer.getInt("labels[0].visited");
    }

    /** Ids are not the catalogue's, so a random draw is another one: not asked here. */
    @ParameterizedTest
    @ValueSource(strings = {"image", "location", "object", "fused"})
    void evaluationsChooseTheSupportsThatTheServiceRecords(String strategy) {
        PoolRetrieval retrieval =
                new PoolRetrieval(
                        embedder,
                        encoders.locations().orElseThrow(),
                        encoders.objects().orElseThrow());
        TrialRunner examiner =
                new TrialRunner(
                        queries.segmenter(), retrieval, PixelSpacing.PIXELS, System::nanoTime);
        SupportChooser chooser =
                retrieval.choosers().stream()
                        .filter(one -> one.name().equals(strategy))
                        .findFirst()
                        .orElseThrow();
        for (String label : List.of("spine", "liver")) {
            List<Annotated> candidates = new ArrayList<>();
            for (Phantom phantom : PHANTOMS.subList(1, PHANTOMS.size())) {
                EvaluationCase one = evaluationCase(phantom);
                if (one.masks().containsKey(label)
                        && !one.patient().equals(PHANTOMS.getFirst().patient())) {
                    candidates.add(new Annotated(one, label, one.masks().get(label)));
                }
            }

            List<SupportChooser.Scored> chosen =
                    examiner.choose(
                            new TrialRunner.Asked(chooser, candidates, 4, 1, label),
                            evaluationCase(PHANTOMS.getFirst()));

            JsonPath answer = segment(strategy, label).jsonPath();
            assertThat(chosen)
                    .extracting(one -> one.support().id())
                    .containsExactlyElementsOf(
                            answer.getList("labels[0].supports.name", String.class));
            for (int i = 0; i < chosen.size(); i++) {
                assertThat(chosen.get(i).similarity())
                        .isCloseTo(
                                answer.getDouble("labels[0].supports[" + i + "].similarity"),
                                within(1e-6));
            }
        }
    }

    private static EvaluationCase evaluationCase(Phantom phantom) {
        return new EvaluationCase(
                phantom.id() + ".png", phantom.patient(), phantom.image(), phantom.masks());
    }

    @Test
    void aPixelTellsWhereItLooksInTheSupports() {
        JsonPath answer = segment("image", "spine").then().statusCode(201).extract().jsonPath();
        String id = answer.getString("id");
        int x = PHANTOMS.getFirst().image().width() / 2;

        JsonPath attention =
                given().get("/v1/segmentations/{id}/attention?label=spine&x={x}&y={x}", id, x, x)
                        .then()
                        .statusCode(200)
                        .body("network", is(EmbeddedServices.NETWORK))
                        .body("answered", is(true))
                        .extract()
                        .jsonPath();

        assertThat(attention.getList("scales.stride")).hasSize(3);
        for (int scale = 0; scale < 3; scale++) {
            double mass = attention.getDouble("scales[" + scale + "].mass");
            int grid = attention.getInt("scales[" + scale + "].grid");
            assertThat(mass).isBetween(0.0, 1.0001);
            assertThat(attention.getList("scales[" + scale + "].supports")).hasSize(4);
            double sum =
                    attention.getList("scales[" + scale + "].supports.mass", Float.class).stream()
                            .mapToDouble(Float::doubleValue)
                            .sum();
            assertThat(sum).isCloseTo(mass, within(1e-3));
            assertThat(attention.getList("scales[" + scale + "].supports[0].map"))
                    .hasSize(grid * grid);
        }
        byte[] png =
                given().get("/v1/segmentations/{id}/attention.png?label=spine&x=3&y=3", id)
                        .then()
                        .statusCode(200)
                        .contentType("image/png")
                        .extract()
                        .asByteArray();
        Raster sheet = new ImageDecoder(Limits.DEFAULT).decode(png, "a.png");
        assertThat(sheet.width()).isEqualTo(5 * 166 + 6);
    }

    @Test
    void anAttentionThatCannotBeAskedForIsRefused() {
        String id = segment("image", "spine").then().statusCode(201).extract().jsonPath().get("id");
        given().get("/v1/segmentations/{id}/attention?label=spine&x=100000&y=0", id)
                .then()
                .statusCode(400)
                .body("detail", containsString("a pixel of the query"));
        given().get("/v1/segmentations/{id}/attention?label=spine&y=0", id)
                .then()
                .statusCode(400)
                .body("field", is("x"));
        given().get("/v1/segmentations/{id}/attention?label=heart&x=1&y=1", id)
                .then()
                .statusCode(404);
    }

    /** Calibrated on its own images, a pool says how far an answer is to be trusted. */
    @Test
    void aCalibratedPoolPredictsTheDiceOfAnAnswer() {
        segment("image", "liver")
                .then()
                .statusCode(201)
                .body("labels[0].confidence.calibrated", is(false))
                .body("labels[0].confidence.predictedDice", nullValue());

        List<Calibration.Outcome> outcomes =
                calibration.run(
                        new Calibration.Settings(
                                TASK, "default", List.of("liver"), 4, "image", 40, 1),
                        (label, done, total) -> {});

        assertThat(outcomes).hasSize(1);
        assertThat(outcomes.getFirst().images()).isGreaterThanOrEqualTo(12);
        assertThat(outcomes.getFirst().meanDice()).isBetween(0.0, 1.0);
        JsonPath answer = segment("image", "liver").then().statusCode(201).extract().jsonPath();
        assertThat(answer.getBoolean("labels[0].confidence.calibrated")).isTrue();
        assertThat(answer.getDouble("labels[0].confidence.predictedDice")).isBetween(0.0, 1.0);
        assertThat(answer.getDouble("labels[0].confidence.threshold")).isBetween(0.0, 1.0);
        assertThat(answer.getMap("labels[0].confidence.evidence"))
                .containsKeys(
                        "strangeness",
                        "reverse",
                        "agreement",
                        "coverage",
                        "certainty",
                        "sizeRatio");
        boolean insufficient = answer.getBoolean("labels[0].confidence.insufficientPrecedent");
        assertThat(answer.getString("labels[0].confidence.reason") != null).isEqualTo(insufficient);
    }

    private Response segment(String strategy, String label) {
        Phantom query = PHANTOMS.getFirst();
        return given().multiPart("image", "query.png", PngWriter.png(query.image()))
                .multiPart("task", TASK)
                .multiPart("labels", label)
                .multiPart("supportSize", "4")
                .multiPart("strategy", strategy)
                .multiPart("patient", query.patient())
                .post("/v1/segmentations");
    }
}
