package org.precedent.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.PrecedentConfig;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.DicomObjects;
import org.precedent.imaging.format.LabelMasks;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.dicom.seg.CodedSegment;
import org.precedent.imaging.format.dicom.seg.Making;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** Segmentations that viewers store (STOW-RS) correct the answers of the slices they are of. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class StudyCorrectionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<Phantom> POOL = new Phantoms(191).patients(4);
    private static final String PART = "--b\r\nContent-Type: application/dicom\r\n\r\n";

    @Inject BlobStore blobs;
    @Inject AuditTrail audit;
    @Inject DataSource database;
    @Inject PrecedentConfig config;
    @TempDir Path folder;

    private final String task = "stow-" + UUID.randomUUID();
    private final String uid = "1.2.826.4." + (System.nanoTime() & 0xffff_ffffL);
    private List<byte[]> files = List.of();
    private String study = "";

    /** The segmentation that is offered. */
    private byte[] offered = {};

    /** What is kept of studies. */
    private Set<Path> before = Set.of();

    /** Of each slice. */
    private List<String> answers = List.of();

    @BeforeEach
    void aStudyThatWasAsked() throws Exception {
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
        files = PhantomStudies.dicom(183, 3, uid, uid + ".1");
        study = segmented();
        before = folders();
        offered =
                given().queryParam("as", "dicom-seg")
                        .get("/v1/studies/{id}/result", study)
                        .then()
                        .statusCode(200)
                        .extract()
                        .asByteArray();
        for (int i = 0; i < files.size(); i++) {
            Files.write(
                    Files.createDirectories(folder.resolve("source")).resolve(i + ".dcm"),
                    files.get(i));
        }
    }

    private String segmented() throws InterruptedException {
        RequestSpecification form = given().multiPart("task", task).multiPart("supportSize", "3");
        files.forEach(file -> form.multiPart("study", "slice.dcm", file));
        String id =
                form.post("/v1/segmentations")
                        .then()
                        .statusCode(202)
                        .extract()
                        .jsonPath()
                        .getString("id");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        JsonPath now = given().get("/v1/studies/{id}", id).jsonPath();
        while (now.get("endedAt") == null && System.nanoTime() < deadline) {
            Thread.sleep(50);
            now = given().get("/v1/studies/{id}", id).jsonPath();
        }
        assertThat(now.getString("state")).as(now.prettify()).isEqualTo("done");
        answers = now.getList("answers.answer");
        return id;
    }

    @Test
    void whatWasChangedCorrectsTheAnswersOfItsSlicesAndNothingElse() throws Exception {
        Map<String, BitSet> masks = masks(offered);
        assertThat(masks.get("liver").cardinality()).isPositive();
        int plane = POOL.getFirst().image().width() * POOL.getFirst().image().height();
        BitSet liver = (BitSet) masks.get("liver").clone();
        liver.flip(plane + 5, plane + 25); // in a corner of the second slice
        byte[] changed = drawn(folder.resolve("source"), Map.of("Liver ", liver));
        int version = version();

        JsonPath said = stored(200, "", changed);
        assertThat(said.getString("'00081190'.Value[0]")).endsWith("/dicom-web/studies/" + uid);
        assertThat(said.getList("'00081199'.Value")).hasSize(1);
        assertThat(said.getString("'00081199'.Value[0].'00081150'.Value[0]"))
                .isEqualTo("1.2.840.10008.5.1.4.1.1.66.4");
        assertThat(said.getString("'00081198'")).isNull();

        assertThat(verdicts()).containsExactly(answers.get(1) + " liver corrected");
        List<String> kept =
                texts(
                        "SELECT a.mask_sha256 || ' ' || a.review_state || ' ' || i.patient || ' ' || i.modality"
                                + " FROM answer_verdict v JOIN annotation a ON a.id = v.annotation_id"
                                + " JOIN image i ON i.id = a.image_id"
                                + " JOIN answer_label al ON al.id = v.answer_label_id"
                                + " WHERE al.answer_id = '%s'",
                        answers.get(1));
        String patient = texts("SELECT patient FROM study WHERE id = '%s'", study).getFirst();
        assertThat(kept).hasSize(1);
        assertThat(kept.getFirst()).endsWith(" UNREVIEWED " + patient + " CT");
        Mask mask = Mask.fromRaster(Raster.fromNetpbm(blobs.get(kept.getFirst().split(" ")[0])));
        for (int i = 0; i < plane; i++) {
            assertThat(mask.inside()[i]).as("pixel %d", i).isEqualTo(liver.get(plane + i));
        }
        assertThat(version()).isEqualTo(version + 1);
        assertThat(
                        texts(
                                "SELECT label_dice::text FROM (SELECT v.dice < 1 AS label_dice FROM answer_verdict v JOIN answer_label al ON al.id = v.answer_label_id WHERE al.answer_id = '%s') x",
                                answers.get(1)))
                .containsExactly("true");

        // The same object again is answered alike and changes nothing.
        stored(200, "/" + uid, changed);
        assertThat(verdicts()).hasSize(1);
        assertThat(version()).isEqualTo(version + 1);
        List<AuditTrail.Entry> entries = new ArrayList<>();
        audit.export(Scope.machine(), entries::add);
        assertThat(entries)
                .noneMatch(entry -> entry.object().contains(uid))
                .anyMatch(entry ->
                        entry.object().equals("/dicom-web/studies /v1/studies/" + study)
                                && entry.outcome().equals("200"));
        assertThat(folders()).isEqualTo(before);
    }

    /** By one action in one version of the pool, which is undone as a whole. */
    @Test
    void manyCorrectedSlicesAreOneVersionAndSaidAgainTheyAreNothing() throws Exception {
        int plane = POOL.getFirst().image().width() * POOL.getFirst().image().height();
        BitSet liver = (BitSet) masks(offered).get("liver").clone();
        for (int slice = 0; slice < 3; slice++) {
            liver.flip(slice * plane + 5, slice * plane + 25);
        }
        int version = version();
        stored(200, "", drawn(folder.resolve("source"), Map.of("liver", liver), 10));
        assertThat(verdicts())
                .containsExactlyInAnyOrderElementsOf(
                        answers.stream().map(one -> one + " liver corrected").toList());
        assertThat(version()).isEqualTo(version + 1);
        List<String> actions = actions();
        assertThat(actions).hasSize(1);

        // Another object that says the same, as a viewer stores it the second time.
        stored(200, "", drawn(folder.resolve("source"), Map.of("liver", liver), 11));
        assertThat(verdicts()).hasSize(3);
        assertThat(version()).isEqualTo(version + 1);
        assertThat(actions()).isEqualTo(actions);

        given().contentType(ContentType.JSON)
                .body(Map.of("reason", "the wrong patient"))
                .post("/v1/curation/actions/{id}/undo", actions.getFirst())
                .then()
                .statusCode(200);
        assertThat(version()).isEqualTo(version + 2);
        // What was taken back can be said again.
        stored(200, "", drawn(folder.resolve("source"), Map.of("liver", liver), 12));
        assertThat(actions()).hasSize(2);
        assertThat(version()).isEqualTo(version + 3);
    }

    @Test
    void aRejectionSaidAgainCountsOnce() throws Exception {
        for (int time = 0; time < 2; time++) {
            given().contentType(ContentType.JSON)
                    .body(Map.of("verdict", "rejected", "reason", "it is wrong"))
                    .post("/v1/curation/segmentations/{id}/verdict", answers.getFirst())
                    .then()
                    .statusCode(200);
        }
        assertThat(actions()).hasSize(1);
        given().get("/v1/curation/tasks/{task}/pools/default/curve", task)
                .then()
                .statusCode(200)
                .body("rejected", everyItem(is(1)));
    }

    /** Ids of actions are random: what was said last is told by their number. */
    @Test
    void ofSeveralVerdictsTheLastIsTold() {
        for (int round = 0; round < 4; round++) {
            for (String verdict : List.of("rejected", "accepted")) {
                given().contentType(ContentType.JSON)
                        .body(Map.of("verdict", verdict, "reason", "round " + round))
                        .post("/v1/curation/segmentations/{id}/verdict", answers.getFirst())
                        .then()
                        .statusCode(200);
                given().queryParam("task", task)
                        .queryParam("verdict", verdict)
                        .get("/v1/curation/segmentations")
                        .then()
                        .statusCode(200)
                        .body("rows.id", is(List.of(answers.getFirst())));
            }
        }
    }

    /** Those that corrected answers of the study. */
    private List<String> actions() throws Exception {
        return texts(
                "SELECT DISTINCT v.action_id::text FROM answer_verdict v"
                        + " JOIN answer_label al ON al.id = v.answer_label_id"
                        + " JOIN study_slice s ON s.answer_id = al.answer_id"
                        + " WHERE s.study_id = '%s'",
                study);
    }

    @Test
    void whatWasNotChangedSaysNothing() throws Exception {
        int version = version();
        stored(200, "", offered);
        // As another object, of one label: the other one is not spoken of.
        stored(
                200,
                "",
                drawn(folder.resolve("source"), Map.of("spine", masks(offered).get("spine"))));
        assertThat(verdicts()).isEmpty();
        assertThat(version()).isEqualTo(version);
    }

    /** Slices whose images an object does not refer to are not emptied by it. */
    @Test
    void onlySlicesThatItRefersToAreSpokenOf() throws Exception {
        Path part = Files.createDirectories(folder.resolve("part"));
        Files.write(part.resolve("2.dcm"), files.get(2));
        BitSet nothing = new BitSet();
        stored(200, "", drawn(part, Map.of("liver", nothing, "spine", nothing)));
        Map<String, BitSet> masks = masks(offered);
        int plane = POOL.getFirst().image().width() * POOL.getFirst().image().height();
        List<String> expected = new ArrayList<>();
        for (String label : List.of("liver", "spine")) {
            int first = masks.get(label).nextSetBit(2 * plane);
            if (first >= 0) {
                expected.add(answers.get(2) + " " + label + " corrected");
            }
        }
        assertThat(expected).isNotEmpty();
        assertThat(verdicts()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void whatDoesNotFitIsRefusedWithAReasonAndNothingIsStored() throws Exception {
        BitSet liver = (BitSet) masks(offered).get("liver").clone();
        liver.flip(0, 9);
        byte[] good = drawn(folder.resolve("source"), Map.of("liver", liver));
        int version = version();
        String instance = instance(good);

        refused(good, "/" + uid + ".5", 0x0106, "another study than the address names");
        refused(
                replaced(good, uid + ".9", uid + ".8"),
                "",
                0x0106,
                "another frame of reference than its source");
        refused(
                replaced(good, "-40.0\\-40.0\\3", "-41.0\\-40.0\\3"),
                "",
                0x0106,
                "lies 1.000 mm from the nearest slice");
        refused(
                drawn(folder.resolve("source"), Map.of("heart", liver)),
                "",
                0x0106,
                "its segments are [heart], and the study was asked for [liver, spine]");
        Map<String, BitSet> twice = new TreeMap<>(Map.of("Liver", liver, "liver", new BitSet()));
        refused(drawn(folder.resolve("source"), twice), "", 0x0106, "join them");
        refused(replaced(good, uid + ".1.3", uid + ".1.7"), "", 0x0112, "1 of them of no study");
        refused(
                replaced(good, uid, "1" + uid.substring(1).replace('8', '9')),
                "",
                0x0112,
                "no study");
        refused(files.get(0), "", 0x0122, "it is no segmentation");
        refused(Arrays.copyOf(good, good.length / 2), "", 0xc000, "");
        JsonPath other = stored(409, "", "text".getBytes(StandardCharsets.UTF_8));
        assertThat(other.getInt("'0008119A'.Value[0].'00081197'.Value[0]")).isEqualTo(0xc000);
        assertThat(other.getString("'0008119A'.Value[0].'00000902'.Value[0]"))
                .isEqualTo("it is no DICOM object");
        assertThat(verdicts()).isEmpty();
        assertThat(version()).isEqualTo(version);

        // One that is good beside one that is not; then another of the same UID.
        JsonPath some = stored(202, "", files.get(0), good);
        assertThat(some.getString("'00081199'.Value[0].'00081155'.Value[0]")).isEqualTo(instance);
        assertThat(some.getInt("'00081198'.Value[0].'00081197'.Value[0]")).isEqualTo(0x0122);
        assertThat(verdicts()).hasSize(1);
        byte[] forged = good.clone();
        forged[forged.length - 2] ^= 1;
        refused(forged, "", 0x0111, "what is changed needs a new one");
        byte[] ofOurs = offered.clone();
        ofOurs[ofOurs.length - 2] ^= 1;
        refused(ofOurs, "", 0x0111, "what is changed needs a new one");
        assertThat(verdicts()).hasSize(1);
        assertThat(folders()).isEqualTo(before);
    }

    @Test
    void aBodyThatIsNoneIsAProblemAndNothingOfItIsTaken() throws Exception {
        BitSet liver = (BitSet) masks(offered).get("liver").clone();
        liver.flip(3);
        byte[] good = drawn(folder.resolve("source"), Map.of("liver", liver));
        byte[] whole = body(good, good);
        problem(Arrays.copyOf(whole, whole.length - 20), "it was cut off");
        problem("--b--\r\n".getBytes(StandardCharsets.US_ASCII), "send at least one object");
        byte[][] many = new byte[101][];
        Arrays.fill(many, new byte[] {1});
        problem(body(many), "send fewer at once");
        given().contentType("multipart/related")
                .body(whole)
                .post("/dicom-web/studies")
                .then()
                .statusCode(400)
                .body("detail", containsString("boundary"));
        given().contentType("application/dicom")
                .body(good)
                .post("/dicom-web/studies")
                .then()
                .statusCode(415);
        assertThat(verdicts()).isEmpty();
        assertThat(folders()).isEqualTo(before);
    }

    /** Asked twice of one pool, the later answers are corrected; of two, nobody says which. */
    @Test
    void ofSeveralAskingsThePoolDecidesAndThenTheTime() throws Exception {
        List<String> first = answers;
        String again = segmented();
        assertThat(again).isNotEqualTo(study);
        assertThat(answers).doesNotContainAnyElementsOf(first);
        BitSet liver = (BitSet) masks(offered).get("liver").clone();
        liver.flip(7);
        stored(200, "", drawn(folder.resolve("source"), Map.of("liver", liver)));
        assertThat(verdicts()).containsExactly(answers.get(0) + " liver corrected");
    }

    // ---- what is sent

    private byte[] drawn(Path source, Map<String, BitSet> segments) {
        return drawn(source, segments, 4);
    }

    /**
     * @param minute of the time at which it was made: another one makes it another object
     */
    private byte[] drawn(Path source, Map<String, BitSet> segments, int minute) {
        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
            List<CodedSegment> coded = new ArrayList<>();
            segments.forEach((label, inside) -> coded.add(CodedSegment.of(label, inside)));
            return MaskConverter.dicom(
                    converter.source(source).series(),
                    coded,
                    new Making("", "", "1", "", LocalDateTime.of(2026, 1, 2, 3, minute)));
        }
    }

    private Map<String, BitSet> masks(byte[] segmentation) {
        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
            LabelMasks read =
                    converter.read(
                            "seg.dcm",
                            segmentation,
                            converter.source(folder.resolve("source")),
                            new MaskConverter.Naming(Map.of(), Set.of()));
            Map<String, BitSet> masks = new TreeMap<>();
            read.labels().forEach(label -> masks.put(label.name(), label.inside()));
            return masks;
        }
    }

    private static byte[] body(byte[]... objects) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] object : objects) {
            out.write(PART.getBytes(StandardCharsets.US_ASCII));
            out.write(object);
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.write("--b--\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    private static JsonPath stored(int status, String below, byte[]... objects) throws IOException {
        Response response =
                given().contentType("multipart/related; type=\"application/dicom\"; boundary=b")
                        .accept("application/dicom+json")
                        .body(body(objects))
                        .post("/dicom-web/studies" + below);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).startsWith("application/dicom+json");
        return JsonPath.from(response.asString());
    }

    private static void refused(byte[] object, String below, int code, String reason)
            throws IOException {
        JsonPath said = stored(409, below, object);
        String list = said.get("'00081198'") == null ? "0008119A" : "00081198";
        assertThat(said.getInt("'" + list + "'.Value[0].'00081197'.Value[0]"))
                .as(said.prettify())
                .isEqualTo(code);
        assertThat(said.getString("'" + list + "'.Value[0].'00000902'.Value[0]")).contains(reason);
        assertThat(said.getString("'00081199'")).isNull();
    }

    private static void problem(byte[] body, String words) {
        given().contentType("multipart/related; type=\"application/dicom\"; boundary=b")
                .body(body)
                .post("/dicom-web/studies")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("type", is("urn:precedent:problem:bad-parameter"))
                .body("detail", containsString(words));
    }

    private static byte[] replaced(byte[] file, String text, String by) {
        String all = new String(file, StandardCharsets.ISO_8859_1);
        assertThat(text).hasSameSizeAs(by);
        assertThat(all).contains(text);
        return all.replace(text, by).getBytes(StandardCharsets.ISO_8859_1);
    }

    private String instance(byte[] file) throws IOException {
        Path written = Files.write(folder.resolve("one.dcm"), file);
        return new StudyObjects.Stored(
                        UUID.randomUUID(),
                        written,
                        DicomObjects.read(written).orElseThrow().header())
                .instance();
    }

    // ---- what is there

    /** Of the latest asking. */
    private List<String> verdicts() {
        return texts(
                "SELECT al.answer_id || ' ' || l.name || ' ' || v.verdict FROM answer_verdict v"
                        + " JOIN answer_label al ON al.id = v.answer_label_id"
                        + " JOIN label l ON l.id = al.label_id JOIN task t ON t.id = l.task_id"
                        + " WHERE t.name = '%s'",
                task);
    }

    private int version() {
        return given().get("/v1/tasks/{task}", task)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getInt("pools[0].version");
    }

    private Set<Path> folders() throws IOException {
        try (Stream<Path> all = Files.list(config.dataDirectory().resolve("studies"))) {
            return all.filter(Files::isDirectory).collect(Collectors.toSet());
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
