package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.QueryService;
import org.precedent.segmentation.Segmenter.WeightedSupport;

/** What a mask owes to each support, over HTTP, with the shipped network. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class InfluenceTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(23).patients(6);
    private static final String TASK = "i-" + UUID.randomUUID();

    private static boolean filled;

    @Inject QueryService queries;
    @Inject BlobStore blobs;

    @BeforeEach
    void fill() {
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
            given().multiPart("image", phantom.id() + ".png", PngWriter.png(phantom.image()))
                    .multiPart("mask.spine", "m.png", PngWriter.png(phantom.masks().get("spine")))
                    .multiPart(
                            "metadata",
                            "{\"task\":\"%s\",\"patient\":\"%s\"}"
                                    .formatted(TASK, phantom.patient()))
                    .post("/v1/images")
                    .then()
                    .statusCode(201);
        }
    }

    @Test
    void agreesWithTheAnswerOfTheOtherSupportsComputedDirectly() {
        UUID id = segment("0.05", 4);
        JsonPath found = influence(id);

        Answer answer = queries.find(Scope.machine(), id);
        Answer.LabelAnswer spine = answer.label("spine");
        Mask recorded = mask(spine.maskSha256());
        assertThat(found.getInt("labels[0].area")).isEqualTo(recorded.area());
        assertThat(found.getList("labels[0].supports")).hasSize(4);
        for (int i = 0; i < 4; i++) {
            String at = "labels[0].supports[" + i + "].";
            int left = found.getInt(at + "rank") - 1;
            Answer.UsedSupport without = spine.supports().get(left);
            assertThat(found.getLong(at + "annotationId"))
                    .isEqualTo(without.support().annotationId());
            List<WeightedSupport> others = new ArrayList<>();
            for (Answer.UsedSupport used : spine.supports()) {
                if (used != without) {
                    others.add(
                            new WeightedSupport(
                                    raster(used.support().pixelsSha256()),
                                    mask(used.support().maskSha256()),
                                    used.weight() / (1 - without.weight())));
                }
            }
            Mask directly =
                    queries.segmenter().segment(raster(answer.querySha256()), others).mask();
            double dice = Dice.hard(directly, recorded);
            assertThat(found.getDouble(at + "dice")).isCloseTo(dice, within(1e-6));
            assertThat(found.getDouble(at + "influence")).isCloseTo(1 - dice, within(1e-6));
            assertThat(found.getInt(at + "areaChange"))
                    .isEqualTo(directly.area() - recorded.area());
        }
        assertThat(found.getList("labels[0].supports.influence", Double.class))
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
    }

    /** At this temperature one support is all there is. */
    @Test
    void theOnlySupportThatWeighsMattersAndThoseThatDoNotCannot() {
        JsonPath found = influence(segment("0.00001", 4));

        assertThat(found.getInt("labels[0].supports[0].rank")).isEqualTo(1);
        assertThat(found.getDouble("labels[0].supports[0].influence")).isPositive();
        List<Map<String, Object>> weightless =
                found.getList("labels[0].supports.findAll { it.weight == 0 }");
        assertThat(weightless).isNotEmpty();
        assertThat(weightless)
                .allSatisfy(s -> {
                    assertThat(((Number) s.get("dice")).doubleValue()).isEqualTo(1);
                    assertThat(s.get("areaChange")).isEqualTo(0);
                });
    }

    @Test
    void oneSupportCanBeAskedForAndOneAloneIsNoError() {
        UUID id = segment("uniform", 4);
        long annotation =
                queries.find(Scope.machine(), id)
                        .label("spine")
                        .supports()
                        .get(2)
                        .support()
                        .annotationId();
        given().get("/v1/segmentations/{id}/influence?annotation={a}", id, annotation)
                .then()
                .statusCode(200)
                .body("labels", hasSize(1))
                .body("labels[0].note", nullValue())
                .body("labels[0].supports.rank", is(List.of(3)));
        given().get("/v1/segmentations/{id}/influence", segment("uniform", 1))
                .then()
                .statusCode(200)
                .body("labels[0].supports", hasSize(0))
                .body("labels[0].note", containsString("one support alone"));
    }

    @Test
    void whatCannotBeAskedForIsRefusedByFieldValueAndLimit() {
        given().get("/v1/segmentations/{id}/influence", UUID.randomUUID())
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("type", is("urn:precedent:problem:unknown-answer"));
        UUID id = segment("uniform", 1);
        given().get("/v1/segmentations/{id}/influence?label=heart", id)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("field", is("label"))
                .body("value", is("heart"))
                .body("limit", containsString("spine"));
        for (String annotation : List.of("0", "x")) {
            given().get("/v1/segmentations/{id}/influence?annotation={a}", id, annotation)
                    .then()
                    .statusCode(400)
                    .contentType("application/problem+json")
                    .body("field", is("annotation"))
                    .body("value", is(annotation))
                    .body("limit", containsString("annotationId"));
        }
        given().accept("application/json")
                .get("/openapi")
                .then()
                .body("paths.keySet()", hasItems("/v1/segmentations/{id}/influence"));
    }

    private static JsonPath influence(UUID id) {
        return given().get("/v1/segmentations/{id}/influence?label=spine", id)
                .then()
                .statusCode(200)
                .body("id", is(id.toString()))
                .extract()
                .jsonPath();
    }

    private static UUID segment(String temperature, int supports) {
        Phantom query = PHANTOMS.getFirst();
        return UUID.fromString(
                given().multiPart("image", "query.png", PngWriter.png(query.image()))
                        .multiPart("task", TASK)
                        .multiPart("labels", "spine")
                        .multiPart("supportSize", supports)
                        .multiPart("temperature", temperature)
                        .multiPart("patient", query.patient())
                        .post("/v1/segmentations")
                        .then()
                        .statusCode(201)
                        .extract()
                        .jsonPath()
                        .getString("id"));
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    private Mask mask(String sha256) {
        return Mask.fromRaster(raster(sha256));
    }
}
