package org.precedent.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.PrecedentConfig;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.access.Scope;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Example;
import org.precedent.catalog.Intake;
import org.precedent.catalog.SamePixels;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.ImageProjection;
import org.precedent.query.EmbeddedServices;

/** What is erased is gone from everywhere, stays away, and leaves answers that say so. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class ErasureTest {
    private final List<Phantom> phantoms = new Phantoms(UUID.randomUUID().hashCode()).patients(5);
    private final String task = "e-" + UUID.randomUUID();

    @Inject DataSource database;
    @Inject BlobStore blobs;
    @Inject Intake intake;
    @Inject Erasure erasure;
    @Inject BlobCollection collection;
    @Inject BlobScrub scrub;
    @Inject ImageProjection index;
    @Inject PrecedentConfig config;

    @BeforeEach
    void fill() {
        given().contentType("application/json")
                .body(Map.of("labels", Phantoms.LABELS, "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
        for (Phantom phantom : phantoms.subList(1, 5)) {
            ingest(phantom, name(phantom)).statusCode(201);
        }
    }

    @Test
    void aPatientIsGoneFromEverywhereAndDoesNotComeBack() throws Exception {
        Phantom gone = phantoms.get(1);
        UUID answer = segment(phantoms.get(0), "asked-" + task);
        UUID own = segment(gone, name(gone));
        UUID image = imageOf(gone);
        List<String> hashes =
                texts(
                        "SELECT pixels_sha256 FROM image WHERE id = '%1$s' UNION"
                                + " SELECT mask_sha256 FROM annotation WHERE image_id = '%1$s'",
                        image);
        String pixels = texts("SELECT pixels_sha256 FROM image WHERE id = '%s'", image).getFirst();
        assertThat(hashes).hasSizeGreaterThan(1).allMatch(blobs::contains);
        assertThat(index.search().of(image)).isNotEmpty();

        JsonPath dry = erase(Map.of("patient", name(gone), "dryRun", true));
        assertThat(dry.getInt("images")).isEqualTo(1);
        assertThat(dry.getInt("answers")).isEqualTo(1);
        assertThat(texts("SELECT id::text FROM image WHERE id = '%s'", image)).hasSize(1);

        JsonPath erased = erase(Map.of("patient", name(gone).toUpperCase(Locale.ROOT)));
        assertThat(erased.getInt("images")).isEqualTo(1);
        assertThat(erased.getInt("answers")).isEqualTo(1);
        assertThat(erased.getInt("answersLeft")).isEqualTo(1);
        assertThat(texts("SELECT id::text FROM image WHERE id = '%s'", image)).isEmpty();
        // Two slices may have the same mask: what the other names stays.
        for (String sha256 : hashes) {
            assertThat(blobs.contains(sha256))
                    .isEqualTo(
                            !texts(
                                            "SELECT id::text FROM annotation WHERE mask_sha256 = '%s'",
                                            sha256)
                                    .isEmpty());
        }
        assertThat(blobs.contains(pixels)).isFalse();
        given().get("/v1/segmentations/{id}", own).then().statusCode(404);

        // The answer that rested on it says so, and cannot be computed again.
        given().get("/v1/segmentations/{id}", answer)
                .then()
                .statusCode(200)
                .body("labels[0].erasedSupports", is(1))
                .body("labels[0].supports.size()", is(3));
        given().post("/v1/segmentations/{id}/replay", answer)
                .then()
                .statusCode(409)
                .body("type", is("urn:precedent:problem:erased"));
        given().get("/v1/segmentations/{id}/labels/spine/mask.png", answer).then().statusCode(200);

        // The next answer rests on what is left, and the index holds nothing of it.
        UUID next = segment(phantoms.get(0), "asked-" + task);
        assertThat(
                        given().get("/v1/segmentations/{id}", next)
                                .jsonPath()
                                .getList("labels[0].supports.imageId"))
                .hasSize(3)
                .doesNotContain(image.toString());
        assertThat(index.search().of(image)).isEmpty();
        try (Stream<Path> files = Files.walk(config.indexDirectory())) {
            assertThat(files.filter(file -> file.toString().contains(image.toString()))).isEmpty();
        }

        // It does not come back, by its name or by its pixels under another one.
        for (String patient : List.of(name(gone), "somebody-else")) {
            ingest(gone, patient)
                    .statusCode(409)
                    .body("type", is("urn:precedent:problem:erased"))
                    .body("detail", containsString("erased"));
        }
        for (String file : List.of("secret.key", "erasures.txt")) {
            Path kept = config.dataDirectory().resolve(file);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
                    .isEqualTo("rw-------");
            assertThat(Files.readString(kept)).doesNotContain(name(gone));
        }
        assertThat(texts("SELECT key_hash FROM tombstone WHERE key_hash LIKE '%%%s%%'", pixels))
                .isEmpty();
    }

    @Test
    void aRestoredDatabaseIsToldAgain() throws Exception {
        Phantom gone = phantoms.get(2);
        UUID image = imageOf(gone);
        erase(Map.of("image", image.toString()));
        // A database of before the erasure: it has the image, and no hashes.
        execute("DELETE FROM tombstone");
        ingest(gone, name(gone)).statusCode(201);
        assertThat(imageOf(gone)).isEqualTo(image);

        assertThat(erasure.repeat()).isNotNull().matches(e -> e.images() == 1);
        assertThat(texts("SELECT id::text FROM image WHERE id = '%s'", image)).isEmpty();
        ingest(gone, name(gone)).statusCode(409);
        assertThat(erasure.repeat()).isNull();
    }

    @Test
    void whatIsNotThereIsToldAndNothingOfItIsKept() {
        int before = texts("SELECT key_hash FROM tombstone").size();
        erasure(Map.of("patient", "nobody-" + task))
                .statusCode(404)
                .body("type", is("urn:precedent:problem:unknown-patient"));
        erasure(Map.of("image", UUID.randomUUID().toString()))
                .statusCode(404)
                .body("type", is("urn:precedent:problem:unknown-image"));
        erasure(Map.of("answer", UUID.randomUUID().toString()))
                .statusCode(404)
                .body("type", is("urn:precedent:problem:unknown-answer"));
        erasure(Map.of("answer", "no id")).statusCode(400).body("field", is("body.id"));
        erasure(Map.of("patient", "p\u0000")).statusCode(400);
        erasure(Map.of("task", task)).statusCode(400).body("field", is("body.what"));
        assertThat(texts("SELECT key_hash FROM tombstone")).hasSize(before);
    }

    @Test
    void answersThatAreTooOldGoWithTheirQueries() {
        UUID old = segment(phantoms.get(0), "old-" + task);
        UUID fresh = segment(phantoms.get(3), "fresh-" + task);
        execute("UPDATE answer SET created_at = '2001-01-01' WHERE id = '" + old + "'");
        List<String> query = texts("SELECT query_sha256 FROM answer WHERE id = '%s'", old);
        assertThat(erasure.expire(Instant.parse("2002-01-01T00:00:00Z"))).isEqualTo(1);
        given().get("/v1/segmentations/{id}", old).then().statusCode(404);
        given().get("/v1/segmentations/{id}", fresh).then().statusCode(200);
        assertThat(blobs.contains(query.getFirst())).isFalse();
    }

    @Test
    void onlyOldBytesThatNothingNamesAreCollected() throws Exception {
        String named =
                texts("SELECT pixels_sha256 FROM image WHERE id = '%s'", imageOf(phantoms.get(4)))
                        .getFirst();
        String left = blobs.put(("left behind " + task).getBytes(StandardCharsets.UTF_8));
        String recent = blobs.put(("recent " + task).getBytes(StandardCharsets.UTF_8));
        for (String sha256 : List.of(named, left)) {
            Files.setLastModifiedTime(
                    file(sha256),
                    FileTime.from(Instant.now().minus(BlobCollection.GRACE).minusSeconds(9)));
        }
        assertThat(collection.collect(true, looked -> {}).collected()).isEqualTo(1);
        assertThat(blobs.contains(left)).isTrue();
        assertThat(collection.collect(false, looked -> {}).collected()).isEqualTo(1);
        assertThat(blobs.contains(left)).isFalse();
        assertThat(blobs.contains(named)).isTrue();
        assertThat(blobs.contains(recent)).isTrue();
        try (Connection connection = database.getConnection()) {
            assertThat(BlobNames.columns(connection))
                    .contains(
                            new BlobNames.Column("image", "pixels_sha256"),
                            new BlobNames.Column("annotation", "mask_sha256"),
                            new BlobNames.Column("answer", "query_sha256"),
                            new BlobNames.Column("answer_label", "mask_sha256"),
                            new BlobNames.Column("answer_label", "probabilities_sha256"));
        }
    }

    @Test
    void damageIsFoundAndHealedByTheNextPut() throws Exception {
        Phantom phantom = phantoms.get(3);
        String pixels =
                texts("SELECT pixels_sha256 FROM image WHERE id = '%s'", imageOf(phantom))
                        .getFirst();
        byte[] bytes = blobs.get(pixels);
        Files.write(file(pixels), new byte[] {1, 2, 3});
        assertThatThrownBy(() -> blobs.get(pixels)).isInstanceOf(BlobException.class);
        assertThat(scrub.scrub(checked -> {}).damaged()).anyMatch(line -> line.contains(pixels));
        assertThat(scrub.damaged()).isEqualTo(1);
        ingest(phantom, name(phantom)).statusCode(200);
        assertThat(blobs.get(pixels)).isEqualTo(bytes);
        scrub.scrub(checked -> {});
        assertThat(scrub.damaged()).isZero();
    }

    @Test
    void bytesThatWereCollectedBetweenStagingAndCommitAreWrittenAgain() {
        Phantom phantom = new Phantoms(task.hashCode()).patients(1).getFirst();
        Example example =
                new Example(
                        "late.png",
                        phantom.image(),
                        Example.Origin.ofImage("CT", "here", "late-" + task),
                        phantom.masks());
        var batch = intake.stage(Scope.machine(), List.of(example), "tester");
        String pixels = Sha256.of(phantom.image().toNetpbm());
        assertThat(collection.remove(List.of(pixels), false)).containsExactly(pixels);
        intake.ingest(
                Scope.machine(),
                batch,
                task,
                "default",
                ReviewState.APPROVED,
                "test",
                SamePixels.Policy.REFUSE);
        assertThat(blobs.contains(pixels)).isTrue();
    }

    // ---- helpers

    /** Other tests have other patients. */
    private String name(Phantom phantom) {
        return "p" + phantoms.indexOf(phantom) + "-" + task;
    }

    private ValidatableResponse ingest(Phantom phantom, String patient) {
        return given().queryParam("review", "approved")
                .multiPart("image", "i.png", PngWriter.png(phantom.image()))
                .multiPart("mask.spine", "m.png", PngWriter.png(phantom.masks().get("spine")))
                .multiPart(
                        "metadata", "{\"task\":\"%s\",\"patient\":\"%s\"}".formatted(task, patient))
                .post("/v1/images")
                .then();
    }

    private UUID segment(Phantom query, String patient) {
        return UUID.fromString(
                given().multiPart("image", "query.png", PngWriter.png(query.image()))
                        .multiPart("task", task)
                        .multiPart("labels", "spine")
                        .multiPart("supportSize", 4)
                        .multiPart("patient", patient)
                        .post("/v1/segmentations")
                        .then()
                        .statusCode(201)
                        .extract()
                        .jsonPath()
                        .getString("id"));
    }

    private static JsonPath erase(Map<String, Object> what) {
        return erasure(what).statusCode(200).extract().jsonPath();
    }

    private static ValidatableResponse erasure(Map<String, Object> what) {
        Map<String, Object> body = new HashMap<>(Map.of("dryRun", false, "reason", "test"));
        what.forEach((name, value) -> {
            if (name.equals("dryRun")) {
                body.put(name, value);
            } else {
                body.put("what", name);
                body.put("id", value);
            }
        });
        return given().contentType("application/json").body(body).post("/v1/erasures").then();
    }

    private UUID imageOf(Phantom phantom) {
        return UUID.fromString(
                texts("SELECT id::text FROM image WHERE patient = '%s'", name(phantom)).getFirst());
    }

    private Path file(String sha256) {
        return config.dataDirectory()
                .resolve("blobs")
                .resolve(sha256.substring(0, 2))
                .resolve(sha256.substring(2));
    }

    private List<String> texts(String sql, Object... values) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                var rows =
                        statement.executeQuery(values.length == 0 ? sql : sql.formatted(values))) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private void execute(String sql) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
