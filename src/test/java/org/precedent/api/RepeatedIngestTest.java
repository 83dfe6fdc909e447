package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.catalog.Outbox;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** An ingest, or a query, that is sent again because its answer never arrived. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class RepeatedIngestTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(8177).patients(4);
    private static final String REPLAYED = "Idempotency-Replayed";

    @Inject Outbox outbox;

    private String task;
    private String key;

    @BeforeEach
    void defineTask() {
        task = "t-" + UUID.randomUUID();
        key = UUID.randomUUID().toString();
        given().contentType("application/json")
                .body(Map.of("labels", List.of("liver"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
    }

    private ValidatableResponse ingest(String key, int phantom, String metadata) {
        Phantom of = PHANTOMS.get(phantom);
        return given().header("Idempotency-Key", key)
                .multiPart("image", "image.png", PngWriter.png(of.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(of.masks().get("liver").toRaster()))
                .multiPart("metadata", metadata.formatted(task, of.id()))
                .post("/v1/images")
                .then();
    }

    private ValidatableResponse ingest(String key, int phantom) {
        return ingest(key, phantom, "{\"task\":\"%s\",\"patient\":\"%s\"}");
    }

    @Test
    void isAnsweredAsBeforeAndChangesNothing() {
        String first =
                ingest(key, 0).statusCode(201).header(REPLAYED, nullValue()).extract().asString();
        long head = outbox.head();
        ingest(key, 0).statusCode(201).header(REPLAYED, "true").body(is(first));
        ingest(key, 0).statusCode(201).header(REPLAYED, "true").body(is(first));
        assertThat(outbox.head()).isEqualTo(head);
        // Without the key it is told as what it is by now.
        ingest(UUID.randomUUID().toString(), 0).statusCode(200).header(REPLAYED, nullValue());
    }

    @Test
    void anotherRequestUnderTheKeyIsRefusedAndStoresNothing() {
        ingest(key, 0).statusCode(201);
        long head = outbox.head();
        ingest(key, 1)
                .statusCode(409)
                .body("type", is("urn:precedent:problem:key-reused"))
                .body("field", is("Idempotency-Key"))
                .body("value", is(key))
                .body("detail", containsString("new key"));
        assertThat(outbox.head()).isEqualTo(head);
    }

    @Test
    void whatWasRefusedCanBeRepairedUnderTheSameKey() {
        ingest(key, 2, "{\"task\":\"%s\",\"patient\":\"%s\",\"sliceIndex\":-1}").statusCode(400);
        ingest(key, 2).statusCode(201).header(REPLAYED, nullValue());
        ingest(key, 2).statusCode(201).header(REPLAYED, "true");
    }

    @Test
    void aKeyIsShortAndPrintable() {
        for (String wrong : List.of("two words", "k".repeat(201))) {
            ingest(wrong, 0)
                    .statusCode(400)
                    .body("field", is("Idempotency-Key"))
                    .body("limit", containsString("200"));
        }
    }

    @Test
    void ofRequestsAtOnceAllAreAnsweredAndOneImageIsStored() throws Exception {
        try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<String>> images = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                images.add(
                        callers.submit(() -> {
                            ValidatableResponse response = ingest(key, 3);
                            assertThat(response.extract().statusCode()).isIn(200, 201);
                            return response.extract().path("imageId");
                        }));
            }
            HashSet<String> ids = new HashSet<>();
            for (Future<String> image : images) {
                ids.add(image.get());
            }
            assertThat(ids).hasSize(1);
        }
    }

    @Test
    void whatWasErasedIsNotAnsweredFromMemory() {
        String image = ingest(key, 1).statusCode(201).extract().path("imageId");
        given().contentType("application/json")
                .body(Map.of("what", "image", "id", image, "reason", "test", "dryRun", false))
                .post("/v1/erasures")
                .then()
                .statusCode(200);
        ingest(key, 1).statusCode(409).body("type", is("urn:precedent:problem:erased"));
    }

    private ValidatableResponse query(String key, int phantom) {
        Phantom of = PHANTOMS.get(phantom);
        return given().header("Idempotency-Key", key)
                .multiPart("image", "image.png", PngWriter.png(of.image()))
                .multiPart("task", task)
                .multiPart("patient", "q-" + phantom)
                .multiPart("supportSize", 2)
                .post("/v1/segmentations")
                .then();
    }

    @Test
    void aQueryIsAnsweredByTheAnswerThatItHad() {
        ingest(UUID.randomUUID().toString(), 0).statusCode(201);
        ingest(UUID.randomUUID().toString(), 1).statusCode(201);
        ValidatableResponse first = query(key, 2).statusCode(201).header(REPLAYED, nullValue());
        String address = first.extract().header("Location");
        query(key, 2)
                .statusCode(201)
                .header(REPLAYED, "true")
                .header("Location", address)
                .body(is(first.extract().asString()));
        // Under another key, or none, it is another question.
        query(UUID.randomUUID().toString(), 2).statusCode(201).header("Location", not(is(address)));
        query(key, 3).statusCode(409).body("type", is("urn:precedent:problem:key-reused"));
    }

    @Test
    void queriesAtOnceUnderOneKeyHaveOneAnswer() throws Exception {
        ingest(UUID.randomUUID().toString(), 0).statusCode(201);
        try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                answers.add(
                        callers.submit(
                                () -> query(key, 2).statusCode(201).extract().header("Location")));
            }
            HashSet<String> addresses = new HashSet<>();
            for (Future<String> answer : answers) {
                addresses.add(answer.get());
            }
            assertThat(addresses).hasSize(1);
        }
    }

    @Test
    void aQueryThatWasRefusedCanBeAskedAgainUnderTheSameKey() {
        query(key, 2).statusCode(422);
        ingest(UUID.randomUUID().toString(), 0).statusCode(201);
        query(key, 2).statusCode(201).header(REPLAYED, nullValue());
    }
}
