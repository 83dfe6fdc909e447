package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.precedent.PrecedentConfig;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.IndexVerifier;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Strategy;

/** The running service over HTTP: a real database, index and network. */
@QuarkusTest
@Order(1) // before others fill the catalogue: it is projected as a whole
@QuarkusTestResource(EmbeddedServices.class)
class ServiceTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(11).patients(8);

    @Inject Catalog catalog;
    @Inject Outbox outbox;
    @Inject BlobStore blobs;
    @Inject ImageProjection projector;
    @Inject IndexVerifier verifier;
    @Inject QueryService queries;
    @Inject PrecedentConfig config;

    private String task;

    @BeforeEach
    void defineTask() {
        task = "t-" + UUID.randomUUID();
        given().contentType("application/json")
                .body(Map.of("labels", Phantoms.LABELS, "pools", List.of("default", "empty")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200)
                .body("labels", equalTo(Phantoms.LABELS));
    }

    // ---- ingest

    @Test
    void anAnnotatedImageIsStoredOnceHoweverOftenItIsSent() {
        Phantom phantom = PHANTOMS.getFirst();
        JsonPath first = ingest(phantom).then().statusCode(201).extract().jsonPath();
        JsonPath again = ingest(phantom).then().statusCode(200).extract().jsonPath();
        assertThat(again.getString("imageId")).isEqualTo(first.getString("imageId"));
        assertThat(again.getInt("poolVersion")).isEqualTo(first.getInt("poolVersion"));
        assertThat(again.getList("annotations.version", Integer.class)).containsOnly(1);
    }

    @Test
    void aCorrectedMaskIsANewVersionAndTheOldPoolVersionKeepsTheOldOne() {
        Phantom phantom = PHANTOMS.getFirst();
        ingest(phantom).then().statusCode(201);
        Mask corrected = withoutFirstPixel(phantom.masks().get("liver"));
        JsonPath answer =
                form(phantom)
                        .multiPart("mask.liver", "m.png", PngWriter.png(corrected), "image/png")
                        .post("/v1/images")
                        .then()
                        .statusCode(201)
                        .body("newImage", is(false))
                        .body("annotations[0].version", is(2))
                        .body("poolVersion", is(2))
                        .extract()
                        .jsonPath();
        UUID image = UUID.fromString(answer.getString("imageId"));
        var pool = catalog.pool(Scope.machine(), catalog.task(Scope.machine(), task), "default");
        int liver = catalog.task(Scope.machine(), task).labels().getFirst().id();
        var before = catalog.supports(pool.grant(), 1, liver, List.of(image)).get(image);
        var after = catalog.supports(pool.grant(), 2, liver, List.of(image)).get(image);
        assertThat(before.annotationVersion()).isEqualTo(1);
        assertThat(after.annotationVersion()).isEqualTo(2);
        assertThat(mask(before.maskSha256()).inside())
                .isEqualTo(phantom.masks().get("liver").inside());
        assertThat(mask(after.maskSha256()).inside()).isEqualTo(corrected.inside());
    }

    @Test
    void aLabelMapIsTakenApartByValue() {
        Phantom phantom = PHANTOMS.get(1);
        Raster map = labelMap(phantom, List.of("liver", "spine"));
        given().multiPart("image", phantom.id() + ".png", PngWriter.png(phantom.image()))
                .multiPart("labelmap", "map.png", PngWriter.png(map))
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"p\",\"labelValues\":{\"liver\":1,\"spine\":2}}"
                                .formatted(task))
                .post("/v1/images")
                .then()
                .statusCode(201)
                .body("annotations.label", hasItems("liver", "spine"));
    }

    @Test
    void volumesKeepTheirGeometry() {
        Phantom phantom = PHANTOMS.get(2);
        given().multiPart("image", "slice.png", PngWriter.png(phantom.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart(
                        "metadata",
                        """
                        {"task":"%s","patient":"p","site":"north","modality":"CT","series":"1.2.3",
                         "sliceIndex":17,"spacingMm":[0.7,0.7,5],"originMm":[-100,-120,30.5],
                         "direction":[1,0,0,0,1,0,0,0,1]}
                        """
                                .formatted(task))
                .post("/v1/images")
                .then()
                .statusCode(201);
        given().multiPart("image", "slice.png", PngWriter.png(phantom.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"p\",\"spacingMm\":[0.7,0,5]}"
                                .formatted(task))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("field", is("spacingMm"));
    }

    // ---- refusals store nothing

    @Test
    void refusalsNameFieldValueAndLimitAndStoreNothing() {
        Phantom phantom = PHANTOMS.get(3);
        long before = outbox.head();
        byte[] mask = PngWriter.png(phantom.masks().get("liver"));
        Raster small = new Raster(8, 8, 1, 8, new short[64]);

        form(phantom)
                .multiPart("mask.liver", "m.png", PngWriter.png(small))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("type", is("urn:precedent:problem:mask-size"))
                .body("value", is("8 x 8"))
                .body("limit", is("160 x 160"));
        form(phantom)
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.image()))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("type", is("urn:precedent:problem:mask-value"));
        form(phantom)
                .multiPart(
                        "mask.liver",
                        "m.png",
                        PngWriter.png(new Raster(160, 160, 1, 8, new short[160 * 160])))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("type", is("urn:precedent:problem:mask-empty"));
        form(phantom)
                .multiPart("mask.heart", "m.png", mask)
                .post("/v1/images")
                .then()
                .statusCode(404)
                .body("known", equalTo(Phantoms.LABELS));
        form(phantom).post("/v1/images").then().statusCode(400).body("field", is("mask"));
        given().multiPart("mask.liver", "m.png", mask)
                .multiPart("image", "x.jpg", PngWriter.png(phantom.image()))
                .multiPart("metadata", metadata(task, "p"))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("type", is("urn:precedent:problem:type-mismatch"));
        given().multiPart("mask.liver", "m.png", mask)
                .multiPart("image", "x.png", PngWriter.png(phantom.image()))
                .multiPart("metadata", metadata("nowhere", "p"))
                .post("/v1/images")
                .then()
                .statusCode(404)
                .body("field", is("task"))
                .body("known", hasItems(task));
        given().multiPart("mask.liver", "m.png", mask)
                .multiPart("image", "x.png", PngWriter.png(phantom.image()))
                .multiPart("metadata", "{\"task\":\"%s\"}".formatted(task))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("field", is("metadata.patient"));
        given().multiPart("image", "x.png", PngWriter.png(phantom.image()))
                .multiPart("metadata", "{\"task\":\"%s\",\"patiemt\":\"p\"}".formatted(task))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("detail", containsString("patiemt"));

        assertThat(outbox.head()).isEqualTo(before);
        assertThat(
                        catalog.pool(
                                        Scope.machine(),
                                        catalog.task(Scope.machine(), task),
                                        "default")
                                .version())
                .isZero();
    }

    @Test
    void whatIsRefusedIsNamedWithItsPartAndLabel() {
        Phantom phantom = PHANTOMS.get(3);
        byte[] broken = Arrays.copyOf(PngWriter.png(phantom.image()), 60);
        form(phantom)
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("spine")))
                .multiPart("mask.spine", "m.png", broken)
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("detail", startsWith("mask of label spine (part mask.spine), m.png: "))
                .body("part", is("mask.spine"))
                .body("label", is("spine"))
                .body("file", is("m.png"));
        given().multiPart("image", "x.png", broken)
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("spine")))
                .multiPart("metadata", metadata(task, "p"))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("detail", startsWith("image (part image), x.png: "))
                .body("part", is("image"));
        given().multiPart("image", "x.png", PngWriter.png(phantom.image()))
                .multiPart("labelmap", "map.png", broken)
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"p\",\"labelValues\":{\"liver\":1}}"
                                .formatted(task))
                .post("/v1/images")
                .then()
                .statusCode(400)
                .body("detail", startsWith("label map (part labelmap), map.png: "))
                .body("part", is("labelmap"));
        ingest(phantom).then().statusCode(201);
        given().multiPart("image", "q.png", broken)
                .multiPart("task", task)
                .post("/v1/segmentations")
                .then()
                .statusCode(400)
                .body("detail", startsWith("query image, q.png: "))
                .body("part", is("image"));
    }

    @Test
    void aDiskThatCannotKeepAnUploadIsNotBlamedOnTheUpload() throws Exception {
        Path uploads = config.dataDirectory().resolve("uploads");
        Path aside = config.dataDirectory().resolve("uploads-aside");
        ingest(PHANTOMS.get(1)).then().statusCode(201);
        Files.move(uploads, aside);
        Files.createFile(uploads);
        try {
            ingest(PHANTOMS.get(2))
                    .then()
                    .statusCode(503)
                    .header("Retry-After", notNullValue())
                    .body("type", is("urn:precedent:problem:upload-not-kept"))
                    .body("detail", containsString("nothing is wrong with what was sent"));
        } finally {
            Files.delete(uploads);
            Files.move(aside, uploads);
        }
        ingest(PHANTOMS.get(2)).then().statusCode(201);
    }

    @Test
    void aDamagedStoreIsNotBlamedOnTheCaller() throws Exception {
        ingestAll();
        JsonPath answer =
                query(PHANTOMS.getFirst(), Map.of("supportSize", 2, "labels", "spine"))
                        .post("/v1/segmentations")
                        .then()
                        .statusCode(201)
                        .extract()
                        .jsonPath();
        String mask =
                queries.find(Scope.machine(), UUID.fromString(answer.getString("id")))
                        .label("spine")
                        .maskSha256();
        Path blob =
                config.dataDirectory()
                        .resolve("blobs")
                        .resolve(mask.substring(0, 2))
                        .resolve(mask.substring(2));
        byte[] kept = Files.readAllBytes(blob);
        try {
            Files.write(blob, new byte[] {1, 2, 3});
            given().get(answer.getString("labels[0].mask"))
                    .then()
                    .statusCode(500)
                    .body("type", is("urn:precedent:problem:blob-corrupt"));
            Files.delete(blob);
            given().get(answer.getString("labels[0].mask"))
                    .then()
                    .statusCode(500)
                    .body("type", is("urn:precedent:problem:blob-missing"));
            Files.createDirectory(blob);
            given().get(answer.getString("labels[0].mask"))
                    .then()
                    .statusCode(503)
                    .body("type", is("urn:precedent:problem:blob-not-read"));
        } finally {
            Files.deleteIfExists(blob);
            Files.write(blob, kept);
        }
    }

    // ---- queries

    @Test
    void anAnswerIsLookedAtAgainFromNearerByAndCanBeReplayedToTheBit() {
        ingestAll();
        Phantom query = PHANTOMS.getFirst();
        Map<String, Object> asked =
                Map.of("supportSize", 4, "patient", query.patient(), "labels", "spine");
        Map<String, Object> closer = new HashMap<>(asked);
        closer.put("closeUp", "true");
        JsonPath once = answered(query(query, asked));
        JsonPath twice = answered(query(query, closer));
        assertThat(once.getBoolean("labels[0].closeUp")).isFalse();
        assertThat(twice.getBoolean("labels[0].closeUp")).isTrue();
        assertThat(twice.getList("labels[0].supports.annotationId"))
                .isEqualTo(once.getList("labels[0].supports.annotationId"));
        assertThat(once.getMap("timingsMs")).doesNotContainKey("closeUp");
        assertThat(twice.getMap("timingsMs")).containsKey("closeUp");
        assertThat(png(twice.getString("labels[0].probabilities")).samples())
                .as("two looks")
                .isNotEqualTo(png(once.getString("labels[0].probabilities")).samples());
        assertThat(List.of(once.getString("closeUpAsked"), twice.getString("closeUpAsked")))
                .containsExactly("pool", "true");
        // Nobody has calibrated the pool yet, so that it has decided nothing.
        assertThat(twice.getBoolean("labels[0].confidence.calibrated")).isFalse();
        for (JsonPath answer : List.of(twice, once)) {
            given().post("/v1/segmentations/{id}/replay", answer.getString("id"))
                    .then()
                    .statusCode(200)
                    .body("identical", is(true));
        }
        given().get("/v1/segmentations/{id}/influence", twice.getString("id"))
                .then()
                .statusCode(200)
                .body("labels[0].supports", hasSize(4))
                .body("labels[0].note", nullValue());
        // One support has all the weight: without another one both looks see the same.
        closer.put("temperature", "0.00001");
        JsonPath sharp = answered(query(query, closer));
        assertThat(png(sharp.getString("labels[0].mask")).samples())
                .as("two looks")
                .isNotEqualTo(
                        png(answered(query(query, without(closer, "closeUp")))
                                        .getString("labels[0].mask"))
                                .samples());
        assertThat(
                        given().get("/v1/segmentations/{id}/influence", sharp.getString("id"))
                                .then()
                                .statusCode(200)
                                .extract()
                                .jsonPath()
                                .getList("labels[0].supports.dice", Double.class))
                .filteredOn(dice -> dice == 1)
                .hasSizeGreaterThanOrEqualTo(3);
        closer.put("closeUp", "perhaps");
        query(query, closer)
                .post("/v1/segmentations")
                .then()
                .statusCode(400)
                .body("field", is("closeUp"))
                .body("value", is("perhaps"));
    }

    private static Map<String, Object> without(Map<String, Object> asked, String field) {
        Map<String, Object> less = new HashMap<>(asked);
        less.remove(field);
        return less;
    }

    private static JsonPath answered(RequestSpecification query) {
        return query.post("/v1/segmentations").then().statusCode(201).extract().jsonPath();
    }

    @Test
    void aQueryIsAnsweredFromOtherPatientsAndCanBeReplayedToTheBit() {
        ingestAll();
        Phantom query = PHANTOMS.getFirst();
        JsonPath answer =
                query(query, Map.of("supportSize", 6, "patient", query.patient()))
                        .post("/v1/segmentations")
                        .then()
                        .statusCode(201)
                        .body("labels", hasSize(3))
                        .body("labels[0].supports", hasSize(6))
                        .body("model.network", is(EmbeddedServices.NETWORK))
                        .body("poolVersion", greaterThan(1))
                        .body("timingsMs.segment", notNullValue())
                        .body("notice", containsString("not a medical device"))
                        .extract()
                        .jsonPath();
        List<String> own =
                PHANTOMS.stream()
                        .filter(p -> p.patient().equals(query.patient()))
                        .map(p -> p.id() + ".png")
                        .toList();
        for (int label = 0; label < 3; label++) {
            List<String> names = answer.getList("labels[" + label + "].supports.name");
            assertThat(names).doesNotContainAnyElementsOf(own).doesNotHaveDuplicates();
            List<Float> similarities =
                    answer.getList("labels[" + label + "].supports.similarity", Float.class);
            assertThat(similarities).isSortedAccordingTo((a, b) -> Float.compare(b, a));
            assertThat(
                            answer
                                    .getList("labels[" + label + "].supports.weight", Double.class)
                                    .stream()
                                    .mapToDouble(Double::doubleValue)
                                    .sum())
                    .isCloseTo(1, offset(1e-6));
        }
        String id = answer.getString("id");
        assertThat(
                        given().get("/v1/segmentations/{id}", id)
                                .then()
                                .statusCode(200)
                                .extract()
                                .jsonPath()
                                .getMap("labels[0]"))
                .isEqualTo(answer.getMap("labels[0]"));
        given().post("/v1/segmentations/{id}/replay", id)
                .then()
                .statusCode(200)
                .body("identical", is(true))
                .body("labels", hasSize(3));

        Raster mask = png(answer.getString("labels[0].mask"));
        assertThat(mask.width()).isEqualTo(160);
        assertThat(Mask.fromRaster(mask).area()).isEqualTo(answer.getInt("labels[0].area"));
        Raster probabilities = png(answer.getString("labels[0].probabilities"));
        assertThat(probabilities.bitsPerSample()).isEqualTo(16);
        for (int i = 0; i < mask.samples().length; i++) {
            boolean above = (probabilities.samples()[i] & 0xffff) > 32768;
            boolean below = (probabilities.samples()[i] & 0xffff) < 32767;
            assertThat(mask.samples()[i] != 0 ? !below : !above).isTrue();
        }
        assertThat(png(answer.getString("overlay")).channels()).isEqualTo(3);
    }

    @Test
    void theQueryItselfIsNeverItsOwnSupportEvenWithoutAPatient() {
        ingestAll();
        Phantom query = PHANTOMS.get(4);
        List<String> names =
                query(query, Map.of("supportSize", 1000, "labels", "spine"))
                        .post("/v1/retrievals")
                        .then()
                        .statusCode(200)
                        .extract()
                        .jsonPath()
                        .getList("labels[0].supports.name");
        assertThat(names).isNotEmpty().doesNotContain(query.id() + ".png");
    }

    @Test
    void fewerSupportsThanAskedForAreStated() {
        ingestAll();
        query(PHANTOMS.get(4), Map.of("supportSize", 1000, "labels", "spine"))
                .post("/v1/retrievals")
                .then()
                .statusCode(200)
                .body("labels[0].shortfall", containsString("of 1000 supports"))
                .body("labels[0].exact", is(true));
    }

    @Test
    void aRetrievalIsNotToldHowOftenToLook() {
        ingestAll();
        query(PHANTOMS.get(4), Map.of("closeUp", "true", "labels", "spine"))
                .post("/v1/retrievals")
                .then()
                .statusCode(400)
                .body("field", is("part"))
                .body("value", is("closeUp"));
    }

    @Test
    void anOlderPoolVersionAnswersWithItsOwnSupports() {
        ingest(PHANTOMS.get(0)).then().statusCode(201);
        ingest(PHANTOMS.get(1)).then().statusCode(201);
        query(PHANTOMS.getLast(), Map.of("poolVersion", 1, "labels", "spine"))
                .post("/v1/retrievals")
                .then()
                .statusCode(200)
                .body("poolVersion", is(1))
                .body("labels[0].supports.name", equalTo(List.of(PHANTOMS.get(0).id() + ".png")));
        query(PHANTOMS.getLast(), Map.of("poolVersion", 3, "labels", "spine"))
                .post("/v1/retrievals")
                .then()
                .statusCode(404)
                .body("known", equalTo(List.of("1 to 2")));
    }

    @Test
    void aVersionAnswersByItsName() {
        ingest(PHANTOMS.get(0)).then().statusCode(201);
        ingest(PHANTOMS.get(1)).then().statusCode(201);
        given().contentType("application/json")
                .body(Map.of("name", "Before the course"))
                .put("/v1/curation/tasks/{task}/pools/default/versions/1/name", task)
                .then()
                .statusCode(200);
        for (String name : List.of("Before the course", "before THE course", " 1 ")) {
            query(PHANTOMS.getLast(), Map.of("poolVersion", name, "labels", "spine"))
                    .post("/v1/segmentations")
                    .then()
                    .statusCode(201)
                    .body("poolVersion", is(1))
                    .body(
                            "labels[0].supports.name",
                            equalTo(List.of(PHANTOMS.get(0).id() + ".png")));
        }
        query(PHANTOMS.getLast(), Map.of("poolVersion", "after the course", "labels", "spine"))
                .post("/v1/retrievals")
                .then()
                .statusCode(404)
                .body("detail", containsString("pool version \"after the course\""))
                .body("known", equalTo(List.of("1 to 2", "Before the course")));
        query(PHANTOMS.getLast(), Map.of("poolVersion", "x".repeat(201), "labels", "spine"))
                .post("/v1/retrievals")
                .then()
                .statusCode(400);
    }

    @Test
    void randomSupportsFollowTheSeed() {
        ingestAll();
        List<List<String>> draws = new ArrayList<>();
        for (int seed : new int[] {1, 1, 2}) {
            draws.add(
                    query(
                                    PHANTOMS.getFirst(),
                                    Map.of(
                                            "strategy",
                                            "random",
                                            "seed",
                                            seed,
                                            "supportSize",
                                            5,
                                            "labels",
                                            "spine"))
                            .post("/v1/retrievals")
                            .then()
                            .statusCode(200)
                            .extract()
                            .jsonPath()
                            .getList("labels[0].supports.imageId"));
        }
        assertThat(draws.get(0)).hasSize(5).isEqualTo(draws.get(1)).isNotEqualTo(draws.get(2));
    }

    @Test
    void temperatureSharpensTheWeights() {
        ingestAll();
        double hard = effective(Map.of("temperature", "0.00001"));
        double soft = effective(Map.of("temperature", "0.1"));
        double uniform = effective(Map.of("temperature", "uniform"));
        assertThat(hard).isCloseTo(1, offset(1e-3));
        assertThat(soft).isGreaterThan(hard).isLessThan(uniform);
        assertThat(uniform).isCloseTo(8, offset(1e-6));
    }

    private double effective(Map<String, Object> parameters) {
        Map<String, Object> all = new HashMap<>(parameters);
        all.put("supportSize", 8);
        all.put("labels", "spine");
        return query(PHANTOMS.getFirst(), all)
                .post("/v1/retrievals")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getDouble("labels[0].effectiveSupports");
    }

    @Test
    void badParametersGetTheAllowedRange() {
        ingest(PHANTOMS.getFirst()).then().statusCode(201);
        Object[][] cases = {
            {"supportSize", "0", 400, "1 to 1024"},
            {"supportSize", "1025", 400, "1 to 1024"},
            {"supportSize", "many", 400, "1 to 1024"},
            {"temperature", "0", 400, "uniform"},
            {"temperature", "-1", 400, "uniform"},
            {"temperature", "NaN", 400, "uniform"},
            {"temperature", "101", 400, "100"},
            {"strategy", "best", 400, "one of random, image"},
            {"seed", "1.5", 400, "whole number"},
            {"colour", "blue", 400, "expected one of"},
            {"labels", "heart", 404, "liver"},
            {"pool", "other", 404, "default"},
        };
        for (Object[] c : cases) {
            String detail =
                    query(PHANTOMS.getLast(), Map.of((String) c[0], c[1]))
                            .post("/v1/segmentations")
                            .then()
                            .statusCode((Integer) c[2])
                            .contentType("application/problem+json")
                            .body("title", notNullValue())
                            .body("instance", containsString("/v1/segmentations"))
                            .extract()
                            .jsonPath()
                            .getString("detail");
            assertThat(detail).contains((String) c[3]);
        }
        given().multiPart("image", "q.png", PngWriter.png(PHANTOMS.getLast().image()))
                .multiPart("task", "nowhere")
                .post("/v1/segmentations")
                .then()
                .statusCode(404)
                .body("known", hasItems(task));
        given().get("/v1/segmentations/{id}", UUID.randomUUID()).then().statusCode(404);
    }

    @Test
    void noUsableSupportIsARefusalWithTheReason() {
        query(PHANTOMS.getFirst(), Map.of("pool", "empty"))
                .post("/v1/segmentations")
                .then()
                .statusCode(422)
                .body("detail", containsString("no annotated image"));
        Phantom only = PHANTOMS.getFirst();
        ingest(only).then().statusCode(201);
        query(PHANTOMS.get(1), Map.of("patient", only.patient(), "labels", "spine"))
                .post("/v1/segmentations")
                .then()
                .statusCode(422)
                .body("obstacle", containsString("patient"))
                .body("pool", is("default"))
                .body("label", is("spine"))
                .body("detail", containsString("pool default of task " + task));
        query(PHANTOMS.getLast(), Map.of("site", "elsewhere", "labels", "spine"))
                .post("/v1/segmentations")
                .then()
                .statusCode(422)
                .body("obstacle", containsString("site"));
    }

    @Test
    void unreviewedAnnotationsAreNotUsed() {
        Phantom phantom = PHANTOMS.getFirst();
        given().multiPart("image", "x.png", PngWriter.png(phantom.image()))
                .multiPart("mask.spine", "m.png", PngWriter.png(phantom.masks().get("spine")))
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"p\",\"review\":\"unreviewed\"}"
                                .formatted(task))
                .post("/v1/images")
                .then()
                .statusCode(201);
        query(PHANTOMS.getLast(), Map.of("labels", "spine"))
                .post("/v1/segmentations")
                .then()
                .statusCode(422)
                .body("obstacle", containsString("review"));
    }

    // ---- projections and operations

    @Test
    void theIndexAgreesWithTheCatalogueAndCanBeRebuilt() {
        ingestAll();
        assertThat(verifier.verify(n -> {}).differences()).isEmpty();
        projector.rebuild(n -> {});
        IndexVerifier.Report report = verifier.verify(n -> {});
        assertThat(report.differences()).isEmpty();
        assertThat(report.indexed()).isGreaterThanOrEqualTo(PHANTOMS.size());
        assertThat(projector.search().sequence()).isEqualTo(outbox.head());
    }

    @Test
    void healthMetricsAndDescriptionAreThere() {
        given().get("/health/ready").then().statusCode(200).body("status", is("UP"));
        given().get("/health/live").then().statusCode(200);
        given().get("/metrics").then().statusCode(200).body(containsString("jvm_memory"));
        given().accept("application/json")
                .get("/openapi")
                .then()
                .statusCode(200)
                .body("paths.keySet()", hasItems("/v1/segmentations", "/v1/images"))
                .body(
                        "components.schemas.Query.properties.strategy.enum",
                        contains(Arrays.stream(Strategy.values()).map(Strategy::word).toArray()));
        given().get("/swagger-ui/").then().statusCode(200);
        given().get("/").then().statusCode(200).body(containsString("not a medical device"));
        given().get("/v1/nothing").then().statusCode(404);
    }

    // ---- helpers

    private void ingestAll() {
        PHANTOMS.forEach(p -> ingest(p).then().statusCode(201));
    }

    private Response ingest(Phantom phantom) {
        RequestSpecification form = form(phantom);
        phantom.masks()
                .forEach((label, mask) ->
                        form.multiPart("mask." + label, "m.png", PngWriter.png(mask)));
        return form.post("/v1/images");
    }

    private RequestSpecification form(Phantom phantom) {
        return given().multiPart("image", phantom.id() + ".png", PngWriter.png(phantom.image()))
                .multiPart("metadata", metadata(task, phantom.patient()));
    }

    private static String metadata(String task, String patient) {
        return "{\"task\":\"%s\",\"patient\":\"%s\",\"modality\":\"CT\"}".formatted(task, patient);
    }

    private RequestSpecification query(Phantom phantom, Map<String, ?> parameters) {
        RequestSpecification form =
                given().multiPart("image", "query.png", PngWriter.png(phantom.image()))
                        .multiPart("task", task);
        parameters.forEach((name, value) -> form.multiPart(name, value.toString()));
        return form;
    }

    private static Raster png(String path) {
        byte[] bytes =
                given().get(path)
                        .then()
                        .statusCode(200)
                        .contentType("image/png")
                        .extract()
                        .asByteArray();
        return new ImageDecoder(Limits.DEFAULT).decode(bytes, "x.png");
    }

    private Mask mask(String sha256) {
        return Mask.fromRaster(Raster.fromNetpbm(blobs.get(sha256)));
    }

    private static Mask withoutFirstPixel(Mask mask) {
        boolean[] inside = mask.inside().clone();
        for (int i = 0; i < inside.length; i++) {
            if (inside[i]) {
                inside[i] = false;
                break;
            }
        }
        return new Mask(mask.width(), mask.height(), inside);
    }

    private static Raster labelMap(Phantom phantom, List<String> labels) {
        short[] values = new short[phantom.image().samples().length];
        for (String label : labels) {
            Mask mask = phantom.masks().get(label);
            for (int i = 0; i < values.length; i++) {
                if (mask.inside()[i]) {
                    values[i] = (short) (labels.indexOf(label) + 1);
                }
            }
        }
        return new Raster(phantom.image().width(), phantom.image().height(), 1, 8, values);
    }
}
