package org.precedent.curation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** A pool whose answers are corrected day by day: what it answered on the first day stays. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class LivingPoolReplayTest {
    private static final int DAYS = 20;

    private final String task = "l-" + UUID.randomUUID();

    @Test
    void theFirstDaysAnswersAreTheSameAfterTwentyDaysOfCorrections() {
        List<Phantom> phantoms =
                List.copyOf(
                        new Phantoms(UUID.randomUUID().hashCode())
                                .patients(DAYS + 1).stream()
                                        .collect(
                                                Collectors.toMap(
                                                        Phantom::patient,
                                                        Function.identity(),
                                                        (first, other) -> first,
                                                        LinkedHashMap::new))
                                        .values());
        given().contentType("application/json")
                .body(Map.of("labels", List.of("liver"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
        Phantom first = phantoms.getFirst();
        given().multiPart("image", first.id() + ".png", PngWriter.png(first.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(first.masks().get("liver")))
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"%s\",\"samePixels\":\"allow\"}"
                                .formatted(task, patient(first)))
                .post("/v1/images")
                .then()
                .statusCode(201);

        List<String> answers = new ArrayList<>();
        for (int day = 1; day <= DAYS; day++) {
            Phantom today = phantoms.get(day);
            answers.add(
                    given().multiPart("image", today.id() + ".png", PngWriter.png(today.image()))
                            .multiPart("task", task)
                            .multiPart("patient", patient(today))
                            .post("/v1/segmentations")
                            .then()
                            .statusCode(201)
                            // One correction a day, each of which the next days rest on.
                            .body("labels[0].supports.size()", is(Math.min(16, day)))
                            .extract()
                            .path("id"));
            correct(answers.getLast(), today);
        }
        byte[] before = mask(answers.getFirst());
        given().post("/v1/segmentations/{id}/replay", answers.getFirst())
                .then()
                .statusCode(200)
                .body("identical", is(true))
                .body("comparable", is(true))
                .body("labels.difference", everyItem(is(0.0f)));
        assertThat(mask(answers.getFirst())).isEqualTo(before);
        // Asked again of the pool as it is, it rests on more.
        given().post("/v1/curation/segmentations/{id}/again", answers.getFirst())
                .then()
                .statusCode(200);
    }

    private void correct(String answer, Phantom truth) {
        Number annotation =
                given().multiPart("mask.liver", "m.png", PngWriter.png(truth.masks().get("liver")))
                        .multiPart("reason", "the truth")
                        .post("/v1/curation/segmentations/{id}/corrections", answer)
                        .then()
                        .statusCode(200)
                        .extract()
                        .path("annotations[0]");
        given().contentType("application/json")
                .body(Map.of("ids", List.of(annotation), "to", "approved", "reason", "the truth"))
                .post("/v1/curation/reviews")
                .then()
                .statusCode(200);
    }

    private String patient(Phantom phantom) {
        return task + phantom.patient();
    }

    private static byte[] mask(String answer) {
        return given().get("/v1/segmentations/{id}/labels/liver/mask.png", answer).asByteArray();
    }
}
