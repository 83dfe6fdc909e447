package org.precedent.cli.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.Inspection;
import org.precedent.imaging.format.Inspector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What files hold, a line of JSON each. Needs neither the catalogue nor a network. */
@Command(
        name = "inspect",
        header = "Says what image files hold, or why they are refused.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Reads image files to their last sample and prints a line of JSON for each: what it holds,",
            "or why it is refused. Files are told by their content, never by their name:",
            "DICOM (uncompressed, deflated, RLE, JPEG, JPEG-LS, JPEG 2000, HTJ2K), NIfTI-1 and -2,",
            "NRRD, PNG, JPEG, TIFF and BMP. Nothing is stored, and no name, date or id of a patient is",
            "printed."
        },
        footerHeading = "%nKeys of a line:%n",
        footer = {
            "  file             as given",
            "  kind             dicom, nifti, nrrd, png, jpeg, tiff, bmp or unknown",
            "  shape            DICOM and pictures: [frames,] rows, columns[, colours];",
            "                   NIfTI and NRRD: sizes along i, j, k, as nibabel has them",
            "  spacing_mm       between voxels along the axes of shape; 0 where unknown",
            "  affine           from voxel (column, row, slice or i, j, k) to millimetres; null where",
            "                   nothing says how the patient lay",
            "  world            the affine's frame: RAS (NIfTI) or LPS (all others)",
            "  transfer_syntax  of DICOM",
            "  stored           type of the stored samples, as narrow as their bits allow",
            "  min, max, mean   of the stored samples, before any rescale; NIfTI: of the scaled values",
            "  sha256_int32     SHA-256 of all stored samples as little-endian 32-bit integers, in the",
            "                   order of the file; colours as RGB, palettes as indices",
            "  notes            what is odd, but no reason to refuse",
            "  refused          element, value and limit that are at fault; the other keys then say",
            "                   what was known before",
            "",
            "Exit status: 0 when every file was read, 1 when any was refused.",
            "",
            "Examples:",
            "  ./precedent inspect scan.dcm",
            "  ./precedent inspect study/*.dcm | jq -r 'select(.refused) | .refused'",
            "  ./precedent inspect image.nii.gz mask.nrrd | jq -c '[.shape, .spacing_mm, .affine]'"
        })
public final class InspectCommand implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "image files of any kind")
    private List<Path> files = List.of();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        JsonFactory json = new JsonFactory();
        boolean refused = false;
        try (Inspector inspector = new Inspector(Limits.VOLUMES)) {
            for (Path file : files) {
                Inspection found = inspector.inspect(file.toString(), file);
                refused |= found.refused() != null;
                out.println(line(json, found));
                out.flush();
            }
        }
        return refused ? 1 : 0;
    }

    private static String line(JsonFactory json, Inspection found) throws IOException {
        StringWriter line = new StringWriter();
        try (JsonGenerator out = json.createGenerator(line)) {
            out.writeStartObject();
            out.writeStringField("file", found.file());
            out.writeStringField("kind", found.kind());
            out.writeFieldName("shape");
            if (found.shape() == null) {
                out.writeNull();
            } else {
                out.writeArray(found.shape(), 0, found.shape().length);
            }
            out.writeFieldName("spacing_mm");
            numbers(out, found.spacingMm());
            out.writeFieldName("affine");
            if (found.affine() == null) {
                out.writeNull();
            } else {
                out.writeStartArray();
                for (double[] row : found.affine()) {
                    numbers(out, row);
                }
                out.writeEndArray();
            }
            text(out, "world", found.world());
            text(out, "transfer_syntax", found.transferSyntax());
            text(out, "stored", found.stored());
            number(out, "min", found.min());
            number(out, "max", found.max());
            number(out, "mean", found.mean());
            text(out, "sha256_int32", found.sha256Int32());
            if (!found.notes().isEmpty()) {
                out.writeFieldName("notes");
                out.writeArray(found.notes().toArray(String[]::new), 0, found.notes().size());
            }
            if (found.refused() != null) {
                out.writeStringField("refused", found.refused());
            }
            out.writeEndObject();
        }
        return line.toString();
    }

    private static void numbers(JsonGenerator out, double @Nullable [] numbers) throws IOException {
        if (numbers == null) {
            out.writeNull();
            return;
        }
        out.writeStartArray();
        for (double number : numbers) {
            number(out, number);
        }
        out.writeEndArray();
    }

    private static void number(JsonGenerator out, String name, @Nullable Double number)
            throws IOException {
        out.writeFieldName(name);
        if (number == null) {
            out.writeNull();
        } else {
            number(out, number);
        }
    }

    /** Whole numbers without a fraction, as integers that a reader can compare. */
    private static void number(JsonGenerator out, double number) throws IOException {
        if (number == Math.rint(number) && Math.abs(number) < 1e15) {
            out.writeNumber((long) number);
        } else {
            out.writeNumber(number);
        }
    }

    private static void text(JsonGenerator out, String name, @Nullable String text)
            throws IOException {
        if (text == null || text.isEmpty()) {
            out.writeNullField(name);
        } else {
            out.writeStringField(name, text);
        }
    }
}
