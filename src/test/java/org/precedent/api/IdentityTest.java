package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.catalog.Outbox;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.IndexVerifier;
import org.precedent.query.EmbeddedServices;

/** One image, one patient, one name, however it is written; over HTTP. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
@Order(4) // before others fill the catalogue: the index is compared with it as a whole
class IdentityTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(31).patients(9);

    @Inject Outbox outbox;
    @Inject IndexVerifier verifier;

    private String task;

    @BeforeEach
    void defineTask() {
        task = "t-" + UUID.randomUUID();
        given().contentType("application/json")
                .body(Map.of("labels", Phantoms.LABELS, "pools", List.of("default", "other")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
    }

    // ---- the same picture

    @Test
    void thePictureIsOneImageAsGreyAsRgbAndInSixteenBits() {
        Phantom phantom = PHANTOMS.getFirst();
        String id =
                ingest(phantom, phantom.image(), "p", "s")
                        .statusCode(201)
                        .extract()
                        .path("imageId");
        for (int channels : new int[] {1, 3}) {
            for (int bits : new int[] {8, 16}) {
                ingest(phantom, phantom.image().spread(channels, bits), "p", "s")
                        .statusCode(200)
                        .body("imageId", is(id))
                        .body("samePixels", nullValue());
            }
        }
        // A query in any of these is the stored image itself.
        for (int bits : new int[] {8, 16}) {
            query("/v1/retrievals", phantom.image().spread(3, bits), Map.of("labels", "liver"))
                    .statusCode(422)
                    .body("obstacle", is("itself"));
        }
    }

    @Test
    void theSamePixelsOfAnotherPatientAreRefusedByNameUnlessAllowed() {
        Phantom phantom = PHANTOMS.getFirst();
        String id =
                ingest(phantom, phantom.image(), "p-1", "north")
                        .statusCode(201)
                        .extract()
                        .path("imageId");
        long before = outbox.head();
        ingest(phantom, phantom.image().spread(3, 8), "p-2", "north")
                .statusCode(409)
                .body("type", is("urn:precedent:problem:same-pixels"))
                .body("field", is("patient"))
                .body("value", is("p-2"))
                .body("imageId", is(id))
                .body("name", is(phantom.id() + ".png"))
                .body("patient", is("p-1"))
                .body("detail", containsString("samePixels"));
        // Of another site nothing is told but that it is there.
        ingest(phantom, phantom.image(), "p-1", "south")
                .statusCode(409)
                .body("field", is("site"))
                .body("imageId", is(id))
                .body("name", nullValue())
                .body("patient", nullValue())
                .body("detail", not(containsString("north")));
        assertThat(outbox.head()).isEqualTo(before);
        form(phantom, phantom.image(), "p-2", "north", ",\"samePixels\":\"perhaps\"")
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("field", is("metadata.samePixels"));
        form(phantom, phantom.image(), "p-2", "north", ",\"samePixels\":\"allow\"")
                .post("/v1/images")
                .then()
                .statusCode(201)
                .body("newImage", is(true))
                .body("samePixels.imageId", is(id))
                .body("samePixels.patient", is("p-1"));
        // From then on it is here: sent again it is found, allowed or not.
        ingest(phantom, phantom.image(), "p-2", "north")
                .statusCode(200)
                .body("newImage", is(false));
        ingest(phantom, phantom.image(), "p-1", "north")
                .statusCode(200)
                .body("newImage", is(false));
    }

    @Test
    void anotherPoolTakesThePixelsAndSaysSo() {
        Phantom phantom = PHANTOMS.getFirst();
        String id =
                ingest(phantom, phantom.image(), "wrong", "s")
                        .statusCode(201)
                        .extract()
                        .path("imageId");
        form(phantom, phantom.image(), "right", "s", ",\"pool\":\"other\"")
                .post("/v1/images")
                .then()
                .statusCode(201)
                .body("samePixels.imageId", is(id))
                .body("samePixels.inPool", is(false));
    }

    @Test
    void aSupportSetHoldsThePixelsOnceAndCountsThemOnce() {
        Phantom twice = PHANTOMS.get(1);
        ingest(twice, twice.image(), "a", "s").statusCode(201);
        form(twice, twice.image(), "b", "s", ",\"samePixels\":\"allow\"")
                .post("/v1/images")
                .then()
                .statusCode(201);
        ingest(PHANTOMS.get(2), PHANTOMS.get(2).image(), "c", "s").statusCode(201);
        ingest(PHANTOMS.get(3), PHANTOMS.get(3).image(), "d", "s").statusCode(201);
        for (String strategy : List.of("image", "random")) {
            for (String allow : List.of("allow", "leave-out")) {
                query(
                                "/v1/retrievals",
                                PHANTOMS.getLast().image(),
                                Map.of(
                                        "labels",
                                        "spine",
                                        "supportSize",
                                        3,
                                        "strategy",
                                        strategy,
                                        "nearDuplicates",
                                        allow))
                        .statusCode(200)
                        .body("labels[0].supports", hasSize(3))
                        .body("labels[0].supports.name.unique()", hasSize(3))
                        .body("labels[0].leftOut.reason", everyItem(equalTo("same-as-support")));
            }
        }
        JsonPath answer =
                query(
                                "/v1/segmentations",
                                PHANTOMS.getLast().image(),
                                Map.of("labels", "spine", "supportSize", 9))
                        .statusCode(201)
                        .body("labels[0].supports", hasSize(3))
                        .body("labels[0].leftOut", hasSize(1))
                        .body("labels[0].leftOut[0].name", is(twice.id() + ".png"))
                        .body("labels[0].leftOut[0].reason", is("same-as-support"))
                        .body("labels[0].shortfall", containsString("3 of 9"))
                        .extract()
                        .jsonPath();
        assertThat(answer.getDouble("labels[0].effectiveSupports")).isCloseTo(3, offset(1e-6));
    }

    // ---- a query that supports itself

    @ParameterizedTest
    @ValueSource(strings = {"image", "random", "location", "object", "fused"})
    void aSupportThatIsNearlyTheQueryIsLeftOutNamedAndReplaced(String strategy) {
        PHANTOMS.subList(0, 6).forEach(p -> ingest(p, p.image(), p.patient(), "s").statusCode(201));
        Phantom own = PHANTOMS.get(4);
        Raster again = noisy(own.image());
        Map<String, Object> asked =
                Map.of("labels", "liver", "supportSize", 5, "strategy", strategy, "seed", 3);
        JsonPath answer =
                query("/v1/segmentations", again, asked)
                        .statusCode(201)
                        .body("labels[0].supports", hasSize(5))
                        .body("labels[0].supports.name", not(hasItem(own.id() + ".png")))
                        .extract()
                        .jsonPath();
        List<String> leftOut = answer.getList("labels[0].leftOut.name");
        if (strategy.equals("random")) {
            assertThat(leftOut).isSubsetOf(own.id() + ".png");
        } else {
            assertThat(leftOut).containsExactly(own.id() + ".png");
            assertThat(answer.getList("labels[0].leftOut.reason"))
                    .containsExactly("near-duplicate");
            assertThat(answer.getDouble("labels[0].leftOut[0].likeness")).isBetween(0.93, 1.0);
        }
        // The record tells the same, and the answer can be computed again.
        assertThat(
                        given().get("/v1/segmentations/{id}", answer.getString("id"))
                                .then()
                                .extract()
                                .jsonPath()
                                .getList("labels[0].leftOut"))
                .isEqualTo(answer.getList("labels[0].leftOut"));
        given().post("/v1/segmentations/{id}/replay", answer.getString("id"))
                .then()
                .body("identical", is(true));
        // Asked for, it serves.
        Map<String, Object> allowed = new HashMap<>(asked);
        allowed.put("nearDuplicates", "allow");
        allowed.put("supportSize", 6);
        query("/v1/retrievals", again, allowed)
                .statusCode(200)
                .body("labels[0].supports.name", hasItem(own.id() + ".png"))
                .body("labels[0].leftOut", empty());
    }

    @Test
    void theQueryItselfIsNamedAndNeverAllowed() {
        PHANTOMS.subList(0, 3).forEach(p -> ingest(p, p.image(), p.patient(), "s").statusCode(201));
        for (String policy : List.of("leave-out", "allow")) {
            query(
                            "/v1/retrievals",
                            PHANTOMS.get(1).image().spread(3, 16),
                            Map.of("labels", "liver", "nearDuplicates", policy))
                    .statusCode(200)
                    .body("labels[0].supports", hasSize(2))
                    .body("labels[0].leftOut.name", equalTo(List.of(PHANTOMS.get(1).id() + ".png")))
                    .body("labels[0].leftOut.reason", equalTo(List.of("own-pixels")));
        }
        // Its own patient's images are no supports anyway: there is nothing to tell.
        query(
                        "/v1/retrievals",
                        PHANTOMS.get(1).image(),
                        Map.of("labels", "liver", "patient", PHANTOMS.get(1).patient()))
                .body("labels[0].leftOut", empty());
        query("/v1/retrievals", PHANTOMS.get(1).image(), Map.of("nearDuplicates", "some"))
                .statusCode(400)
                .body("field", is("nearDuplicates"))
                .body("value", is("some"));
    }

    @Test
    void aPoolOfNothingButTheQueryIsARefusal() {
        Phantom own = PHANTOMS.get(4);
        ingest(own, own.image(), "p", "s").statusCode(201);
        query("/v1/segmentations", noisy(own.image()), Map.of("labels", "liver"))
                .statusCode(422)
                .body("obstacle", is("same_picture"))
                .body("detail", containsString("near duplicates"));
    }

    // ---- sloppy identities

    @Test
    void aPatientIsOneHoweverThePseudonymIsWritten() {
        String umlaut = "M\u00fcller-1";
        Phantom phantom = PHANTOMS.getFirst();
        String id =
                ingest(phantom, phantom.image(), umlaut, "North  Wing")
                        .statusCode(201)
                        .extract()
                        .path("imageId");
        ingest(PHANTOMS.get(5), PHANTOMS.get(5).image(), "other", "south").statusCode(201);
        for (String spelling :
                List.of(
                        umlaut + " ",
                        "m\u00fcller-1",
                        "M\u00fcl\u00adler-1",
                        "M\u00dcLLER\u20111",
                        Normalizer.normalize(umlaut, Normalizer.Form.NFD))) {
            ingest(phantom, phantom.image(), spelling, "north wing ")
                    .statusCode(200)
                    .body("imageId", is(id))
                    .body("samePixels", nullValue());
            // And never supports its own query, at any site.
            query(
                            "/v1/retrievals",
                            PHANTOMS.getLast().image(),
                            Map.of("labels", "liver", "patient", spelling))
                    .statusCode(200)
                    .body(
                            "labels[0].supports.name",
                            equalTo(List.of(PHANTOMS.get(5).id() + ".png")));
        }
        query(
                        "/v1/retrievals",
                        PHANTOMS.getLast().image(),
                        Map.of("labels", "liver", "site", " NORTH wing"))
                .statusCode(200)
                .body("labels[0].supports.name", equalTo(List.of(phantom.id() + ".png")));
        assertThat(verifier.verify(n -> {}).differences()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "P\u200b-1",
                "\ufeffP-1",
                "P\u200d-1",
                "P\u202e-1",
                "P\u3164-1",
                "\u00ad",
                " "
            })
    void whatCannotBeSeenIsRefusedByNumber(String pseudonym) {
        Phantom phantom = PHANTOMS.getFirst();
        ingest(phantom, phantom.image(), pseudonym, "s")
                .statusCode(400)
                .body("field", containsString("patient"));
        query("/v1/retrievals", phantom.image(), Map.of("patient", pseudonym + "\u200b"))
                .statusCode(400)
                .body("field", is("patient"))
                .body("detail", containsString("U+"));
        ingest(phantom, phantom.image(), "p", "s\u200bx").statusCode(400).body("field", is("site"));
    }

    @Test
    void aTaskHasNoMoreLabelsThanItMayAndIsNotMadeByHalf() {
        String wide = "wide-" + UUID.randomUUID();
        given().contentType("application/json")
                .body(
                        Map.of(
                                "labels",
                                IntStream.range(0, 513).mapToObj(i -> "l" + i).toList(),
                                "pools",
                                List.of("default")))
                .put("/v1/tasks/{task}", wide)
                .then()
                .statusCode(400)
                .body("detail", containsString("labels of a task is 513: at most 512"));
        given().get("/v1/tasks").then().body("name", not(hasItem(wide)));
    }

    @Test
    void tasksLabelsAndPoolsAreFoundInAnyCaseAndNeverMadeTwice() {
        String loud = task.toUpperCase(Locale.ROOT);
        given().contentType("application/json")
                .body(Map.of("labels", List.of("LIVER", "Spine"), "pools", List.of("Default")))
                .put("/v1/tasks/{task}", loud)
                .then()
                .statusCode(200)
                .body("name", is(task))
                .body("labels", equalTo(Phantoms.LABELS))
                .body("pools.name", equalTo(List.of("default", "other")));
        Phantom phantom = PHANTOMS.getFirst();
        given().multiPart("image", "a.png", PngWriter.png(phantom.image()))
                .multiPart("mask.Liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"p\",\"pool\":\"DEFAULT\"}".formatted(loud))
                .post("/v1/images")
                .then()
                .statusCode(201)
                .body("annotations.label", equalTo(List.of("liver")));
        JsonPath answer =
                given().multiPart("image", "q.png", PngWriter.png(PHANTOMS.getLast().image()))
                        .multiPart("task", loud)
                        .multiPart("labels", "Liver,LIVER")
                        .multiPart("pool", "Default")
                        .post("/v1/segmentations")
                        .then()
                        .statusCode(201)
                        .body("labels.label", equalTo(List.of("liver")))
                        .extract()
                        .jsonPath();
        given().get("/v1/segmentations/{id}/labels/LIVER/mask.png", answer.getString("id"))
                .then()
                .statusCode(200);
        given().multiPart("image", "a.png", PngWriter.png(phantom.image()))
                .multiPart("mask.Liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart("metadata", "{\"task\":\"%s\",\"patient\":\"p\"}".formatted(task))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("detail", containsString("label liver"));
    }

    // ---- helpers

    private ValidatableResponse ingest(Phantom phantom, Raster image, String patient, String site) {
        return form(phantom, image, patient, site, "").post("/v1/images").then();
    }

    private RequestSpecification form(
            Phantom phantom, Raster image, String patient, String site, String more) {
        RequestSpecification form =
                given().multiPart("image", phantom.id() + ".png", PngWriter.png(image))
                        .multiPart(
                                "metadata",
                                "{\"task\":\"%s\",\"patient\":\"%s\",\"site\":\"%s\"%s}"
                                        .formatted(task, patient, site, more),
                                "application/json; charset=UTF-8");
        phantom.masks()
                .forEach((label, mask) ->
                        form.multiPart("mask." + label, "m.png", PngWriter.png(mask)));
        return form;
    }

    private ValidatableResponse query(String path, Raster image, Map<String, ?> parameters) {
        RequestSpecification form =
                given().multiPart("image", "query.png", PngWriter.png(image))
                        .multiPart("task", task);
        parameters.forEach((name, value) ->
                form.multiPart(name, value.toString(), "text/plain; charset=UTF-8"));
        return form.post(path).then();
    }

    /** Brighter, and every sample off by up to 2. */
    private static Raster noisy(Raster image) {
        Random random = new Random(1);
        short[] samples = new short[image.samples().length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] =
                    (short)
                            Math.clamp(
                                    (image.samples()[i] & 0xff) + 3 + random.nextInt(-2, 3),
                                    0,
                                    255);
        }
        return new Raster(image.width(), image.height(), 1, 8, samples);
    }
}
