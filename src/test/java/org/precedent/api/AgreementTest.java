package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.curation.consensus.Consensus;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** Three annotators of one structure: how far they agree, and what they share. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class AgreementTest {
    private static final Phantom PHANTOM = new Phantoms(551).patients(1).getFirst();
    private static final Mask LIVER = PHANTOM.masks().get("liver");

    @Inject Limits limits;

    private String task;

    @BeforeEach
    void defineTask() {
        task = "t-" + UUID.randomUUID();
        given().contentType("application/json")
                .body(Map.of("labels", List.of("liver"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
    }

    /** The liver, moved to the right by some pixels. */
    private static Mask moved(int pixels) {
        boolean[] inside = new boolean[LIVER.inside().length];
        for (int i = 0; i < inside.length; i++) {
            int x = i % LIVER.width() - pixels;
            inside[i] = x >= 0 && x < LIVER.width() && LIVER.at(x, i / LIVER.width());
        }
        return new Mask(LIVER.width(), LIVER.height(), inside);
    }

    private void ingest(String author, Mask mask) {
        given().multiPart("image", "image.png", PngWriter.png(PHANTOM.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(mask.toRaster()))
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"p\",\"author\":\"%s\",\"review\":\"unreviewed\"}"
                                .formatted(task, author))
                .post("/v1/images")
                .then()
                .statusCode(201);
    }

    private long annotation(String author) {
        return given().queryParam("task", task)
                .queryParam("author", author)
                .get("/v1/curation/annotations")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getLong("rows[0].id");
    }

    @Test
    void annotatorsAreComparedAndTheirConsensusIsTakenAndTakenBack() {
        List<Mask> masks = List.of(LIVER, moved(2), moved(5));
        ingest("ann", masks.get(0));
        ingest("ben", masks.get(1));
        ingest("cleo", masks.get(2));
        long ann = annotation("ann");

        JsonPath agreed =
                given().get("/v1/curation/annotations/{id}/agreement", ann)
                        .then()
                        .statusCode(200)
                        .body("label", is("liver"))
                        .body("annotators.author", contains("ann", "ben", "cleo"))
                        .body("annotators[0].area", is(LIVER.area()))
                        .body("pairs", hasSize(3))
                        .extract()
                        .jsonPath();
        assertThat(agreed.getDouble("pairs[0].dice"))
                .isCloseTo(Dice.hard(masks.get(0), masks.get(1)), within(1e-6));
        assertThat(agreed.getDouble("pairs[0].hausdorff95")).isEqualTo(2);
        for (Consensus method : Consensus.values()) {
            byte[] png =
                    given().queryParam("method", method.word())
                            .get("/v1/curation/annotations/{id}/consensus.png", ann)
                            .then()
                            .statusCode(200)
                            .extract()
                            .asByteArray();
            Mask shared = Mask.fromRaster(new ImageDecoder(limits).decode(png, "consensus.png"));
            assertThat(shared.inside()).isEqualTo(method.of(masks).inside());
        }

        long action =
                given().contentType("application/json")
                        .body(Map.of("method", "majority", "state", "approved", "reason", "three"))
                        .post("/v1/curation/annotations/{id}/consensus", ann)
                        .then()
                        .statusCode(200)
                        .extract()
                        .jsonPath()
                        .getLong("action");
        assertThat(action).as("no number that tells the next one").isGreaterThan(1L << 20);
        assertThat(held()).isEqualTo(Consensus.MAJORITY.of(masks).area());
        given().contentType("application/json")
                .body(Map.of("reason", "not yet"))
                .post("/v1/curation/actions/{action}/undo", action)
                .then()
                .statusCode(200);
        assertThat(held()).isNotEqualTo(Consensus.MAJORITY.of(masks).area());
        // In the order in which they were done, over pages of one.
        JsonPath first = actions(null);
        assertThat(first.getLong("rows[0].undoes")).isEqualTo(action);
        assertThat(actions(first.getString("next")).getLong("rows[0].id")).isEqualTo(action);
    }

    private static JsonPath actions(@Nullable String after) {
        var request = given().queryParam("limit", 1);
        if (after != null) {
            request.queryParam("after", after);
        }
        return request.get("/v1/curation/actions").then().statusCode(200).extract().jsonPath();
    }

    /** Pixels of the mask that the pool holds. */
    private int held() {
        return given().queryParam("task", task)
                .queryParam("pool", "default")
                .get("/v1/curation/annotations")
                .then()
                .statusCode(200)
                .body("rows", hasSize(1))
                .extract()
                .path("rows[0].area");
    }

    @Test
    void whoIsRejectedHasNoVoice() {
        ingest("ann", LIVER);
        ingest("ben", moved(9));
        long ben = annotation("ben");
        given().contentType("application/json")
                .body(Map.of("ids", List.of(ben), "to", "rejected", "reason", "shifted"))
                .post("/v1/curation/reviews")
                .then()
                .statusCode(200);
        given().get("/v1/curation/annotations/{id}/agreement", ben)
                .then()
                .statusCode(200)
                .body("annotators.author", contains("ann"))
                .body("pairs", hasSize(0))
                .body("meanDice", is(1f));
        given().queryParam("method", "mean")
                .get("/v1/curation/annotations/{id}/consensus.png", ben)
                .then()
                .statusCode(400)
                .body("field", is("method"));
    }
}
