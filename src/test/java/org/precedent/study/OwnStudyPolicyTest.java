package org.precedent.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.hamcrest.Matchers.is;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.cli.StudyCommands;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** Annotated slices of a study support its other slices where the pool says so, and only there. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class OwnStudyPolicyTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(83).patients(9);

    private final String task = "os-" + UUID.randomUUID();

    /** Four of other patients, and slices 1, 4, 5 and 8 of one study. */
    @BeforeEach
    void fill() {
        given().contentType(ContentType.JSON)
                .body(Map.of("labels", List.of("liver"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200)
                .body("pools[0].ownStudy", is(false));
        for (Phantom phantom : PHANTOMS.subList(0, 4)) {
            ingest(phantom, "\"patient\":\"" + phantom.patient() + "\"");
        }
        int at = 4;
        for (int slice : new int[] {1, 4, 5, 8}) {
            ingest(
                    PHANTOMS.get(at++),
                    "\"patient\":\"p1\",\"series\":\"Head CT\",\"sliceIndex\":" + slice);
        }
    }

    private void ingest(Phantom phantom, String origin) {
        given().multiPart("image", phantom.id() + ".png", PngWriter.png(phantom.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart("metadata", "{\"task\":\"" + task + "\"," + origin + "}")
                .post("/v1/images")
                .then()
                .statusCode(201);
    }

    private void allow(boolean allowed) {
        given().contentType(ContentType.JSON)
                .body(Map.of("ownStudy", allowed))
                .put("/v1/tasks/{task}/pools/default/policy", task)
                .then()
                .statusCode(200)
                .body("ownStudy", is(allowed));
    }

    private RequestSpecification question() {
        return given().multiPart("task", task)
                .multiPart("supportSize", "4")
                .multiPart("nearDuplicates", "allow")
                .multiPart("image", "q.png", PngWriter.png(PHANTOMS.get(8).image()));
    }

    /** The same, as slice 4 of the study. */
    private RequestSpecification fourth() {
        return question()
                .multiPart("patient", "P1")
                .multiPart("series", "head ct")
                .multiPart("sliceIndex", "4");
    }

    private static JsonPath ask(RequestSpecification question) {
        return question.post("/v1/segmentations").then().statusCode(201).extract().jsonPath();
    }

    /** By the names of the files, which are the phantoms'. */
    private static List<String> supports(JsonPath answer) {
        return answer.getList("labels[0].supports.name");
    }

    private static String file(int phantom) {
        return PHANTOMS.get(phantom).id() + ".png";
    }

    @Test
    void theNearestSlicesOnEitherSideSupportWhereThePolicySaysSo() {
        JsonPath without = ask(fourth());
        assertThat(supports(without)).hasSize(4).doesNotContain(file(4), file(5), file(6), file(7));
        assertThat(without.getBoolean("ownStudy")).isFalse();

        allow(true);
        JsonPath with = ask(fourth());
        // Slice 4 itself is held, and does not support itself.
        assertThat(supports(with)).hasSize(4).startsWith(file(4), file(6));
        assertThat(supports(with)).doesNotContain(file(5), file(7));
        List<Float> weights = with.getList("labels[0].supports.weight");
        assertThat(weights.stream().mapToDouble(Float::doubleValue).sum())
                .isCloseTo(1, offset(1e-6));
        assertThat(weights.get(0) + weights.get(1)).isCloseTo(0.6f, offset(0.001f));
        assertThat(with.getBoolean("ownStudy")).isTrue();
        assertThat(with.getString("series")).isEqualTo("head ct");
        assertThat(with.getInt("sliceIndex")).isEqualTo(4);

        // What was answered is answered again, whatever the policy is by now.
        allow(false);
        given().post("/v1/segmentations/{id}/replay", with.getString("id"))
                .then()
                .statusCode(200)
                .body("identical", is(true));
        given().get("/v1/segmentations/{id}", with.getString("id"))
                .then()
                .body("ownStudy", is(true));
        assertThat(supports(ask(fourth()))).isEqualTo(supports(without));
    }

    @Test
    void onlyTheSameStudyOfTheSamePatientCounts() {
        allow(true);
        for (Map<String, String> other :
                List.of(
                        Map.of("patient", "p1", "series", "another", "sliceIndex", "4"),
                        Map.of("patient", "p2", "series", "Head CT", "sliceIndex", "4"))) {
            RequestSpecification asked = question();
            other.forEach(asked::multiPart);
            JsonPath answer = ask(asked);
            assertThat(answer.<Float>getList("labels[0].supports.weight"))
                    .allSatisfy(weight -> assertThat(weight).isEqualTo(0.25f));
        }
        assertThat(supports(ask(question().multiPart("patient", "p1"))))
                .doesNotContain(file(4), file(5), file(6), file(7));
        question()
                .multiPart("series", "Head CT")
                .post("/v1/segmentations")
                .then()
                .statusCode(400)
                .body("field", is("sliceIndex"));
        question()
                .multiPart("series", "Head CT")
                .multiPart("sliceIndex", "-1")
                .post("/v1/segmentations")
                .then()
                .statusCode(400);
    }

    @Test
    void aPoolOfNothingButTheStudyAnswersFromItsSlices() {
        String alone = "own-" + UUID.randomUUID();
        given().contentType(ContentType.JSON)
                .body(Map.of("labels", List.of("liver", "spine"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", alone)
                .then()
                .statusCode(200);
        int at = 4;
        for (int slice : new int[] {1, 5}) {
            Phantom phantom = PHANTOMS.get(at++);
            given().multiPart("image", phantom.id() + ".png", PngWriter.png(phantom.image()))
                    .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                    .multiPart(
                            "metadata",
                            ("{\"task\":\"%s\",\"patient\":\"p1\",\"series\":\"Head CT\","
                                            + "\"sliceIndex\":%d}")
                                    .formatted(alone, slice))
                    .post("/v1/images")
                    .then()
                    .statusCode(201);
        }
        ask(alone, "liver").statusCode(422).body("obstacle", is("patient"));
        given().contentType(ContentType.JSON)
                .body(Map.of("ownStudy", true))
                .put("/v1/tasks/{task}/pools/default/policy", alone)
                .then()
                .statusCode(200);
        JsonPath answer = ask(alone, "liver").statusCode(201).extract().jsonPath();
        assertThat(supports(answer)).containsExactly(file(4), file(5));
        assertThat(answer.<Float>getList("labels[0].supports.weight")).containsOnly(0.5f);
        assertThat(answer.getString("labels[0].shortfall")).contains("own study");
        given().post("/v1/segmentations/{id}/replay", answer.getString("id"))
                .then()
                .statusCode(200)
                .body("identical", is(true));
        // A label that the study's slices do not have either is refused as ever.
        ask(alone, "spine").statusCode(422);
        ask(alone, "liver,spine").statusCode(422);
    }

    private static ValidatableResponse ask(String task, String labels) {
        return given().multiPart("task", task)
                .multiPart("labels", labels)
                .multiPart("supportSize", "4")
                .multiPart("nearDuplicates", "allow")
                .multiPart("image", "q.png", PngWriter.png(PHANTOMS.get(8).image()))
                .multiPart("patient", "p1")
                .multiPart("series", "Head CT")
                .multiPart("sliceIndex", "4")
                .post("/v1/segmentations")
                .then();
    }

    @Test
    void anAcceptedAnswerSupportsItsStudyOnceItIsApproved() {
        allow(true);
        JsonPath answer =
                ask(
                        question()
                                .multiPart("patient", "p1")
                                .multiPart("series", "Head CT")
                                .multiPart("sliceIndex", "7"));
        JsonPath kept =
                given().contentType(ContentType.JSON)
                        .body(Map.of("verdict", "accepted", "reason", "good"))
                        .post("/v1/curation/segmentations/{id}/verdict", answer.getString("id"))
                        .then()
                        .statusCode(200)
                        .extract()
                        .jsonPath();
        long annotation = kept.getLong("annotations[0]");
        given().contentType(ContentType.JSON)
                .body(Map.of("ids", List.of(annotation), "to", "approved", "reason", "looked at"))
                .post("/v1/curation/reviews")
                .then()
                .statusCode(200);
        JsonPath next =
                ask(
                        given().multiPart("task", task)
                                .multiPart("supportSize", "4")
                                .multiPart("patient", "p1")
                                .multiPart("series", "Head CT")
                                .multiPart("sliceIndex", "6")
                                .multiPart("nearDuplicates", "allow")
                                .multiPart(
                                        "image", "n.png", PngWriter.png(PHANTOMS.get(5).image())));
        assertThat(next.<Long>getList("labels[0].supports.annotationId")).contains(annotation);
    }

    @Test
    void theCommandSetsThePolicy() {
        assertThat(StudyCommands.run("curate", "policy", "--task", task, "--own-study", "on"))
                .contains("support its other slices");
        given().get("/v1/tasks/{task}", task).then().body("pools[0].ownStudy", is(true));
    }
}
