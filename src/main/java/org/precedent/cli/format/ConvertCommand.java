package org.precedent.cli.format;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.cli.process.Version;
import org.precedent.cli.process.WholeFile;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.LabelMasks;
import org.precedent.imaging.format.LabelMasks.Label;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.MaskConverter.Naming;
import org.precedent.imaging.format.MaskConverter.Source;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.format.dicom.seg.Code;
import org.precedent.imaging.format.dicom.seg.CodedSegment;
import org.precedent.imaging.format.dicom.seg.Making;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Masks from one format to another, on the grid of their image. */
@Command(
        name = "convert",
        header = "Writes a volume's masks in another format, on exactly its image's grid.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Reads masks (a label map as NIfTI or NRRD, 3D Slicer's .seg.nrrd, a DICOM segmentation:",
            "binary, fractional or label map) and writes them on the grid of the image that they",
            "belong to. Voxels that a file stores in another order (rows turned round, axes exchanged)",
            "are put in the image's order; a mask that lies anywhere else is refused, with how the",
            "grids differ. No voxel is resampled.",
            "",
            "A DICOM segmentation repeats patient, study and frame of reference of its image, so that",
            "an archive files it there, and refers to every slice. These go into the written file and",
            "nowhere else."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  ./precedent convert mask.nii.gz --source ct/ --as dicom-seg --label liver=1 \\",
            "      --label spleen=2 --algorithm nnU-Net --algorithm-version 2.5 --out answer.dcm",
            "  ./precedent convert answer.dcm --source ct/ --as nrrd-seg --out answer.seg.nrrd",
            "  ./precedent convert drawn.seg.nrrd --source ct/ --as dicom-seg --by-hand --out drawn.dcm",
            "  ./precedent convert mask.nrrd --source image.nii.gz --as nifti --label tumour=1 \\",
            "      --ignore 255 --out mask.nii.gz"
        })
public final class ConvertCommand implements Callable<Integer> {
    /** What can be written. */
    enum Format {
        DICOM_SEG,
        NIFTI,
        NRRD,
        NRRD_SEG;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static Format of(String word) {
            for (Format format : values()) {
                if (format.toString().equals(word.toLowerCase(Locale.ROOT))) {
                    return format;
                }
            }
            throw ServiceException.badParameter(
                    "--as", word, "dicom-seg, nifti, nrrd or nrrd-seg (3D Slicer's)");
        }
    }

    @Spec private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "MASK", description = "the file of the masks")
    private Path mask = Path.of("");

    @Option(
            names = "--source",
            paramLabel = "PATH",
            description = {
                "The image that the masks belong to: a file, or a folder that holds one DICOM series",
                "(segmentations in it do not count). Default: the mask's own grid, where it has one."
            })
    private @Nullable Path source;

    @Option(
            names = "--as",
            required = true,
            paramLabel = "FORMAT",
            description = "dicom-seg, nifti, nrrd, or nrrd-seg (NRRD with 3D Slicer's segments).")
    private String as = "";

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "Where to write. NIfTI is gzipped where the name ends in .gz.")
    private Path out = Path.of("");

    @Option(
            names = "--label",
            paramLabel = "NAME=VALUE",
            description = {
                "Repeatable. Which value of the masks is what. Needed for a label map; segments of",
                ".seg.nrrd and DICOM have names of their own, by number."
            })
    private List<String> labels = new ArrayList<>();

    @Option(
            names = "--ignore",
            paramLabel = "VALUE",
            description =
                    "Repeatable. A value that is written as background. Any other is refused.")
    private Set<Integer> ignored = new LinkedHashSet<>();

    @Option(
            names = "--code",
            paramLabel = "NAME=CODE[,CATEGORY]",
            description = {
                "Repeatable. What a label is, for dicom-seg, each SCHEME:VALUE:MEANING, e.g.",
                "liver=SCT:10200004:Liver. The category is SCT:91723000:Anatomical Structure unless it",
                "is given, e.g. SCT:49755003:Morphologically Abnormal Structure for a tumour. Labels",
                "without a code are tissue."
            })
    private List<String> codes = new ArrayList<>();

    @ArgGroup private @Nullable Maker maker;

    @Option(
            names = "--algorithm-version",
            paramLabel = "VERSION",
            description = "Of --algorithm, its weights included. Default: unknown.")
    private String algorithmVersion = "unknown";

    @Option(
            names = "--description",
            paramLabel = "TEXT",
            description = "Shown by archives and viewers, at most 64 characters.")
    private String description = "Segmentation";

    /** Who drew the masks, which a DICOM segmentation has to say. */
    static final class Maker {
        @Option(
                names = "--algorithm",
                paramLabel = "NAME",
                description = "What drew the masks; dicom-seg needs it, or --by-hand.")
        private @Nullable String algorithm;

        @Option(names = "--by-hand", description = "A person drew the masks.")
        private boolean byHand;
    }

    @Override
    public Integer call() throws IOException {
        Format format = Format.of(as);
        Naming naming = new Naming(named(), ignored);
        if (format == Format.DICOM_SEG && maker == null) {
            throw ServiceException.badParameter(
                    "--as",
                    as,
                    "with --algorithm NAME or --by-hand: the file has to say who drew it");
        }
        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
            Source image = converter.source(source == null ? mask : source);
            SourceSeries series = image.series();
            if (format == Format.DICOM_SEG && series == null) {
                throw ServiceException.badParameter(
                        "--source",
                        String.valueOf(source == null ? "none" : source),
                        "a DICOM file or the folder of a series: a DICOM segmentation refers to one");
            }
            LabelMasks masks = converter.read(mask, image, naming);
            byte[] file =
                    switch (format) {
                        case DICOM_SEG ->
                                MaskConverter.dicom(
                                        Objects.requireNonNull(series), coded(masks), making());
                        case NIFTI ->
                                MaskConverter.nifti(masks, image, out.toString().endsWith(".gz"));
                        case NRRD -> MaskConverter.nrrd(masks, false);
                        case NRRD_SEG -> MaskConverter.nrrd(masks, true);
                    };
            write(file);
            tell(masks);
        }
        return 0;
    }

    private Map<Integer, String> named() {
        Map<Integer, String> named = new TreeMap<>();
        for (String label : labels) {
            int equals = label.lastIndexOf('=');
            String value = label.substring(equals + 1);
            if (equals < 1
                    || !value.matches("[1-9][0-9]{0,4}")
                    || Integer.parseInt(value) > 0xffff) {
                throw ServiceException.badParameter(
                        "--label", label, "NAME=VALUE with a value from 1 to 65535, e.g. liver=1");
            }
            String name = label.substring(0, equals).strip();
            if (name.isEmpty()
                    || named.containsValue(name)
                    || named.put(Integer.parseInt(value), name) != null) {
                throw ServiceException.badParameter(
                        "--label", label, "a name and a value that no other label has");
            }
        }
        return named;
    }

    /** Every label as a segment, with its codes. */
    private List<CodedSegment> coded(LabelMasks masks) {
        Map<String, Code[]> coded = new HashMap<>();
        for (String code : codes) {
            int equals = code.indexOf('=');
            String[] both = code.substring(equals + 1).split(",", 2);
            if (equals < 1 || masks.labels().stream().noneMatch(l -> named(code, equals, l))) {
                throw ServiceException.badParameter(
                        "--code",
                        code,
                        "NAME=SCHEME:VALUE:MEANING with the name of a label: "
                                + String.join(
                                        ", ", masks.labels().stream().map(Label::name).toList()));
            }
            coded.put(
                    code.substring(0, equals),
                    new Code[] {
                        code(code, both[0]),
                        both.length > 1 ? code(code, both[1]) : Code.ANATOMICAL_STRUCTURE
                    });
        }
        List<CodedSegment> segments = new ArrayList<>();
        for (Label label : masks.labels()) {
            Code[] code = coded.getOrDefault(label.name(), new Code[] {Code.TISSUE, Code.TISSUE});
            segments.add(new CodedSegment(label.name(), code[1], code[0], label.inside()));
        }
        return segments;
    }

    private static boolean named(String code, int equals, Label label) {
        return label.name().equals(code.substring(0, equals));
    }

    private static Code code(String option, String words) {
        String[] parts = words.split(":", 3);
        try {
            return new Code(parts[0], parts[1], parts[2]);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw ServiceException.badParameter(
                    "--code", option, "SCHEME:VALUE:MEANING, e.g. SCT:10200004:Liver");
        }
    }

    private Making making() {
        String algorithm = maker == null || maker.algorithm == null ? "" : maker.algorithm;
        return new Making(
                algorithm,
                algorithm.isBlank() ? "" : algorithmVersion,
                Version.current(),
                description,
                LocalDateTime.now());
    }

    /** Whole, or not at all. */
    private void write(byte[] file) throws IOException {
        Path folder = out.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw ServiceException.badParameter(
                    "--out", out.toString(), "a file in a folder that exists");
        }
        WholeFile.write(out, file);
    }

    private void tell(LabelMasks masks) {
        PrintWriter lines = Objects.requireNonNull(spec).commandLine().getOut();
        for (Label label : masks.labels()) {
            double millilitres = masks.millilitres(label);
            String shape = millilitres < 1 ? ", %.3g ml" : ", %.1f ml";
            String volume = millilitres > 0 ? String.format(Locale.ROOT, shape, millilitres) : "";
            lines.println(
                    label.value()
                            + " "
                            + label.name()
                            + ": "
                            + label.voxels()
                            + " voxels"
                            + volume);
        }
        masks.notes().forEach(note -> lines.println("note: " + note));
        lines.println("written to " + out);
        lines.flush();
    }
}
