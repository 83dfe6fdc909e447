package org.precedent.cli.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.dicom.DicomBytes;
import org.precedent.imaging.format.png.PngWriter;
import picocli.CommandLine;

/** A line of JSON a file, whatever the file is, and a status that says whether all were read. */
class InspectCommandTest {
    @TempDir Path folder;

    private record Outcome(int status, List<JsonNode> lines) {}

    private Outcome inspect(Path... files) throws IOException {
        StringWriter out = new StringWriter();
        CommandLine command = new CommandLine(new InspectCommand());
        command.setOut(new PrintWriter(out));
        String[] names = new String[files.length];
        for (int i = 0; i < files.length; i++) {
            names[i] = files[i].toString();
        }
        int status = command.execute(names);
        List<JsonNode> lines = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return new Outcome(status, lines);
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    @Test
    void aSliceIsDescribed() throws Exception {
        byte[] file =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 3, 16, 16, true)
                        .place(1, 2, 3, 0.5, 0.25)
                        .text(0x00281052, "DS", "-1024")
                        .text(0x00281053, "DS", "1")
                        .pixels(16, -5, 0, 6)
                        .file();
        Outcome outcome = inspect(write("slice.jpg", file));
        assertThat(outcome.status()).isZero();
        JsonNode line = outcome.lines().get(0);
        assertThat(line.get("file").asText()).isEqualTo(folder.resolve("slice.jpg").toString());
        assertThat(line.get("kind").asText()).isEqualTo("dicom");
        assertThat(line.get("shape").toString()).isEqualTo("[1,3]");
        assertThat(line.get("spacing_mm").toString()).isEqualTo("[0.5,0.25]");
        assertThat(line.get("affine").toString())
                .isEqualTo("[[0.25,0,0,1],[0,0.5,0,2],[0,0,1,3],[0,0,0,1]]");
        assertThat(line.get("transfer_syntax").asText()).isEqualTo(DicomBytes.EXPLICIT);
        assertThat(line.get("min").asInt()).isEqualTo(-5);
        assertThat(line.get("max").asInt()).isEqualTo(6);
        assertThat(line.get("mean").asDouble()).isEqualTo(1 / 3.0);
        byte[] integers = {-5, -1, -1, -1, 0, 0, 0, 0, 6, 0, 0, 0};
        String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(integers));
        assertThat(line.get("sha256_int32").asText()).isEqualTo(hash);
        assertThat(line.has("refused")).isFalse();
        assertThat(line.toString()).doesNotContain("Doe", "4711", "1.2.3.4");
    }

    @Test
    void oneRefusalDoesNotKeepTheOthersFromBeingRead() throws Exception {
        Path wrong = write("wrong.dcm", new byte[10]);
        Path png =
                write("picture.dcm", PngWriter.png(new Raster(2, 1, 1, 8, new short[] {7, 200})));
        Outcome outcome = inspect(wrong, folder.resolve("none.nii"), png);
        assertThat(outcome.status()).isOne();
        assertThat(outcome.lines()).hasSize(3);
        assertThat(outcome.lines().get(0).get("refused").asText()).contains("no known type");
        assertThat(outcome.lines().get(0).get("shape").isNull()).isTrue();
        assertThat(outcome.lines().get(1).get("refused").asText()).contains("no such file");
        assertThat(outcome.lines().get(2).get("kind").asText()).isEqualTo("png");
        assertThat(outcome.lines().get(2).get("max").asInt()).isEqualTo(200);
    }

    @Test
    void whatIsKnownOfARefusedFileIsSaid() throws Exception {
        byte[] file =
                DicomBytes.image(DicomBytes.EXPLICIT, 4, 4, 16, 16, true)
                        .pixels(16, new int[15])
                        .file();
        JsonNode line = inspect(write("short.dcm", file)).lines().get(0);
        assertThat(line.get("shape").toString()).isEqualTo("[4,4]");
        assertThat(line.get("sha256_int32").isNull()).isTrue();
        assertThat(line.get("refused").asText()).contains("30 bytes", "32");
    }
}
