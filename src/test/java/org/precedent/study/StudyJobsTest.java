package org.precedent.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.PrecedentConfig;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.cli.StudyCommands;
import org.precedent.erasure.Erasure;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.BurntIn;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** Whole studies over HTTP: sent, followed, fetched, cancelled, interrupted, refused, gone. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class StudyJobsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<Phantom> POOL = new Phantoms(91).patients(4);

    @Inject Catalog catalog;
    @Inject StudyWorker worker;
    @Inject StudyTurns turns;
    @Inject Erasure erasure;
    @Inject AuditTrail audit;
    @Inject DataSource database;
    @Inject PrecedentConfig config;
    @TempDir Path folder;

    private final String task = "st-" + UUID.randomUUID();

    @BeforeEach
    void aPool() {
        given().contentType(ContentType.JSON)
                .body(
                        Map.of(
                                "labels",
                                List.of("liver", "spine"),
                                "pools",
                                List.of("default", "no")))
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

    private RequestSpecification form() {
        return given().multiPart("task", task).multiPart("supportSize", "3");
    }

    private static String send(RequestSpecification form) {
        Response response = form.post("/v1/segmentations");
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(202);
        String id = response.jsonPath().getString("id");
        assertThat(response.header("Location")).endsWith("/v1/studies/" + id);
        return id;
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

    private static JsonPath awaitDone(String id) {
        JsonPath study = await(id, one -> one.get("endedAt") != null);
        assertThat(study.getString("state")).as(study.prettify()).isEqualTo("done");
        return study;
    }

    private static byte[] image(String id) {
        return given().get("/v1/studies/{id}/image", id)
                .then()
                .statusCode(200)
                .contentType("application/gzip")
                .extract()
                .asByteArray();
    }

    private static byte[] result(String id, String as) {
        return given().queryParam("as", as)
                .get("/v1/studies/{id}/result", id)
                .then()
                .statusCode(200)
                .extract()
                .asByteArray();
    }

    @Test
    void aStudyIsAnsweredSliceBySliceAndItsResultIsWhatTheCommandWrites() throws Exception {
        byte[] volume = PhantomStudies.nifti(17, 4);
        String id = send(form().multiPart("study", "new.nii.gz", volume));
        JsonPath study = awaitDone(id);

        assertThat(study.getInt("slices")).isEqualTo(4);
        assertThat(study.getInt("slicesDone")).isEqualTo(4);
        assertThat(study.getString("axis")).isEqualTo("k");
        assertThat(study.getString("name")).isEqualTo("new.nii.gz");
        assertThat(study.getList("formats")).containsExactly("nifti", "nrrd", "png");
        assertThat(study.getList("labels.label")).containsExactly("liver", "spine");
        List<String> answers = study.getList("answers.answer");
        assertThat(answers).hasSize(4).doesNotHaveDuplicates();
        assertThat(answers.get(3)).as("of the slice of one value").isNull();
        for (String answer : answers.subList(0, 3)) {
            given().get("/v1/segmentations/{id}", answer)
                    .then()
                    .statusCode(200)
                    .body("series", is("new"))
                    .body("ownStudy", is(false));
        }

        Path file = folder.resolve("new.nii.gz");
        Files.write(file, volume);
        for (String as : List.of("nifti", "nrrd", "png")) {
            Path out = folder.resolve(as);
            StudyCommands.run(
                    "segment",
                    file.toString(),
                    "--task",
                    task,
                    "--support-size",
                    "3",
                    "--as",
                    as,
                    "--out",
                    out.toString());
            byte[] sent = result(id, as);
            assertThat(result(id, as)).as("asked twice").isEqualTo(sent);
            if (as.equals("png")) {
                assertThat(unzipped(sent)).isEqualTo(read(out, ".labels.png"));
            } else {
                String name = as.equals("nifti") ? "new.labels.nii.gz" : "new.labels.seg.nrrd";
                assertThat(out.resolve(name)).hasBinaryContent(sent);
            }
        }
        given().accept("application/x-nrrd")
                .get("/v1/studies/{id}/result", id)
                .then()
                .statusCode(200)
                .contentType("application/x-nrrd");
        given().get("/v1/studies/{id}/result", id)
                .then()
                .statusCode(200)
                .contentType("application/gzip")
                .header("Content-Disposition", containsString("new.labels.nii.gz"));
        given().queryParam("as", "dicom-seg")
                .get("/v1/studies/{id}/result", id)
                .then()
                .statusCode(400)
                .body("field", is("as"))
                .body("detail", containsString("a DICOM series to refer to"));
        assertThat(image(id)).as("a volume that says nothing else").isEqualTo(volume);

        List<AuditTrail.Entry> entries = new ArrayList<>();
        audit.export(Scope.machine(), entries::add);
        assertThat(entries)
                .filteredOn(entry -> entry.object().equals("/v1/studies/" + id))
                .filteredOn(entry -> entry.action().equals("segment"))
                .singleElement()
                .matches(entry -> entry.outcome().equals("done") && !entry.supports().isEmpty());
        assertThat(entries)
                .anyMatch(entry ->
                        entry.object().endsWith("/v1/studies/" + id)
                                && entry.outcome().equals("202"));
    }

    @Test
    void theCommandBesideAServiceAsksItAndWritesTheSame() throws Exception {
        Path file = folder.resolve("Bauch (1).nii.gz");
        Files.write(file, PhantomStudies.nifti(23, 3));
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("admin.token"), EmbeddedServices.TOKEN);
        int port = ConfigProvider.getConfig().getValue("quarkus.http.test-port", Integer.class);
        for (String as : List.of("nifti", "png")) {
            Path there = folder.resolve("there-" + as);
            Path here = folder.resolve("here-" + as);
            List<String> command =
                    List.of("segment", file.toString(), "--task", task, "--support-size", "3");
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            int status =
                    StudyCommands.beside(
                            data,
                            port,
                            new PrintWriter(out),
                            new PrintWriter(err),
                            with(command, "--as", as, "--out", there.toString()));
            assertThat(status).as(err.toString()).isZero();
            assertThat(err.toString()).contains("slices 3/3 100%");
            StudyCommands.run(with(command, "--as", as, "--out", here.toString()));
            assertThat(read(there, as.equals("png") ? ".png" : ".gz"))
                    .isEqualTo(read(here, as.equals("png") ? ".png" : ".gz"))
                    .isNotEmpty();
            assertThat(keys(there.resolve("Bauch (1).labels.json")))
                    .isEqualTo(keys(here.resolve("Bauch (1).labels.json")));
        }
    }

    @Test
    void aDicomSeriesComesBackAsASegmentationOfItsPatientWhoIsNowhereElse() throws Exception {
        List<byte[]> files = PhantomStudies.dicom(29, 3);
        RequestSpecification parts = form().multiPart("name", "chest");
        for (int i = files.size() - 1; i >= 0; i--) {
            parts.multiPart("study", i + ".dcm", files.get(i));
        }
        String id = send(parts);
        String zipped = send(form().multiPart("study", "chest.zip", zip("DICOM/A/", files)));
        assertThat(awaitDone(id).getList("formats")).contains("dicom-seg");
        assertThat(awaitDone(zipped).getList("formats")).contains("dicom-seg");
        byte[] segmentation = result(id, "dicom-seg");
        assertThat(new String(segmentation, StandardCharsets.ISO_8859_1))
                .contains("Doe^Jane", "ID-4711", "liver", "spine");
        assertThat(result(id, "dicom-seg")).isEqualTo(segmentation);
        assertThat(result(zipped, "nifti")).isEqualTo(result(id, "nifti"));
        sameVolume(files, image(id));
        assertThat(Files.getPosixFilePermissions(config.dataDirectory().resolve("studies")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));

        // Of the header, the record has a pseudonym alone.
        String patient = texts("SELECT patient FROM study WHERE id = '%s'", id).getFirst();
        assertThat(patient).isNotBlank().doesNotContain("Doe", "4711");
        assertThat(texts("SELECT row_to_json(s)::text FROM study s WHERE id = '%s'", id).getFirst())
                .doesNotContain("Doe", "4711");
        given().delete("/v1/studies/{id}", id).then().statusCode(200).body("state", is("done"));
        given().delete("/v1/studies/{id}", zipped).then().statusCode(200);
        given().get("/v1/studies/{id}", id).then().statusCode(404);
        assertThat(kept(id)).isFalse();
        try (Stream<Path> all = Files.walk(config.dataDirectory().resolve("blobs"))) {
            for (Path blob : all.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(blob), StandardCharsets.ISO_8859_1))
                        .doesNotContain("Doe^Jane", "ID-4711");
            }
        }
    }

    /** The same values where they were, and no name. */
    private void sameVolume(List<byte[]> series, byte[] nifti) throws Exception {
        Path sent = Files.createDirectories(folder.resolve("series"));
        for (int i = 0; i < series.size(); i++) {
            Files.write(sent.resolve(i + ".dcm"), series.get(i));
        }
        Path got = folder.resolve("image.nii.gz");
        Files.write(got, nifti);
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES, BurntIn.ALLOWED)) {
            ScannedVolume before = reader.study(sent).volume();
            ScannedVolume after = reader.study(got).volume();
            assertThat(before.grid().differences(after.grid())).isEmpty();
            for (int i = 0; i < before.samples().count(); i++) {
                int x = i % before.grid().size(0);
                int y = i / before.grid().size(0) % before.grid().size(1);
                int z = i / before.grid().size(0) / before.grid().size(1);
                assertThat(after.value(x, y, z, 0)).isEqualTo(before.value(x, y, z, 0));
            }
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(nifti))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1))
                    .doesNotContain("Doe", "4711");
        }
    }

    /** As OHIF asks, word by word. */
    @Test
    void viewersFindAStudyAndItsSegmentationAsInAnArchive() throws Exception {
        String uid = "1.2.826.81";
        List<byte[]> files = PhantomStudies.dicom(83, 3, uid, uid + ".1");
        RequestSpecification parts = form();
        for (byte[] file : files) {
            parts.multiPart("study", "slice.dcm", file);
        }
        String id = send(parts);
        awaitDone(id);
        JsonPath studies =
                sets(
                        "/dicom-web/studies?limit=101&offset=0&fuzzymatching=false"
                                + "&includefield=00081030%2C00080060&StudyInstanceUID="
                                + uid);
        assertThat(studies.getList("$")).hasSize(1);
        assertThat(studies.getString("[0].'0020000D'.Value[0]")).isEqualTo(uid);
        assertThat(studies.getString("[0].'00100010'.Value[0].Alphabetic")).isEqualTo("Doe^Jane");
        assertThat(studies.getList("[0].'00080061'.Value")).containsExactly("CT", "SEG");
        assertThat(sets("/dicom-web/studies?00100020=ID-47*&StudyInstanceUID=" + uid).getList("$"))
                .hasSize(1);
        assertThat(sets("/dicom-web/studies?PatientID=other").getList("$")).isEmpty();
        given().get("/dicom-web/studies?PatientSize=2")
                .then()
                .statusCode(400)
                .body("value", is("PatientSize"));

        JsonPath series =
                sets(
                        "/dicom-web/studies/"
                                + uid
                                + "/series?includefield=00080021,00080031,0008103E,00200011");
        assertThat(series.<List<String>>getList("'00080060'.Value"))
                .containsExactly(List.of("CT"), List.of("SEG"));
        assertThat(series.<List<Integer>>getList("'00201209'.Value"))
                .containsExactly(List.of(3), List.of(1));
        String answer = series.getString("[1].'0020000E'.Value[0]");
        JsonPath headers = sets("/dicom-web/studies/" + uid + "/series/" + uid + ".1/metadata");
        assertThat(headers.getList("$")).hasSize(3);
        assertThat(headers.getInt("[0].'00280010'.Value[0]")).isPositive();
        assertThat(headers.<List<Number>>getList("'00200032'.Value"))
                .extracting(position -> position.get(2).doubleValue())
                .containsExactlyInAnyOrder(0.0, 3.0, 6.0);
        assertThat(headers.getString("[0].'7FE00010'")).isNull();

        JsonPath header = sets("/dicom-web/studies/" + uid + "/series/" + answer + "/metadata");
        assertThat(header.<String>getList("[0].'00620002'.Value.'00620005'.Value.flatten()"))
                .containsExactly("liver", "spine");
        assertThat(header.getString("[0].'52009230'.Value[0].'00209113'.Value[0].'00200032'.vr"))
                .isEqualTo("DS");
        String instance = header.getString("[0].'00080018'.Value[0]");
        byte[] object =
                part(
                        "/dicom-web/studies/%s/series/%s/instances/%s"
                                .formatted(uid, answer, instance),
                        "multipart/related; type=\"application/dicom\"; transfer-syntax=*");
        assertThat(object).isEqualTo(result(id, "dicom-seg"));
        byte[] frame =
                part(
                        "/dicom-web/studies/%s/series/%s.1/instances/%s.1.2/frames/1"
                                .formatted(uid, uid, uid),
                        "multipart/related; type=\"application/octet-stream\";"
                                + " transfer-syntax=\"*\"");
        byte[] whole = files.get(1);
        assertThat(frame)
                .hasSize(
                        2
                                * headers.getInt("[0].'00280010'.Value[0]")
                                * headers.getInt("[0].'00280011'.Value[0]"))
                .isEqualTo(Arrays.copyOfRange(whole, whole.length - frame.length, whole.length));

        given().get(
                        "/dicom-web/studies/{s}/series/{e}/instances/{i}/frames/2",
                        uid,
                        uid + ".1",
                        uid + ".1.2")
                .then()
                .statusCode(400)
                .body("limit", is("numbers from 1 to 1"));
        given().get("/dicom-web/studies/{study}/metadata", uid + ".5")
                .then()
                .statusCode(404)
                .body("type", is("urn:precedent:problem:unknown-study"));
        List<AuditTrail.Entry> entries = new ArrayList<>();
        audit.export(Scope.machine(), entries::add);
        assertThat(entries)
                .noneMatch(entry -> entry.object().contains(uid))
                .anyMatch(entry ->
                        entry.object().startsWith("/dicom-web/studies/*/series/*/metadata")
                                && entry.object().contains("/v1/studies/" + id));
        given().delete("/v1/studies/{id}", id).then().statusCode(200);
        assertThat(sets("/dicom-web/studies?StudyInstanceUID=" + uid).getList("$")).isEmpty();
    }

    @Test
    void whatMayShowANameIsTakenOnceSomebodyAssertsThatItDoesNot() {
        List<byte[]> files =
                PhantomStudies.dicom(
                        87,
                        2,
                        "1.2.826.87",
                        "1.2.826.87.1",
                        file -> file.text(0x00280301, "CS", "YES"));
        refused(study(files))
                .statusCode(415)
                .body("detail", containsString("burnt into its pixels"))
                .body("detail", containsString("(part study)"));
        refused(study(files).multiPart("burntIn", "yes"))
                .statusCode(400)
                .body("field", is("burntIn"));
        String id = send(study(files).multiPart("burntIn", "allowed"));
        awaitDone(id);
        assertThat(result(id, "dicom-seg")).isNotEmpty();
        List<AuditTrail.Entry> entries = new ArrayList<>();
        audit.export(Scope.machine(), entries::add);
        assertThat(entries)
                .filteredOn(entry -> entry.object().equals("/v1/studies/" + id))
                .anyMatch(entry -> entry.action().equals("burnt-in allowed"));
    }

    private RequestSpecification study(List<byte[]> files) {
        RequestSpecification form = form();
        files.forEach(file -> form.multiPart("study", "slice.dcm", file));
        return form;
    }

    private static JsonPath sets(String address) {
        return given().accept("application/dicom+json")
                .urlEncodingEnabled(false)
                .get(address)
                .then()
                .statusCode(200)
                .contentType("application/dicom+json")
                .extract()
                .jsonPath();
    }

    /** The only part of an answer of several. */
    private static byte[] part(String address, String accept) {
        byte[] body =
                given().header("Accept", accept)
                        .get(address)
                        .then()
                        .statusCode(200)
                        .contentType(containsString("multipart/related; type="))
                        .extract()
                        .asByteArray();
        String text = new String(body, StandardCharsets.ISO_8859_1);
        int from = text.indexOf("\r\n\r\n") + 4;
        return Arrays.copyOfRange(body, from, text.lastIndexOf("\r\n--precedent-"));
    }

    @Test
    void aCancelledStudyEndsAndItsFilesGo() {
        String id = send(form().multiPart("study", "long.nii.gz", PhantomStudies.nifti(31, 60)));
        await(id, study -> study.getInt("slicesDone") > 0);
        given().delete("/v1/studies/{id}", id)
                .then()
                .statusCode(200)
                .body("state", is("cancelled"));
        given().get("/v1/studies/{id}/result", id)
                .then()
                .statusCode(409)
                .body("type", is("urn:precedent:problem:study-not-done"))
                .body("value", is("cancelled"));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (kept(id) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(kept(id)).isFalse();
        given().get("/v1/studies/{id}/image", id)
                .then()
                .statusCode(409)
                .body("type", is("urn:precedent:problem:study-not-done"))
                .body("detail", containsString("has no volume: it was cancelled"));
        JsonPath study = await(id, one -> true);
        assertThat(study.getInt("slicesDone")).isBetween(1, 59);
        given().get("/v1/segmentations/{id}", study.<String>get("answers[0].answer"))
                .then()
                .statusCode(200);
    }

    /** What a service that was killed leaves behind: a row that says "running", and nobody. */
    @Test
    void anInterruptedStudyGoesOnWhereItWas() throws Exception {
        byte[] volume = PhantomStudies.nifti(37, 16);
        String id = send(form().multiPart("study", "v.nii.gz", volume));
        await(id, study -> study.getInt("slicesDone") > 1);
        worker.stop(new ShutdownEvent());
        JsonPath left = await(id, one -> true);
        assertThat(left.getString("state")).isEqualTo("queued");
        int done = left.getInt("slicesDone");
        assertThat(done).isBetween(2, 15);
        List<String> before = left.getList("answers.answer");
        change("UPDATE study SET state = 'running' WHERE id = '%s'", id);
        worker.start(new StartupEvent());
        JsonPath whole = awaitDone(id);
        assertThat(whole.<String>getList("answers.answer").subList(0, done)).isEqualTo(before);
        assertThat(whole.<Integer>getList("answers.slice")).hasSize(16).doesNotHaveDuplicates();
        String again = send(form().multiPart("study", "v.nii.gz", volume));
        awaitDone(again);
        assertThat(result(again, "nifti")).isEqualTo(result(id, "nifti"));
    }

    @Test
    void aStudyWhoseFilesAreLostFailsWithTheReason() throws Exception {
        String id = send(form().multiPart("study", "v.nii.gz", PhantomStudies.nifti(39, 2)));
        awaitDone(id);
        change(
                "UPDATE study SET state = 'queued', ended_at = NULL, kept_in = gen_random_uuid(),"
                        + " touched_at = now() - interval '1 hour' WHERE id = '%s'",
                id);
        assertThat(turns.lost(Duration.ofMinutes(15))).isEqualTo(1);
        JsonPath study = await(id, one -> true);
        assertThat(study.getString("state")).isEqualTo("failed");
        assertThat(study.getString("reason")).contains("is gone: send it again");
    }

    @Test
    void aStudyThatCannotBeAnsweredFailsWithTheReason() throws Exception {
        String id = send(form().multiPart("study", "v.nii.gz", PhantomStudies.nifti(43, 3)));
        awaitDone(id);
        // Its label is gone meanwhile, as after a restore of something else.
        change(
                "UPDATE study SET state = 'queued', ended_at = NULL, done = 0, labels = '{heart}'"
                        + " WHERE id = '%s'",
                id);
        change("DELETE FROM study_slice WHERE study_id = '%s'", id);
        worker.wake();
        JsonPath study = await(id, one -> one.get("endedAt") != null);
        assertThat(study.getString("state")).isEqualTo("failed");
        assertThat(study.getString("reason")).contains("heart");
        assertThat(kept(id)).isFalse();
    }

    @Test
    void anErasedPatientsStudyIsGone() {
        String patient = "p-" + UUID.randomUUID();
        String id =
                send(
                        form().multiPart("patient", patient)
                                .multiPart("study", "v.nii.gz", PhantomStudies.nifti(41, 30)));
        await(id, study -> study.getInt("slicesDone") > 1);
        Erasure.Erased erased =
                erasure.erase(
                        Scope.machine(), new Erasure.Subject.Patient(patient, null), "gone", false);
        assertThat(erased.answers()).isGreaterThan(1);
        given().get("/v1/studies/{id}", id).then().statusCode(404);
        assertThat(kept(id)).isFalse();
        assertThat(texts("SELECT id::text FROM answer WHERE patient = '%s'", patient)).isEmpty();
        // And no slice comes after it.
        awaitDone(send(form().multiPart("study", "w.nii.gz", PhantomStudies.nifti(44, 2))));
        assertThat(texts("SELECT id::text FROM answer WHERE patient = '%s'", patient)).isEmpty();
    }

    @Test
    void aStudyIsLetGoOfInTimeAndItsAnswersStay() throws Exception {
        String id = send(form().multiPart("study", "v.nii.gz", PhantomStudies.nifti(47, 2)));
        JsonPath study = awaitDone(id);
        change("UPDATE study SET ended_at = now() - interval '25 hours' WHERE id = '%s'", id);
        assertThat(turns.expired()).contains(UUID.fromString(id));
        given().get("/v1/studies/{id}/result", id).then().statusCode(404);
        given().get("/v1/segmentations/{id}", study.<String>get("answers[0].answer"))
                .then()
                .statusCode(200);
    }

    @Test
    void refusalsNamePartAndFileAndStoreNothing() throws Exception {
        byte[] volume = PhantomStudies.nifti(53, 2);
        List<byte[]> series = PhantomStudies.dicom(59, 3);
        Set<String> before = folders();
        int rows = texts("SELECT id::text FROM study").size();

        refused(form().multiPart("study", "cut.nii.gz", Arrays.copyOf(volume, volume.length / 2)))
                .statusCode(400)
                .body("part", is("study"))
                .body("file", is("cut.nii.gz"))
                .body("detail", containsString("study (part study), cut.nii.gz"));
        refused(form().multiPart("study", "a.nii.gz", "text".getBytes(StandardCharsets.UTF_8)))
                .statusCode(415)
                .body("file", is("a.nii.gz"));
        refused(form().multiPart("study", "a.nii", new byte[0])).statusCode(400);
        refused(form().multiPart("study", "not a file")).statusCode(400).body("field", is("study"));
        refused(
                        form().multiPart(
                                        "study",
                                        "gap.zip",
                                        zip(
                                                "",
                                                List.of(
                                                        series.get(0),
                                                        series.get(2),
                                                        PhantomStudies.dicom(59, 5).get(3)))))
                .statusCode(400)
                .body("type", is("urn:precedent:problem:series"));
        byte[] zip = zip("", series);
        refused(form().multiPart("study", "half.zip", Arrays.copyOf(zip, zip.length / 2)))
                .statusCode(400)
                .body("file", is("half.zip"))
                .body("detail", containsString("damaged zip"));
        refused(form().multiPart("study", "none.zip", zip("", List.of()))).statusCode(400);
        refused(
                        form().multiPart("study", "v.nii.gz", volume)
                                .multiPart("image", "i.png", new byte[3]))
                .statusCode(400)
                .body("value", is("image"));
        refused(form().multiPart("study", "v.nii.gz", volume).multiPart("axis", "up"))
                .statusCode(400)
                .body("field", is("axis"))
                .body("limit", containsString("coronal"));
        refused(form().multiPart("study", "v.nii.gz", volume).multiPart("labels", "heart"))
                .statusCode(404);
        refused(form().multiPart("study", "v.nii.gz", volume).multiPart("pool", "no"))
                .statusCode(422)
                .body("type", is("urn:precedent:problem:pool-empty"));
        for (String version : List.of("99", "0", "nobody named one so")) {
            refused(form().multiPart("study", "v.nii.gz", volume).multiPart("poolVersion", version))
                    .statusCode(404)
                    .body("type", is("urn:precedent:problem:unknown-pool-version"));
        }
        refused(form().multiPart("study", "v.nii.gz", volume).multiPart("name", "x".repeat(300)))
                .statusCode(400);
        given().multiPart("study", "v.nii.gz", volume)
                .post("/v1/segmentations")
                .then()
                .statusCode(400)
                .body("field", is("task"));
        given().get("/v1/studies/{id}", UUID.randomUUID())
                .then()
                .statusCode(404)
                .body("type", is("urn:precedent:problem:unknown-study"));

        assertThat(folders()).isEqualTo(before);
        assertThat(texts("SELECT id::text FROM study")).hasSize(rows);
    }

    private static ValidatableResponse refused(RequestSpecification form) {
        return form.post("/v1/segmentations").then().contentType("application/problem+json");
    }

    // ---- what is there

    private boolean kept(String id) {
        return Files.exists(config.dataDirectory().resolve("studies").resolve(id));
    }

    private Set<String> folders() throws IOException {
        try (Stream<Path> all = Files.list(config.dataDirectory().resolve("studies"))) {
            return new HashSet<>(
                    all.filter(Files::isDirectory)
                            .map(one -> one.getFileName().toString())
                            .toList());
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

    private void change(String sql, Object... values) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql.formatted(values));
        }
    }

    private static String[] with(List<String> command, String... more) {
        return Stream.concat(command.stream(), Stream.of(more)).toArray(String[]::new);
    }

    private static Set<String> keys(Path json) throws IOException {
        return new TreeSet<>(
                JsonPath.from(Files.readString(json)).<String, Object>getMap("").keySet());
    }

    private static Map<String, List<Byte>> read(Path folder, String suffix) throws IOException {
        Map<String, List<Byte>> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path one : all.filter(file -> file.toString().endsWith(suffix)).toList()) {
                files.put(one.getFileName().toString(), bytes(Files.readAllBytes(one)));
            }
        }
        return files;
    }

    private static Map<String, List<Byte>> unzipped(byte[] zip) throws IOException {
        Map<String, List<Byte>> files = new TreeMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                files.put(entry.getName(), bytes(in.readAllBytes()));
            }
        }
        return files;
    }

    private static List<Byte> bytes(byte[] array) {
        List<Byte> bytes = new ArrayList<>();
        for (byte one : array) {
            bytes.add(one);
        }
        return bytes;
    }

    private static byte[] zip(String below, List<byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("__MACOSX/._0.dcm"));
            zip.write(new byte[] {1, 2, 3});
            for (byte[] file : files) {
                zip.putNextEntry(new ZipEntry(below + files.indexOf(file) + ".dcm"));
                zip.write(file);
            }
            zip.closeEntry();
        }
        return bytes.toByteArray();
    }
}
