package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Limits;

/** Real files of hospitals' formats give what pydicom, gdcm and nibabel say of them. */
class FormatsTest {
    private static final Path FILES =
            Path.of(System.getProperty("precedent.home", "."))
                    .toAbsolutePath()
                    .resolve("../shared/data/formats")
                    .normalize();

    /** Cut off, without a header, with a number that is none: these must not be read. */
    private static final Set<String> REFUSED =
            Set.of("dicom/MR_truncated.dcm", "dicom/ExplVR_BigEndNoMeta.dcm", "dicom/badVR.dcm");

    private static final Set<String> LOSSY =
            Set.of(
                    "1.2.840.10008.1.2.4.50",
                    "1.2.840.10008.1.2.4.51",
                    "1.2.840.10008.1.2.4.81",
                    "1.2.840.10008.1.2.4.91",
                    "1.2.840.10008.1.2.4.203");

    @Test
    void everyFileHoldsWhatItShould() throws Exception {
        assumeTrue(Files.isDirectory(FILES), "no files at " + FILES + ": nothing is compared");
        JsonNode expected = new ObjectMapper().readTree(FILES.resolve("expected.json").toFile());
        List<String> refused = new ArrayList<>();
        int compared = 0;
        try (Inspector inspector = new Inspector(Limits.VOLUMES)) {
            for (Map.Entry<String, JsonNode> entry : expected.properties()) {
                String file = entry.getKey();
                Inspection found = inspector.inspect(file, FILES.resolve(file));
                if (found.refused() != null) {
                    refused.add(file);
                    continue;
                }
                compare(found, entry.getValue());
                compared++;
            }
        }
        assertThat(refused).hasSameElementsAs(REFUSED);
        assertThat(compared).isGreaterThan(50);
    }

    private static void compare(Inspection found, JsonNode expected) {
        String file = found.file();
        assertThat(found.kind()).as(file).isEqualTo(expected.get("kind").asText());
        assertThat(found.shape()).as(file).containsExactly(integers(expected.get("shape")));
        if (found.kind().equals("nifti")) {
            assertThat(found.mean())
                    .as(file)
                    .isCloseTo(expected.get("mean").asDouble(), within(.01));
            assertThat(found.max())
                    .as(file)
                    .isCloseTo(expected.get("max").asDouble(), within(1e-6));
            for (int i = 0; i < 3; i++) {
                assertThat(found.spacingMm()[i])
                        .as(file)
                        .isCloseTo(expected.get("spacing").get(i).asDouble(), within(1e-4));
                for (int j = 0; j < 4; j++) {
                    assertThat(found.affine()[i][j])
                            .as(file)
                            .isCloseTo(
                                    expected.get("affine").get(i).get(j).asDouble(), within(1e-4));
                }
            }
            return;
        }
        String syntax = expected.get("transfer_syntax").asText();
        assertThat(found.transferSyntax()).as(file).isEqualTo(syntax);
        if (LOSSY.contains(syntax)) {
            assertThat(found.min()).as(file).isCloseTo(expected.get("min").asDouble(), within(1.0));
            assertThat(found.max()).as(file).isCloseTo(expected.get("max").asDouble(), within(1.0));
            assertThat(found.mean())
                    .as(file)
                    .isCloseTo(expected.get("mean").asDouble(), within(.05));
        } else {
            assertThat(found.sha256Int32())
                    .as(file)
                    .isEqualTo(expected.get("sha256_int32").asText());
        }
    }

    private static int[] integers(JsonNode array) {
        int[] numbers = new int[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asInt();
        }
        return numbers;
    }
}
