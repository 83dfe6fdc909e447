package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.QueryService;
import org.precedent.query.SignedRequests;
import picocli.CommandLine;

/** Folders as people have them, taken in by the command itself. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class IngestCommandTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(5).patients(4);

    @Inject Catalog catalog;
    @Inject BlobStore blobs;
    @Inject QueryService queries;
    @Inject DataSource dataSource;
    @TempDir Path folder;

    private String task = "";

    private record Run(int status, String out, String err) {}

    @BeforeEach
    void nameATask() {
        task = "t-" + UUID.randomUUID();
    }

    private static Run run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        int status = commandLine.execute(args);
        return new Run(status, out.toString(), err.toString());
    }

    private Run ingest(String... more) {
        List<String> args = new ArrayList<>(List.of("ingest", scans().toString(), "--task", task));
        args.addAll(List.of(more));
        return run(args.toArray(String[]::new));
    }

    private Path scans() {
        return folder.resolve("scans");
    }

    private Path report() {
        return ServiceCommand.dataDirectory().resolve("ingest-report.jsonl");
    }

    /** Path below the folder to reason. */
    private Map<String, String> reasons(Path report) throws IOException {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (String line : Files.readAllLines(report)) {
            JsonNode node = new ObjectMapper().readTree(line);
            Path path = Path.of(node.get("path").asText());
            assertThat(node.get("message").asText()).isNotBlank();
            reasons.put(scans().relativize(path).toString(), node.get("reason").asText());
        }
        return reasons;
    }

    private void image(String file, int phantom) throws IOException {
        put(file, PngWriter.png(PHANTOMS.get(phantom).image()));
    }

    private void mask(String file, int phantom, String label) throws IOException {
        put(file, PngWriter.png(PHANTOMS.get(phantom).masks().get(label)));
    }

    private void put(String file, byte[] bytes) throws IOException {
        Path path = scans().resolve(file);
        Files.createDirectories(path.getParent());
        Files.write(path, bytes);
    }

    @Test
    void everythingIsTakenAndTheStatusSaysSo() throws IOException {
        image("images/case1.png", 0);
        mask("masks/left lung/case1.png", 0, "liver");
        image("images/case2.PNG", 1);
        mask("masks/left lung/case2.png", 1, "liver");
        Run run = ingest("--patient-regex", "^([^_]+)");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("2 images: 2 new")
                .contains("every file was taken")
                .contains(report().toString());
        assertThat(report()).isEmptyFile();
        assertThat(catalog.task(Scope.machine(), task).labelNames()).containsExactly("left lung");
        Run again = ingest("--patient-regex", "^([^_]+)");
        assertThat(again.status()).isZero();
        assertThat(again.err()).contains("2 here already");
    }

    @Test
    void aGlobOfImagesStandsInPlaceOfTheFolder() throws IOException {
        image("images/case1.png", 0);
        image("images/other.bmp.png", 1);
        mask("masks/liver/case1.png", 0, "liver");
        Run run =
                run(
                        "ingest",
                        scans() + "/images/case?.png",
                        "--masks",
                        scans() + "/masks",
                        "--task",
                        task);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("case?.png: 1 images with masks of liver", "every file was taken");
        Run both = run("ingest", scans() + "/images/*.png", "--images", "images/*", "--task", task);
        assertThat(both.status()).isEqualTo(1);
        assertThat(both.err()).contains("--images", "says which are images");
    }

    @Test
    void aLabelWithASpaceAndAnUmlautIsAnsweredOverHttp() throws IOException {
        for (int i = 0; i < 3; i++) {
            image("images/p" + i + ".png", i);
            mask("masks/Gefäß (links)/p" + i + ".png", i, "liver");
        }
        assertThat(ingest().status()).isZero();
        var answer =
                SignedRequests.given()
                        .multiPart("image", "q.png", PngWriter.png(PHANTOMS.get(3).image()))
                        .multiPart("task", task)
                        .multiPart("labels", "Gefäß (links)", "text/plain; charset=UTF-8")
                        .multiPart("supportSize", "2")
                        .post("/v1/segmentations")
                        .then()
                        .statusCode(201)
                        .extract()
                        .jsonPath();
        assertThat(answer.getString("labels[0].label")).isEqualTo("Gefäß (links)");
        String mask = answer.getString("labels[0].mask");
        assertThat(mask).contains("/Gef%C3%A4%C3%9F%20%28links%29/");
        for (String link : List.of(mask, answer.getString("labels[0].probabilities"))) {
            SignedRequests.given()
                    .urlEncodingEnabled(false)
                    .get(link)
                    .then()
                    .statusCode(200)
                    .contentType("image/png");
        }
        SignedRequests.given()
                .queryParam("label", "Gefäß (links)")
                .get("/v1/segmentations/" + answer.getString("id") + "/influence")
                .then()
                .statusCode(200);
    }

    @Test
    void whatIsNotTakenIsListedWithItsReasonAndTheRestIsTaken() throws IOException {
        image("images/good.png", 0);
        mask("masks/liver/good.png", 0, "liver");
        mask("masks/spine/good.png", 0, "spine");
        image("images/alone.png", 1);
        put("images/broken.png", new byte[] {(byte) 0x89, 'P', 'N', 'G', 1, 2, 3});
        mask("masks/liver/broken.png", 1, "liver");
        image("images/torn.png", 2);
        mask("masks/liver/torn.png", 2, "liver");
        put("masks/spine/torn.png", new byte[0]);
        put("images/notes.txt", new byte[] {1});
        put("images/Thumbs.db", new byte[] {1});
        mask("masks/liver/lost.png", 1, "liver");
        mask("masks/a=b/good.png", 0, "liver");
        Path file = folder.resolve("elsewhere/report.jsonl");
        Run run = ingest("--report", file.toString());
        assertThat(run.status()).as(run.err()).isEqualTo(IngestCommand.NOT_ALL_TAKEN);
        assertThat(run.err())
                .contains("3 images: 1 new, 0 with new annotations, 0 here already, 2 refused")
                .contains("refused  " + scans().resolve("masks/spine/torn.png"))
                .contains("1 passed over: 1 Thumbs.db")
                .contains("9 files are not taken; which and why: " + file);
        assertThat(reasons(file))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "images/alone.png", "no-mask",
                                "images/broken.png", "type-mismatch",
                                "masks/liver/broken.png", "refused-with",
                                "images/torn.png", "refused-with",
                                "masks/liver/torn.png", "refused-with",
                                "masks/spine/torn.png", "truncated",
                                "images/notes.txt", "other-type",
                                "masks/liver/lost.png", "no-image",
                                "masks/a=b", "label-name"));
        assertThat(catalog.task(Scope.machine(), task).labelNames())
                .containsExactly("liver", "spine");
    }

    @Test
    void aFolderThatIsNotThereIsToldBeforeAnythingIsMade() {
        Run run = ingest();
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("there is no folder " + scans());
        assertThat(catalog.tasks(Scope.machine()))
                .extracting(one -> one.name())
                .doesNotContain(task);
    }

    /** Voxel (i, j, k) of the head is 1000 k + 10 j + i - 1500, in signed samples. */
    private static byte[] head(boolean labels, int shift) {
        int[] values = new int[23 * 38 * 3];
        for (int i = 0; i < values.length; i++) {
            int k = i / (23 * 38);
            int j = i / 23 % 38;
            boolean inside = k == 1 && j > 20 && i % 23 > 15;
            values[i] = labels ? inside ? 2 : 0 : 1000 * k + 10 * j + (1 + shift) * (i % 23) - 1500;
        }
        Grid grid =
                Grid.of(
                        new int[] {23, 38, 3},
                        Affine.ofColumns(
                                new double[] {1, 0, 0},
                                new double[] {0, 1, 0},
                                new double[] {0, 0, 3},
                                new double[] {shift, 0, 0}));
        StoredSamples samples =
                StoredSamples.of(labels ? SampleType.UINT8 : SampleType.INT16, values);
        return NiftiWriter.gzip(NiftiWriter.volume(grid, samples, Rescale.NONE, labels));
    }

    @Test
    void aVolumeIsTakenAsSlicesThatKnowWhatTheyDoNotShow() throws IOException, SQLException {
        put("images/p1_head.nii.gz", head(false, 0));
        put("labels/p1_head.nii.gz", head(true, 0));
        put("images/p2_head.nii.gz", head(false, 0));
        put("labels/p2_head.nii.gz", head(true, 1));
        String[] volumes = {
            "--images", "images/*.nii.gz",
            "--masks", "labels/*.nii.gz",
            "--label", "stem=2",
            "--patient-regex", "^([^_]+)",
            "--modality", "MR"
        };
        Run run = ingest(volumes);
        assertThat(run.status()).as(run.err()).isEqualTo(IngestCommand.NOT_ALL_TAKEN);
        assertThat(run.err())
                .contains("1 volumes: 2 slices")
                .contains("2 new")
                .contains("does not lie on its image's grid")
                .contains("first voxel at 1.000, 0.000, 0.000 instead of 0.000, 0.000, 0.000");
        assertThat(reasons(report()))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "labels/p2_head.nii.gz", "grid",
                                "images/p2_head.nii.gz", "refused-with"));
        try (Connection database = dataSource.getConnection();
                PreparedStatement query =
                        database.prepareStatement(
                                "SELECT pixels_sha256, modality, patient, series, slice_index,"
                                        + " spacing_mm[3], origin_mm[3], direction[1] FROM image"
                                        + " WHERE source_name = 'p1_head.nii.gz slice 1'");
                ResultSet row = query.executeQuery()) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString("modality")).isEqualTo("MR");
            assertThat(row.getString("patient")).isEqualTo("p1");
            assertThat(row.getString("series")).isEqualTo("p1_head");
            assertThat(row.getInt("slice_index")).isOne();
            assertThat(row.getDouble(6)).isEqualTo(3);
            assertThat(row.getDouble(7)).isEqualTo(3);
            assertThat(row.getDouble(8)).isEqualTo(1);
            Raster kept = Raster.fromNetpbm(blobs.get(row.getString("pixels_sha256")));
            // In LPS already: nothing is turned, and the signed sample is the one that was stored.
            assertThat(kept.acquired().stored(0)).isEqualTo(-500);
            assertThat(kept.acquired().stored(23 * 38 - 1)).isEqualTo(-500 + 370 + 22);
            assertThat(row.next()).isFalse();
        }
        // Of the two slices without the label one is taken, where it is known to be absent.
        try (Connection database = dataSource.getConnection();
                PreparedStatement query =
                        database.prepareStatement(
                                "SELECT i.slice_index, a.area FROM image i JOIN annotation a"
                                        + " ON a.image_id = i.id WHERE i.series = 'p1_head'"
                                        + " ORDER BY i.slice_index");
                ResultSet row = query.executeQuery()) {
            List<String> areas = new ArrayList<>();
            while (row.next()) {
                areas.add(row.getInt(1) + ":" + row.getInt(2));
            }
            assertThat(areas).containsExactly("1:" + 7 * 17, "2:0");
        }
        assertThat(ingest(volumes).err()).contains("2 here already");
        aStudyIsSegmentedOnItsOwnGrid();
    }

    /** Of another patient, and cut as the pool's slices are. */
    private void aStudyIsSegmentedOnItsOwnGrid() throws IOException {
        Path study = scans().resolve("new.nii.gz");
        put("new.nii.gz", head(false, 7));
        Path out = folder.resolve("out");
        Run run = run("segment", study.toString(), "--task", task, "--out", out.toString());
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode answer = new ObjectMapper().readTree(run.out());
        assertThat(answer.path("axis").asText()).isEqualTo("k");
        assertThat(answer.path("plane").asText()).isEqualTo("axial");
        assertThat(answer.path("labels").path(0).path("label").asText()).isEqualTo("stem");
        assertThat(answer.path("labels").path(0).path("value").asInt()).isOne();
        assertThat(answer.path("slices")).hasSize(3);
        answer.path("slices")
                .forEach(slice -> {
                    UUID id = UUID.fromString(slice.path("answer").asText());
                    assertThat(queries.find(Scope.machine(), id).queryName())
                            .isEqualTo("new.nii.gz slice " + slice.path("slice").asInt());
                });
        assertThat(out.resolve("new.labels.json")).exists();
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            ScannedVolume map = reader.read(out.resolve("new.labels.nii.gz"));
            assertThat(map.grid()).isEqualTo(reader.read(study).grid());
            long voxels = 0;
            for (byte value : map.samples().block()) {
                assertThat(value).isBetween((byte) 0, (byte) 1);
                voxels += value;
            }
            assertThat(answer.path("labels").path(0).path("voxels").asLong()).isEqualTo(voxels);
        }
        Run wrong = run("segment", study.toString(), "--task", task, "--as", "gif");
        assertThat(wrong.status()).isNotZero();
        assertThat(wrong.err()).contains("--as").contains("one of nifti, nrrd, png, dicom-seg");
    }

    @Test
    void explainsItsExitStatus() {
        assertThat(run("ingest", "--help").out())
                .contains("Exit status:")
                .containsPattern("3\\s+some files are not taken");
    }
}
