package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.access.ApiKeys;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.index.Vectors;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.ImageProjection;
import org.precedent.query.EmbeddedServices;

/**
 * An annotation among the others of its pool: which are like it, what the pool answers without it,
 * where it lies on the map; lists that are computed in the background; who one is.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class NeighbourTest {
    /** One image each of six patients. */
    private static final List<Phantom> PHANTOMS =
            List.copyOf(
                    new Phantoms(717)
                            .patients(6).stream()
                                    .collect(
                                            Collectors.toMap(
                                                    Phantom::patient,
                                                    phantom -> phantom,
                                                    (first, other) -> first,
                                                    LinkedHashMap::new))
                                    .values());

    @Inject ImageProjection index;
    @Inject ApiKeys keys;

    private String task;

    @BeforeEach
    void fill() {
        task = "t-" + UUID.randomUUID();
        given().contentType("application/json")
                .body(Map.of("labels", List.of("liver"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
        for (Phantom phantom : PHANTOMS) {
            given().multiPart("image", phantom.patient() + ".png", PngWriter.png(phantom.image()))
                    .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                    .multiPart(
                            "metadata",
                            "{\"task\":\"%s\",\"patient\":\"%s\",\"samePixels\":\"allow\"}"
                                    .formatted(task, phantom.patient()))
                    .post("/v1/images")
                    .then()
                    .statusCode(201);
        }
    }

    private JsonPath annotations() {
        return given().queryParam("task", task)
                .get("/v1/curation/annotations")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private long annotation(int phantom) {
        return given().queryParam("task", task)
                .queryParam("text", PHANTOMS.get(phantom).patient() + ".png")
                .get("/v1/curation/annotations")
                .then()
                .body("rows", hasSize(1))
                .extract()
                .jsonPath()
                .getLong("rows[0].id");
    }

    private JsonPath leftOut(long annotation) {
        return given().get("/v1/curation/annotations/{id}/leave-one-out", annotation)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private void review(long annotation, String to) {
        given().contentType("application/json")
                .body(Map.of("ids", List.of(annotation), "to", to, "reason", "tried"))
                .post("/v1/curation/reviews")
                .then()
                .statusCode(200);
    }

    /** Every pair is compared, one by one; a retired neighbour is still one. */
    @Test
    void theMostSimilarImagesComeFirst() {
        long subject = annotation(0);
        review(annotation(3), "retired");
        JsonPath all = annotations();
        Map<Long, float[]> vectors = new HashMap<>();
        for (int i = 0; i < PHANTOMS.size(); i++) {
            vectors.put(
                    all.getLong("rows[%d].id".formatted(i)),
                    index.search()
                            .of(UUID.fromString(all.getString("rows[%d].imageId".formatted(i))))
                            .getFirst()
                            .vector());
        }
        float[] query = vectors.get(subject);
        List<Long> expected = new ArrayList<>(vectors.keySet());
        expected.remove(subject);
        expected.sort(
                Comparator.comparingDouble((Long id) -> Vectors.product(query, vectors.get(id)))
                        .reversed());
        JsonPath found =
                given().queryParam("limit", 3)
                        .get("/v1/curation/annotations/{id}/similar", subject)
                        .then()
                        .statusCode(200)
                        .extract()
                        .jsonPath();
        assertThat(found.getList("annotation.id", Long.class)).isEqualTo(expected.subList(0, 3));
        assertThat(found.getDouble("[0].similarity"))
                .isCloseTo(Vectors.product(query, vectors.get(expected.getFirst())), offset(1e-6));
        given().queryParam("pool", "nowhere")
                .get("/v1/curation/annotations/{id}/similar", subject)
                .then()
                .statusCode(404);
    }

    /** It is to the bit what a client with this image and patient is answered. */
    @Test
    void whatIsAnsweredWithoutThePatientIsWhatAQueryWouldBeAnswered() {
        long subject = annotation(0);
        JsonPath left = leftOut(subject);
        String answer =
                given().multiPart("image", "q.png", PngWriter.png(PHANTOMS.getFirst().image()))
                        .multiPart("task", task)
                        .multiPart("patient", PHANTOMS.getFirst().patient())
                        .post("/v1/segmentations")
                        .then()
                        .statusCode(201)
                        .extract()
                        .path("id");
        byte[] asked =
                given().get("/v1/segmentations/{id}/labels/liver/mask.png", answer).asByteArray();
        byte[] shown =
                given().get("/v1/curation/annotations/{id}/leave-one-out.png", subject)
                        .asByteArray();
        assertThat(shown).isEqualTo(asked);
        assertThat(left.getList("supports.annotationId", Long.class))
                .hasSize(5)
                .doesNotContain(subject);
        assertThat(left.getDouble("dice")).isBetween(0.0, 1.0);
        int inside = PHANTOMS.getFirst().masks().get("liver").area();
        assertThat(left.getInt("area") - left.getInt("onlyAnswer"))
                .isEqualTo(inside - left.getInt("onlyAnnotation"));
        given().queryParam("task", task)
                .get("/v1/curation/segmentations")
                .then()
                .body("rows.id", contains(answer));
    }

    /** What is kept is that of the pool as it is: a support that no longer serves is gone. */
    @Test
    void aRetiredAnnotationAnswersNoMore() {
        long subject = annotation(0);
        long other = annotation(1);
        assertThat(leftOut(subject).getList("supports.annotationId", Long.class)).contains(other);
        review(other, "retired");
        assertThat(leftOut(subject).getList("supports.annotationId", Long.class))
                .hasSize(4)
                .doesNotContain(other);
        for (int i = 1; i < PHANTOMS.size(); i++) {
            review(annotation(i), "rejected");
        }
        given().get("/v1/curation/annotations/{id}/leave-one-out", subject).then().statusCode(422);
    }

    @Test
    void listsAndMapsAreComputedInTheBackground() {
        String pool = "/v1/curation/tasks/" + task + "/pools/default";
        JsonPath first =
                given().queryParam("wait", 60)
                        .get(pool + "/lists/outliers")
                        .then()
                        .statusCode(200)
                        .body("entries", hasSize(6))
                        .body("poolVersion", is(6))
                        .extract()
                        .jsonPath();
        // What was computed is kept,
        given().get(pool + "/lists/outliers")
                .then()
                .statusCode(200)
                .body("computedAt", is(first.getString("computedAt")));
        // until somebody wants it anew.
        given().queryParam("refresh", "true")
                .queryParam("wait", 60)
                .get(pool + "/lists/outliers")
                .then()
                .body("computedAt", not(first.getString("computedAt")));
        given().queryParam("wait", 60)
                .get(pool + "/map")
                .then()
                .statusCode(200)
                .body("points", hasSize(6))
                .body("points.label", everyItem(is("liver")))
                .body("points.annotationId*.toString()", hasItem(String.valueOf(annotation(2))));
        // A list that takes longer than one waits says that it is under way.
        int status =
                given().queryParam("wait", 0)
                        .get(pool + "/lists/suspects")
                        .then()
                        .extract()
                        .statusCode();
        assertThat(status).isIn(200, 202);
        given().queryParam("wait", 60)
                .get(pool + "/lists/suspects")
                .then()
                .statusCode(200)
                .body("entries", hasSize(6))
                .body("entries[0].reason", notNullValue());
        given().queryParam("wait", "long").get(pool + "/lists/suspects").then().statusCode(400);
        given().get(pool + "/lists/nothing").then().statusCode(400);
    }

    @Test
    void whoeverAsksIsToldWhatOneMayDo() {
        given().get("/v1/me")
                .then()
                .statusCode(200)
                .body("site", is((String) null))
                .body("roles", hasItem("curator"))
                .body("actions", hasItem("review"));
        String key =
                keys.create(Scope.machine(), "asker", "north", Set.of(Role.CLIENT), Set.of(), null)
                        .text()
                        .text();
        RestAssured.given()
                .header("Authorization", "Bearer " + key)
                .get("/v1/me")
                .then()
                .statusCode(200)
                .body("name", is("asker"))
                .body("site", is("north"))
                .body("roles", contains("client"))
                .body("actions", contains("see-tasks", "ask", "read-own-answers", "judge"));
    }
}
