package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.MaskFiles;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** Masks of every kind over HTTP: what is stored of them, what is said, what is refused. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class MaskIngestTest {
    private static final Phantom PHANTOM = new Phantoms(12).patients(1).getFirst();
    private static final Mask LIVER = PHANTOM.masks().get("liver");
    private static final int SIDE = LIVER.width();

    @Inject Catalog catalog;
    @Inject Outbox outbox;
    @Inject BlobStore blobs;

    private String task;

    @BeforeEach
    void defineTask() {
        task = "t-" + UUID.randomUUID();
        given().contentType("application/json")
                .body(Map.of("labels", List.of("liver", "rim"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
    }

    @Test
    void aPaletteIsReadByItsColours() {
        byte[] objectFirst =
                MaskFiles.palette(
                        "png",
                        SIDE,
                        LIVER.height(),
                        i -> LIVER.inside()[i] ? 0 : 1,
                        0xff0000,
                        0x000000);
        UUID image =
                stored(
                        mask("m.png", objectFirst, "")
                                .statusCode(201)
                                .body("masks[0].file", is("m.png"))
                                .body("masks[0].labels", contains("liver"))
                                .body("masks[0].object", is("#FF0000"))
                                .body("masks[0].betweenPixels", is(0)));
        assertThat(storedMask(image, "liver").inside()).isEqualTo(LIVER.inside());
    }

    @Test
    void softEdgesAreCutAtTheHalfAndCounted() {
        byte[] soft = PngWriter.png(MaskFiles.blurred(LIVER.toRaster(), 1.2));
        // The advice of before, to ignore unknown values, makes no other mask.
        for (String more : List.of("", ",\"ignoreUnknownValues\":true")) {
            UUID image =
                    stored(
                            mask("m.png", soft, more)
                                    .body("masks[0].object", is(">= 128"))
                                    .body("masks[0].betweenPixels", greaterThan(50))
                                    .body("masks[0].inexactPixels", greaterThan(100)));
            assertThat((double) storedMask(image, "liver").area() / LIVER.area())
                    .isBetween(.98, 1.02);
        }
        byte[] smeared = PngWriter.png(MaskFiles.blurred(LIVER.toRaster(), 12));
        mask("m.png", smeared, "")
                .statusCode(400)
                .body("type", is("urn:precedent:problem:mask-value"))
                .body("file", is("m.png"))
                .body("label", is("liver"))
                .body("field", is("between"))
                .body("value", matchesPattern("[0-9.]+% \\([0-9]+ of [0-9]+ pixels\\)"))
                .body("limit", is("5%"));
    }

    @Test
    void aVoidRimIsNeverTheObject() {
        int rim = 3 * SIDE;
        Raster ones =
                MaskFiles.grey(
                        SIDE, LIVER.height(), i -> i < rim ? 255 : LIVER.inside()[i] ? 1 : 0);
        byte[] bytes = PngWriter.png(ones);
        long before = outbox.head();
        for (String more : List.of("", ",\"ignoreUnknownValues\":true")) {
            mask("m.png", bytes, more)
                    .statusCode(400)
                    .body("label", is("liver"))
                    .body("value", containsString("1 (" + LIVER.area() + " pixels), 255 (" + rim))
                    .body("detail", containsString("metadata.ignore"));
        }
        mask("m.png", bytes, ",\"ignore\":\"void\"")
                .statusCode(400)
                .body("field", is("metadata.ignore"));
        mask("m.png", bytes, ",\"ignore\":[0]").statusCode(400).body("value", is("0"));
        mask("m.png", bytes, ",\"ignore\":[null]").statusCode(400);
        assertThat(outbox.head()).isEqualTo(before);
        for (String ignore : List.of("255", "[255,7]", "\"#FFFFFF\"")) {
            UUID image =
                    stored(
                            mask("m.png", bytes, ",\"ignore\":" + ignore)
                                    .body("masks[0].object", is("1"))
                                    .body("masks[0].unknownPixels.values()", contains(rim)));
            assertThat(storedMask(image, "liver").inside()).isEqualTo(LIVER.inside());
        }
    }

    @Test
    void aLabelMapIsTakenApartByColour() {
        int rim = 3 * SIDE;
        byte[] map =
                MaskFiles.palette(
                        "png",
                        SIDE,
                        LIVER.height(),
                        i -> i < rim ? 0 : LIVER.inside()[i] ? 2 : 1,
                        0xe0e0c0,
                        0x000000,
                        0x800000);
        labelMap(map, "{\"liver\":2,\"rim\":1}", "")
                .statusCode(400)
                .body("value", allOf(containsString("#800000"), containsString("#E0E0C0")));
        labelMap(map, "{\"liver\":\"#800000\"}", "")
                .statusCode(400)
                .body("value", is("#E0E0C0 (" + rim + " pixels)"));
        labelMap(map, "{\"liver\":\"#800000\"}", ",\"ignore\":\"#800000\"")
                .statusCode(400)
                .body("field", is("metadata.labelValues.liver"));
        UUID one =
                stored(
                        labelMap(map, "{\"liver\":\"#800000\"}", ",\"ignore\":\"#E0E0C0\"")
                                .body("masks[0].object", nullValue())
                                .body("masks[0].unknownPixels.values()", contains(rim)));
        assertThat(storedMask(one, "liver").inside()).isEqualTo(LIVER.inside());
        UUID both =
                stored(
                        labelMap(map, "{\"liver\":\"#800000\",\"rim\":\"#e0e0c0\"}", "")
                                .body("masks[0].labels", contains("liver", "rim")));
        assertThat(storedMask(both, "liver").inside()).isEqualTo(LIVER.inside());
        assertThat(storedMask(both, "rim").area()).isEqualTo(rim);
    }

    @Test
    void valuesThatAreNoneAreRefusedByField() {
        byte[] map = PngWriter.png(LIVER);
        for (String value :
                List.of(
                        "0",
                        "1.5",
                        "-1",
                        "65536",
                        "99999999999",
                        "\"red\"",
                        "\"255\"",
                        "null",
                        "[]")) {
            labelMap(map, "{\"liver\":" + value + "}", "")
                    .statusCode(400)
                    .body("field", is("metadata.labelValues.liver"))
                    .body("limit", containsString("#RRGGBB"));
        }
        labelMap(map, "{\"liver\":255,\"rim\":\"#FFFFFF\"}", "")
                .statusCode(400)
                .body("field", is("metadata.labelValues.rim"));
    }

    @Test
    void theDescriptionExplainsTheFields() {
        given().accept("application/json")
                .get("/openapi")
                .then()
                .statusCode(200)
                .body(
                        "components.schemas.Metadata.properties.ignore.description",
                        containsString("unknown"))
                .body(
                        "components.schemas.Metadata.properties.labelValues.description",
                        containsString("#RRGGBB"))
                .body("components.schemas.MaskValue.anyOf.type", contains("integer", "string"));
    }

    private ValidatableResponse mask(String name, byte[] mask, String more) {
        return given().multiPart("image", "image.png", PngWriter.png(PHANTOM.image()))
                .multiPart("mask.liver", name, mask)
                .multiPart(
                        "metadata", "{\"task\":\"%s\",\"patient\":\"p\"%s}".formatted(task, more))
                .post("/v1/images")
                .then();
    }

    private ValidatableResponse labelMap(byte[] map, String values, String more) {
        return given().multiPart("image", "image.png", PngWriter.png(PHANTOM.image()))
                .multiPart("labelmap", "map.png", map)
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"p\",\"labelValues\":%s%s}"
                                .formatted(task, values, more))
                .post("/v1/images")
                .then();
    }

    private static UUID stored(ValidatableResponse response) {
        int status = response.extract().statusCode();
        assertThat(status).as(response.extract().asString()).isIn(200, 201);
        return UUID.fromString(response.extract().jsonPath().getString("imageId"));
    }

    private Mask storedMask(UUID image, String label) {
        var known = catalog.task(Scope.machine(), task);
        var pool = catalog.pool(Scope.machine(), known, "default");
        int id =
                known.labels().stream()
                        .filter(l -> l.name().equals(label))
                        .findFirst()
                        .orElseThrow()
                        .id();
        var support = catalog.supports(pool.grant(), pool.version(), id, List.of(image)).get(image);
        return Mask.fromRaster(Raster.fromNetpbm(blobs.get(support.maskSha256())));
    }
}
