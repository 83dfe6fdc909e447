package org.precedent.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.cli.StudyCommands;
import org.precedent.erasure.Erasure;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.network.iris.IrisVolumes;
import org.precedent.network.iris.SmallIris;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.tensor.Torch;

/** Studies that a network of volumes segments at once, from whole volumes of the pool. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class WholeStudyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int SLICES = 3;
    private static final int VOLUMES = 4;
    private static final List<Phantom> POOL = new Phantoms(131).patients(SLICES * VOLUMES);

    /** Of the study that is asked. */
    private static final int SEED = 137;

    @Inject WeightsLibrary library;
    @Inject Torch torch;
    @Inject Catalog catalog;
    @Inject Erasure erasure;
    @Inject AuditTrail audit;
    @TempDir Path folder;

    private final String task = "wv-" + UUID.randomUUID();

    @BeforeEach
    void aTask() {
        define(task);
    }

    private static void define(String task) {
        given().contentType(ContentType.JSON)
                .body(Map.of("labels", List.of("liver"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
    }

    @AfterEach
    void noWeights() throws IOException {
        for (WeightsLibrary.Entry entry : library.list()) {
            if (entry.network().name().equals(IrisVolumes.NAME)) {
                Files.delete(entry.file());
            }
        }
    }

    private void importWeights() throws IOException {
        Path file = folder.resolve("w.safetensors");
        SmallIris.writeOfVolumes(file);
        library.importFile(torch, IrisVolumes.NAME, file);
    }

    private void ingest(Phantom phantom, String origin) {
        ingest(task, phantom, origin);
    }

    private static void ingest(String task, Phantom phantom, String origin) {
        given().multiPart("image", phantom.id() + ".png", PngWriter.png(phantom.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart("metadata", "{\"task\":\"" + task + "\"," + origin + "}")
                .post("/v1/images")
                .then()
                .statusCode(201);
    }

    private void ingest(List<Phantom> slices, String patient) {
        for (int number = 0; number < slices.size(); number++) {
            ingest(
                    slices.get(number),
                    "\"patient\":\"%s\",\"series\":\"scan of %s\",\"sliceIndex\":%d"
                            .formatted(patient, patient, number));
        }
    }

    /** A volume of the pool that says how its slices lie. */
    private static void lying(String task, List<Phantom> slices, int volume, String direction) {
        for (int i = 0; i < SLICES; i++) {
            ingest(
                    task,
                    slices.get(volume * SLICES + i),
                    "\"patient\":\"l%d\",\"series\":\"scan of l%d\",\"sliceIndex\":%d,%s"
                            .formatted(volume, volume, i, direction));
        }
    }

    private void fill() {
        fill(POOL, "p");
    }

    /** Volumes of patients with numbers after their name. */
    private void fill(List<Phantom> slices, String patient) {
        for (int volume = 0; volume < VOLUMES; volume++) {
            ingest(slices.subList(volume * SLICES, (volume + 1) * SLICES), patient + volume);
        }
    }

    /** A whole volume, by the command, of a patient of its name. */
    private void ingestVolume(String name, byte[] image, byte[] labels, String... more)
            throws Exception {
        String file = name + ".nii.gz";
        Files.write(Files.createDirectories(folder.resolve("in")).resolve(file), image);
        Files.write(Files.createDirectories(folder.resolve("labels")).resolve(file), labels);
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "ingest",
                                folder.toString(),
                                "--task",
                                task,
                                "--images",
                                "in/*.nii.gz",
                                "--masks",
                                "labels/*.nii.gz",
                                "--label",
                                "liver=1"));
        words.addAll(List.of(more));
        StudyCommands.run(words.toArray(String[]::new));
    }

    private RequestSpecification form() {
        return given().multiPart("task", task)
                .multiPart("supportSize", "3")
                .multiPart("network", IrisVolumes.NAME);
    }

    private RequestSpecification study() {
        return form().multiPart("study", "new.nii.gz", PhantomStudies.nifti(SEED, SLICES + 1));
    }

    private static JsonPath done(RequestSpecification form) {
        Response response = form.post("/v1/segmentations");
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(202);
        JsonPath study = ended(response.jsonPath().getString("id"));
        assertThat(study.getString("state")).as(study.prettify()).isEqualTo("done");
        return study;
    }

    private static JsonPath ended(String id) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            JsonPath study = given().get("/v1/studies/{id}", id).jsonPath();
            if (study.get("endedAt") != null) {
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

    private static ValidatableResponse refused(RequestSpecification form) {
        return form.post("/v1/segmentations").then().contentType("application/problem+json");
    }

    private static JsonPath answer(JsonPath study) {
        return given().get("/v1/segmentations/{id}", study.getString("answer"))
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private static byte[] result(JsonPath study, String as) {
        return given().queryParam("as", as)
                .get("/v1/studies/{id}/result", study.getString("id"))
                .then()
                .statusCode(200)
                .extract()
                .asByteArray();
    }

    private static byte[] unzipped(byte[] bytes) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        }
    }

    @Test
    void aVolumeIsOneAnswerThatSaysWhichVolumesItRestsOnAndReplaysToTheBit() throws Exception {
        importWeights();
        fill();
        JsonPath study = done(study());
        assertThat(study.getString("network")).isEqualTo(IrisVolumes.NAME);
        assertThat(study.getInt("slices")).isEqualTo(SLICES + 1);
        assertThat(study.getInt("slicesDone")).isEqualTo(SLICES + 1);
        assertThat(study.getList("answers")).isEmpty();

        JsonPath answer = answer(study);
        assertThat(answer.getString("model.network")).isEqualTo(IrisVolumes.NAME);
        assertThat(answer.getInt("volumeSlices")).isEqualTo(SLICES + 1);
        assertThat(answer.getInt("query.height"))
                .isEqualTo((SLICES + 1) * POOL.getFirst().image().height());
        List<Map<String, Object>> volumes = answer.getList("labels[0].volumes");
        assertThat(volumes).hasSize(3);
        assertThat(volumes)
                .extracting(one -> one.get("series"))
                .doesNotHaveDuplicates()
                .allMatch(series -> String.valueOf(series).startsWith("scan of p"));
        assertThat(volumes).allMatch(one -> one.get("slices").equals(SLICES));
        assertThat(volumes.stream().mapToDouble(one -> number(one, "weight")).sum())
                .isCloseTo(1, offset(1e-6));
        for (int i = 1; i < volumes.size(); i++) {
            assertThat(number(volumes.get(i), "similarity"))
                    .isLessThanOrEqualTo(number(volumes.get(i - 1), "similarity"));
        }
        assertThat(answer.getList("labels[0].supports")).hasSize(3 * SLICES);
        assertThat(answer.getDouble("labels[0].effectiveSupports")).isCloseTo(3, offset(1e-6));
        assertThat(answer.getInt("labels[0].eligible")).isEqualTo(VOLUMES);
        assertThat(answer.getString("labels[0].shortfall")).isNull();
        given().get("/v1/segmentations/{id}/overlay.png", study.getString("answer"))
                .then()
                .statusCode(200);

        given().post("/v1/segmentations/{id}/replay", study.getString("answer"))
                .then()
                .statusCode(200)
                .body("identical", is(true))
                .body("comparable", is(true))
                .body("labels[0].difference", is(0f));

        // The label map lies on the study's grid: its header is the study's, but for the type.
        byte[] sent = unzipped(PhantomStudies.nifti(SEED, SLICES + 1));
        byte[] map = unzipped(result(study, "nifti"));
        assertThat(Arrays.copyOfRange(map, 40, 56)).isEqualTo(Arrays.copyOfRange(sent, 40, 56));
        assertThat(Arrays.copyOfRange(map, 252, 328)).isEqualTo(Arrays.copyOfRange(sent, 252, 328));
        assertThat(study.getLong("labels[0].voxels"))
                .isEqualTo(answer.getLong("labels[0].area"))
                .isEqualTo(ones(map));

        // Other temperatures weigh other volumes more, and the seed draws others.
        JsonPath sharp = answer(done(study().multiPart("temperature", "0.001")));
        assertThat(
                        number(
                                sharp.<Map<String, Object>>getList("labels[0].volumes").getFirst(),
                                "weight"))
                .isGreaterThan(0.5);
        assertThat(sharp.getString("temperatureSource")).isEqualTo("query");
        JsonPath drawn = answer(done(study().multiPart("strategy", "random").multiPart("seed", 5)));
        assertThat(drawn.getList("labels[0].volumes")).hasSize(3);

        List<AuditTrail.Entry> entries = new ArrayList<>();
        audit.export(Scope.machine(), entries::add);
        assertThat(entries)
                .filteredOn(one -> one.object().equals("/v1/studies/" + study.getString("id")))
                .filteredOn(one -> one.action().equals("segment"))
                .singleElement()
                .matches(one ->
                        Set.of(one.supports().split(","))
                                .equals(
                                        answer
                                                .<Number>getList("labels[0].supports.annotationId")
                                                .stream()
                                                .map(Number::toString)
                                                .collect(Collectors.toSet())));
        given().queryParam("task", task)
                .get("/v1/curation/segmentations")
                .then()
                .statusCode(200)
                .body("rows.id", hasItem(study.getString("answer")))
                .body("rows.network", everyItem(is(IrisVolumes.NAME)));
    }

    private static double number(Map<String, Object> of, String field) {
        return ((Number) of.get(field)).doubleValue();
    }

    /** Voxels of the first label in a NIfTI of one byte a voxel. */
    private static long ones(byte[] nifti) {
        long count = 0;
        for (int i = 352; i < nifti.length; i++) {
            count += nifti[i] == 1 ? 1 : 0;
        }
        return count;
    }

    /** Files begin at either end of the patient, and are cut along other axes. */
    @Test
    void volumesSupportAsTheStudyLies() throws Exception {
        importWeights();
        String up = "\"direction\":[1,0,0,0,1,0,0,0,1]";
        String down = "\"direction\":[1,0,0,0,1,0,0,0,-1]";
        List<Phantom> own = new Phantoms(167).patients(3 * SLICES);
        String across = "\"direction\":[0,0,1,1,0,0,0,-1,0]";
        lying(task, own, 1, across);
        lying(task, own, 0, up); // the last one says how a study is cut
        JsonPath straight = done(study());
        JsonPath answer = answer(straight);
        assertThat(answer.<String>getList("labels[0].volumes.series"))
                .containsExactly("scan of l0");
        assertThat(answer.getString("labels[0].shortfall"))
                .contains("1 of 3 volumes", "1 are cut along another axis");

        String second = "turned-" + UUID.randomUUID();
        define(second);
        lying(second, own, 2, down);
        JsonPath turned =
                done(
                        given().multiPart("task", second)
                                .multiPart("network", IrisVolumes.NAME)
                                .multiPart(
                                        "study",
                                        "new.nii.gz",
                                        PhantomStudies.nifti(SEED, SLICES + 1)));
        List<String> names = new ArrayList<>();
        for (int i = SLICES - 1; i >= 0; i--) {
            names.add(own.get(2 * SLICES + i).id() + ".png");
        }
        assertThat(answer(turned).<String>getList("labels[0].supports.name")).isEqualTo(names);
        given().post("/v1/segmentations/{id}/replay", turned.getString("answer"))
                .then()
                .statusCode(200)
                .body("identical", is(true));

        String third = "across-" + UUID.randomUUID();
        define(third);
        lying(third, own, 1, across);
        String id =
                given().multiPart("task", third)
                        .multiPart("network", IrisVolumes.NAME)
                        .multiPart("axis", "k")
                        .multiPart("study", "n.nii.gz", PhantomStudies.nifti(SEED, SLICES + 1))
                        .post("/v1/segmentations")
                        .then()
                        .statusCode(202)
                        .extract()
                        .path("id");
        assertThat(ended(id).getString("reason")).contains("1 volumes are cut along another axis");
    }

    /** One series that is cut otherwise does not change how studies are. */
    @Test
    void aStudyIsCutAsMostOfThePoolIs() {
        List<Phantom> own =
                new Phantoms(173)
                        .patients(6 * SLICES).stream()
                                .filter(one -> one.masks().containsKey("liver"))
                                .limit(3 * SLICES)
                                .toList();
        lying(task, own, 0, "\"direction\":[1,0,0,0,1,0,0,0,1]");
        lying(task, own, 1, "\"direction\":[1,0,0,0,0.98,-0.199,0,0.199,0.98]");
        lying(task, own, 2, "\"direction\":[0,0,1,1,0,0,0,-1,0]");
        Scope scope = Scope.machine();
        assertThat(catalog.sliceNormal(catalog.pool(scope, catalog.task(scope, task), "default")))
                .get()
                .isEqualTo(new double[] {0, -0.199, 0.98});
    }

    @Test
    void theCommandWritesWhatTheServiceGives() throws Exception {
        importWeights();
        fill();
        Path file = folder.resolve("new.nii.gz");
        Files.write(file, PhantomStudies.nifti(SEED, SLICES + 1));
        Path out = folder.resolve("out");
        String printed =
                StudyCommands.run(
                        "segment",
                        file.toString(),
                        "--task",
                        task,
                        "--support-size",
                        "3",
                        "--network",
                        "iris3d",
                        "--as",
                        "nifti",
                        "--out",
                        out.toString());
        assertThat(printed).contains("\"network\" : \"iris3d\"", "\"answer\" : \"");
        assertThat(out.resolve("new.labels.nii.gz"))
                .hasBinaryContent(result(done(study()), "nifti"));
    }

    @Test
    void neitherTheOwnPatientNorTheSameVolumeUnderAnotherNameSupports() throws Exception {
        importWeights();
        fill();
        ingest(new Phantoms(SEED).patients(SLICES).subList(0, SLICES), "again");
        JsonPath answer = answer(done(study().multiPart("patient", "P0")));
        assertThat(answer.<String>getList("labels[0].volumes.series"))
                .containsExactlyInAnyOrder("scan of p1", "scan of p2", "scan of p3");
        assertThat(answer.getList("labels[0].leftOut")).hasSize(1);

        // Where it may, it is the most alike: each of the query's slices meets itself there.
        JsonPath allowed = answer(done(study().multiPart("nearDuplicates", "allow")));
        List<Map<String, Object>> volumes = allowed.getList("labels[0].volumes");
        assertThat(volumes.getFirst()).containsEntry("series", "scan of again");
        assertThat(number(volumes.getFirst(), "similarity")).isGreaterThan(0.95);
        assertThat(number(volumes.get(1), "similarity"))
                .isLessThan(number(volumes.getFirst(), "similarity"));
        JsonPath few =
                answer(
                        done(
                                form().multiPart("patient", "p1")
                                        .multiPart("site", "unknown")
                                        .multiPart(
                                                "study",
                                                "x.nii.gz",
                                                PhantomStudies.nifti(139, SLICES))));
        assertThat(few.getList("labels[0].volumes")).hasSize(3);
        JsonPath fewer =
                answer(
                        done(
                                given().multiPart("task", task)
                                        .multiPart("supportSize", "9")
                                        .multiPart("network", "iris3d")
                                        .multiPart("patient", "p1")
                                        .multiPart(
                                                "study",
                                                "x.nii.gz",
                                                PhantomStudies.nifti(139, SLICES))));
        assertThat(fewer.getList("labels[0].volumes")).hasSize(4);
        assertThat(fewer.getString("labels[0].shortfall")).startsWith("4 of 9 volumes");
    }

    @Test
    void anErasedVolumeTakesTheReplayAndAnErasedSliceTheAnswersThatShowIt() throws Exception {
        importWeights();
        // What is erased here comes back in no other test: it is of nobody else.
        int seed = 151;
        byte[] asked = PhantomStudies.nifti(seed, SLICES + 1);
        fill(new Phantoms(149).patients(SLICES * VOLUMES), "e");
        JsonPath study = done(form().multiPart("study", "new.nii.gz", asked));
        String id = study.getString("answer");
        String series = answer(study).getString("labels[0].volumes[0].series");
        erasure.erase(
                Scope.machine(),
                new Erasure.Subject.Patient(series.substring("scan of ".length()), null),
                "consent withdrawn",
                false);
        given().post("/v1/segmentations/{id}/replay", id)
                .then()
                .statusCode(409)
                .body("type", is("urn:precedent:problem:erased"));
        JsonPath left = answer(study);
        assertThat(left.getInt("labels[0].erasedSupports")).isEqualTo(SLICES);
        assertThat(left.getList("labels[0].volumes")).hasSize(2);

        // A volume asked under no name goes with the slice of it that somebody else ingested.
        String own = "own-" + UUID.randomUUID();
        ingestVolume(own, asked, PhantomStudies.labels(seed, SLICES + 1, "liver"));
        erasure.erase(Scope.machine(), new Erasure.Subject.Patient(own, null), "withdrawn", false);
        given().get("/v1/segmentations/{id}", id).then().statusCode(404);
    }

    /** An empty slice looks alike in every volume of a scanner. */
    @Test
    void anErasedPatientsEmptySliceTakesNobodyElsesAnswer() throws Exception {
        importWeights();
        fill();
        String own = "own-" + UUID.randomUUID();
        ingestVolume(
                own,
                PhantomStudies.nifti(157, SLICES + 1),
                PhantomStudies.labels(157, SLICES + 1, "liver"),
                "--modality",
                "CT");
        String id =
                done(form().multiPart("modality", "CT")
                                .multiPart("patient", "another")
                                .multiPart(
                                        "study", "n.nii.gz", PhantomStudies.nifti(163, SLICES + 1)))
                        .getString("answer");
        Erasure.Erased erased =
                erasure.erase(
                        Scope.machine(),
                        new Erasure.Subject.Patient(own, null),
                        "withdrawn",
                        false);
        assertThat(erased.images()).as("the empty one among them").isEqualTo(SLICES + 1);
        given().get("/v1/segmentations/{id}", id).then().statusCode(200);
    }

    @Test
    void whatIsKnownOfPicturesOnlyIsRefusedOfAVolume() throws Exception {
        importWeights();
        fill();
        String id = done(study()).getString("answer");
        for (String what : List.of("influence", "attention?label=liver&x=3&y=3")) {
            given().urlEncodingEnabled(false)
                    .get("/v1/segmentations/" + id + "/" + what)
                    .then()
                    .statusCode(400)
                    .body("detail", containsString("this answer is of a whole volume by iris3d"));
        }
        given().contentType(ContentType.JSON)
                .body(Map.of("verdict", "accepted", "reason", "it is right"))
                .post("/v1/curation/segmentations/{id}/verdict", id)
                .then()
                .statusCode(400)
                .body("detail", containsString("whole volume"));
    }

    @Test
    void refusalsSayWhatIsMissing() throws Exception {
        fill();
        refused(study())
                .statusCode(404)
                .body("type", is("urn:precedent:problem:no-weights"))
                .body("detail", containsString("precedent model"));
        importWeights();
        refused(
                        given().multiPart("task", task)
                                .multiPart("network", "iris")
                                .multiPart("study", "n.nii.gz", PhantomStudies.nifti(SEED, 3)))
                .statusCode(400)
                .body("field", is("network"))
                .body("limit", containsString("one of iris3d"));
        refused(form().multiPart("image", "q.png", PngWriter.png(POOL.getFirst().image())))
                .statusCode(400)
                .body("field", is("network"))
                .body("limit", containsString("a study"));
        refused(study().multiPart("strategy", "fused"))
                .statusCode(400)
                .body("field", is("strategy"));
        refused(study().multiPart("closeUp", "true")).statusCode(400).body("field", is("closeUp"));
        refused(
                        given().multiPart("task", task)
                                .multiPart("network", "iris3d")
                                .multiPart("supportSize", "65")
                                .multiPart("study", "n.nii.gz", PhantomStudies.nifti(SEED, 3)))
                .statusCode(400)
                .body("limit", containsString("at most 64 volumes"));
        refused(study().multiPart("site", "elsewhere"))
                .statusCode(422)
                .body("type", is("urn:precedent:problem:no-volumes"))
                .body("detail", containsString("none of its 4 volumes is of site elsewhere"));
        refused(
                        form().multiPart("study", "i.nii.gz", PhantomStudies.nifti(SEED, 2))
                                .multiPart("axis", "q"))
                .statusCode(400);
        given().get("/v1/studies/{id}", UUID.randomUUID())
                .then()
                .statusCode(404)
                .body("network", nullValue());
    }

    @Test
    void aPoolOfSingleImagesHasNoVolumes() throws Exception {
        importWeights();
        for (int i = 0; i < 3; i++) {
            ingest(POOL.get(i), "\"patient\":\"p" + i + "\"");
        }
        refused(study())
                .statusCode(422)
                .body("type", is("urn:precedent:problem:no-volumes"))
                .body("detail", containsString("it holds single images only"));
        // One slice of a series is no volume either.
        ingest(POOL.get(3), "\"patient\":\"p3\",\"series\":\"s\",\"sliceIndex\":4");
        refused(study())
                .statusCode(422)
                .body("detail", containsString("1 series of it are no volumes"));
    }
}
