package org.precedent.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.PrecedentConfig;
import org.precedent.access.ApiKeys;
import org.precedent.access.AuditTrail;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.cli.StudyCommands;
import org.precedent.dicomweb.Archive;
import org.precedent.dicomweb.DicomWebClient;
import org.precedent.dicomweb.DicomWebConfig;
import org.precedent.dicomweb.OrthancServer;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** A real archive, asked for a study by its UID, and what is found there afterwards. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class StudyArchiveTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<Phantom> POOL = new Phantoms(191).patients(4);

    @Inject DicomWebConfig archive;
    @Inject PrecedentConfig config;
    @Inject StudyPushes pushes;
    @Inject ApiKeys keys;
    @Inject AuditTrail audit;
    @Inject DataSource database;
    @TempDir Path folder;

    private final String task = "ar-" + UUID.randomUUID();
    private @Nullable OrthancServer orthanc;

    @BeforeEach
    void aPoolAndAnArchive() throws Exception {
        orthanc = start();
        given().contentType(ContentType.JSON)
                .body(Map.of("labels", List.of("liver", "spine"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
        for (Phantom phantom : POOL) {
            RequestSpecification form =
                    given().multiPart(
                                    "image", phantom.id() + ".png", PngWriter.png(phantom.image()))
                            .multiPart(
                                    "metadata",
                                    "{\"task\":\"%s\",\"patient\":\"%s\"}"
                                            .formatted(task, phantom.patient()));
            for (String label : List.of("liver", "spine")) {
                if (phantom.masks().containsKey(label)) {
                    form.multiPart(
                            "mask." + label, "m.png", PngWriter.png(phantom.masks().get(label)));
                }
            }
            form.post("/v1/images").then().statusCode(201);
        }
    }

    @AfterEach
    void stop() throws Exception {
        if (orthanc != null) { // nothing to stop where there is none to start
            orthanc.close();
        }
    }

    private OrthancServer start() throws Exception {
        return OrthancServer.start(
                Files.createDirectories(folder.resolve("orthanc")),
                archive.url().orElseThrow().getPort(),
                false);
    }

    private DicomWebClient client() {
        return new DicomWebClient(Archive.of(archive).orElseThrow());
    }

    private void store(List<byte[]> objects) {
        try (DicomWebClient client = client()) {
            for (byte[] object : objects) {
                assertThat(client.store(object).stored()).isTrue();
            }
        }
    }

    /** The series of a study as the archive lists them, by their modalities. */
    private Map<String, List<DicomWebClient.Series>> series(String study) {
        try (DicomWebClient client = client()) {
            return client.series(study).stream()
                    .collect(Collectors.groupingBy(DicomWebClient.Series::modality));
        }
    }

    private List<byte[]> objects(String study, DicomWebClient.Series series) {
        List<byte[]> objects = new ArrayList<>();
        try (DicomWebClient client = client()) {
            client.retrieve(study, series.uid(), object -> objects.add(object.readAllBytes()));
        }
        return objects;
    }

    private RequestSpecification form() {
        return given().multiPart("task", task).multiPart("supportSize", "3");
    }

    private static String send(RequestSpecification form) {
        return form.post("/v1/segmentations").then().statusCode(202).extract().path("id");
    }

    private static JsonPath await(String id, Predicate<JsonPath> reached) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            JsonPath study =
                    given().get("/v1/studies/{id}", id).then().statusCode(200).extract().jsonPath();
            if (reached.test(study)) {
                return study;
            }
            assertThat(System.nanoTime()).as(study.prettify()).isLessThan(deadline);
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static byte[] segmentation(String id) {
        return given().queryParam("as", "dicom-seg")
                .get("/v1/studies/{id}/result", id)
                .then()
                .statusCode(200)
                .extract()
                .asByteArray();
    }

    @Test
    void aStudyIsAskedForByItsUidAndItsSegmentationIsFoundInTheArchive() throws Exception {
        String study = "1.2.826.71";
        store(PhantomStudies.dicom(129, 3, study, study + ".1"));
        String id = send(form().multiPart("studyUid", study).multiPart("push", "true"));
        JsonPath done = await(id, one -> "stored".equals(one.getString("push.state")));
        assertThat(done.getString("state")).isEqualTo("done");
        assertThat(done.getInt("slicesDone")).isEqualTo(3);
        assertThat(done.getString("name")).isEqualTo("study");

        Map<String, List<DicomWebClient.Series>> there = series(study);
        assertThat(there).containsOnlyKeys("CT", "SEG");
        byte[] segmentation = segmentation(id);
        assertThat(objects(study, there.get("SEG").getFirst()))
                .singleElement()
                .isEqualTo(segmentation);
        assertThat(new String(segmentation, StandardCharsets.ISO_8859_1))
                .contains("Doe^Jane", study, study + ".1.3");

        // Neither a name nor a UID of the archive is in the record.
        String row =
                texts("SELECT row_to_json(s)::text FROM study s WHERE id = '%s'", id).getFirst();
        assertThat(row).doesNotContain("Doe", "4711", study);
        assertThat(
                        texts(
                                "SELECT series FROM answer WHERE id = '%s'",
                                done.getString("answers[0].answer")))
                .singleElement()
                .satisfies(series -> assertThat(series).startsWith("2.25."));
        List<AuditTrail.Entry> entries = new ArrayList<>();
        audit.export(Scope.machine(), entries::add);
        assertThat(entries)
                .filteredOn(entry -> entry.object().equals("/v1/studies/" + id))
                .anyMatch(
                        entry -> entry.action().equals("push") && entry.outcome().equals("stored"));
        assertThat(entries).noneMatch(entry -> entry.object().contains(study));

        // The commands, beside the service and by themselves; segmentations are no series to ask.
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("admin.token"), EmbeddedServices.TOKEN);
        int port = ConfigProvider.getConfig().getValue("quarkus.http.test-port", Integer.class);
        Path beside = folder.resolve("beside");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] command = {
            "segment", "--study", study, "--task", task, "--support-size", "3", "--push", "--out"
        };
        assertThat(
                        StudyCommands.beside(
                                data,
                                port,
                                new PrintWriter(out),
                                new PrintWriter(err),
                                with(command, beside.toString())))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("\"archive\" : \"stored\"");
        Path alone = folder.resolve("alone");
        assertThat(StudyCommands.run(with(command, alone.toString())))
                .contains("\"archive\" : \"stored\"");
        List<byte[]> all = new ArrayList<>();
        series(study).get("SEG").forEach(series -> all.addAll(objects(study, series)));
        assertThat(all)
                .contains(
                        segmentation,
                        Files.readAllBytes(beside.resolve(study + ".seg.dcm")),
                        Files.readAllBytes(alone.resolve(study + ".seg.dcm")));
    }

    @Test
    void aSegmentationWaitsForAnArchiveThatIsAway() throws Exception {
        String study = "1.2.826.72";
        store(PhantomStudies.dicom(131, 6, study, study + ".1"));
        String id = send(form().multiPart("studyUid", study).multiPart("push", "true"));
        orthanc.close();
        JsonPath waiting =
                await(
                        id,
                        one ->
                                one.getString("state").equals("done")
                                        && one.getString("push.reason") != null);
        assertThat(waiting.getString("push.state")).isEqualTo("pending");
        assertThat(waiting.getString("push.reason")).isEqualTo("the archive does not answer now");
        orthanc = start();
        UUID home = new StudyFiles(config.dataDirectory(), Limits.VOLUMES).home();
        pushes.sendAll(home, () -> false);
        assertThat(await(id, one -> true).getString("push.state")).isEqualTo("stored");
        assertThat(await(id, one -> true).<String>get("push.reason")).isNull();
        assertThat(series(study)).containsKey("SEG");
    }

    @Test
    void whatTheArchiveDoesNotHoldForTheCallerIsRefusedAndNothingIsStored() throws Exception {
        String study = "1.2.826.73";
        store(PhantomStudies.dicom(133, 3, study, study + ".1"));
        store(PhantomStudies.dicom(135, 2, study, study + ".2"));
        Set<String> before = folders();

        refused(form().multiPart("studyUid", study))
                .statusCode(400)
                .body("field", is("seriesUid"))
                .body(
                        "limit",
                        allOf(
                                containsString(study + ".1 (CT, 3 objects)"),
                                containsString(study + ".2 (CT, 2 objects)")));
        refused(form().multiPart("studyUid", study).multiPart("seriesUid", study + ".3"))
                .statusCode(400)
                .body("value", is(study + ".3"));
        refused(form().multiPart("studyUid", "1.2.826.79"))
                .statusCode(404)
                .body("type", is("urn:precedent:problem:unknown-study"))
                .body("field", is("studyUid"));
        refused(form().multiPart("studyUid", "../../etc"))
                .statusCode(400)
                .body("field", is("studyUid"));
        refused(form().multiPart("studyUid", study).multiPart("push", "yes"))
                .statusCode(400)
                .body("field", is("push"));
        refused(
                        form().multiPart("study", "v.nii.gz", PhantomStudies.nifti(137, 2))
                                .multiPart("push", "true"))
                .statusCode(400)
                .body("value", is("push"));
        refused(
                        form().multiPart("studyUid", study)
                                .multiPart("study", "v.nii.gz", PhantomStudies.nifti(137, 2)))
                .statusCode(400)
                .body("value", is("study"));
        // Whoever is of another site than the archive's has none: as if there were no such study.
        String other =
                keys.create(
                                Scope.machine(),
                                "elsewhere",
                                "north",
                                Set.of(Role.CURATOR),
                                Set.of(),
                                null)
                        .text()
                        .text();
        String theirs = "ar-" + UUID.randomUUID();
        io.restassured.RestAssured.given()
                .header("Authorization", "Bearer " + other)
                .contentType(ContentType.JSON)
                .body(Map.of("labels", List.of("liver"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", theirs)
                .then()
                .statusCode(200);
        Phantom phantom = new Phantoms(193).patients(1).getFirst();
        io.restassured.RestAssured.given()
                .header("Authorization", "Bearer " + other)
                .multiPart("image", "i.png", PngWriter.png(phantom.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart("metadata", "{\"task\":\"%s\",\"patient\":\"p\"}".formatted(theirs))
                .post("/v1/images")
                .then()
                .statusCode(201);
        refused(
                        io.restassured.RestAssured.given()
                                .header("Authorization", "Bearer " + other)
                                .multiPart("task", theirs)
                                .multiPart("studyUid", study)
                                .multiPart("seriesUid", study + ".1"))
                .statusCode(404)
                .body("type", is("urn:precedent:problem:unknown-study"));
        orthanc.close();
        refused(form().multiPart("studyUid", study))
                .statusCode(503)
                .body("type", is("urn:precedent:problem:archive-away"))
                .body("known", nullValue());
        assertThat(folders()).isEqualTo(before);
        assertThat(
                        texts(
                                "SELECT id::text FROM study WHERE series LIKE '2.25.%%' AND task_id IN"
                                        + " (SELECT id FROM task WHERE name = '%s')",
                                task))
                .isEmpty();
    }

    private static ValidatableResponse refused(RequestSpecification form) {
        return form.post("/v1/segmentations").then().contentType("application/problem+json");
    }

    private static String[] with(String[] command, String last) {
        return Stream.concat(Stream.of(command), Stream.of(last)).toArray(String[]::new);
    }

    private Set<String> folders() throws IOException {
        Path studies = config.dataDirectory().resolve("studies");
        if (!Files.isDirectory(studies)) {
            return Set.of();
        }
        try (Stream<Path> all = Files.list(studies)) {
            return all.filter(Files::isDirectory)
                    .map(one -> one.getFileName().toString())
                    .collect(Collectors.toSet());
        }
    }

    private List<String> texts(String sql, Object... values) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql.formatted(values))) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
