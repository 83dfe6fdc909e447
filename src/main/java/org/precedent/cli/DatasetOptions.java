package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.format.MaskValue;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.ingest.folder.AnnotatedVolume;
import org.precedent.ingest.folder.Case;
import org.precedent.ingest.folder.DatasetFolder;
import org.precedent.ingest.folder.MaskLayout;
import org.precedent.ingest.folder.MaskTally;
import org.precedent.ingest.folder.RefusedFile;
import org.precedent.secret.DataSecrets;
import picocli.CommandLine.Option;

/** How the masks of a dataset lie beside its images; the same options for every command. */
final class DatasetOptions {
    /** Which files of a dataset's folder are images, where nobody says it. */
    static final String IMAGES = "images/*";

    @Option(
            names = "--masks",
            paramLabel = "DIR|GLOB",
            description = {
                "DIR with one folder a label, DIR/LABEL/ID.png, each mask 0 and 255, or two",
                "colours of which the darker is background; soft edges are cut at the half. Or",
                "GLOB of label maps whose values --label NAME=VALUE names."
            })
    @Nullable String masks;

    @Option(
            names = "--label",
            paramLabel = "LABEL[=VALUE|=#RRGGBB]",
            description = {
                "Repeatable. With a DIR of masks: the labels to take (default: all).",
                "With a GLOB: each label's grey value or colour, e.g. nucleus=255 or",
                "nucleus=#FF0000; a palette is read by its colours, never by its indices. 0 and",
                "black are background."
            })
    List<String> labels = new ArrayList<>();

    @Option(
            names = "--patient-regex",
            paramLabel = "REGEX",
            description =
                    "Its one group, found in the file name without suffix, is the patient, e.g."
                            + " '^(\\d+)_'. Default: every image is of a patient of its own; a folder"
                            + " of DICOM slices is of the patient that its headers name, under a"
                            + " pseudonym.")
    @Nullable String patientRegex;

    @Option(
            names = "--ignore-unknown-values",
            description = {
                "With a GLOB of label maps: values of no label are unknown instead of refused."
                        + " They",
                "are stored as outside every label, and counted. Masks of one label are not read",
                "otherwise for it: there --ignore says which value is unknown."
            })
    boolean ignoreUnknownValues;

    @Option(
            names = "--ignore",
            paramLabel = "VALUE|#RRGGBB",
            description = {
                "Repeatable. A value or colour that means unknown in masks and label maps, e.g. a",
                "void rim of 255. Such pixels are stored as outside every label, and counted."
            })
    List<String> ignore = new ArrayList<>();

    @Option(
            names = "--axis",
            paramLabel = "AXIS",
            description = {
                "Along which axis volumes are cut into slices: widest (the axis with the widest",
                "steps, else the file's last), i, j, k (the file's first, second, third), axial,",
                "coronal or sagittal (default: ${DEFAULT-VALUE})"
            })
    String axis = SliceAxis.WIDEST.word();

    /** How volumes are cut. */
    AnnotatedVolume.Cut cut(String modality) {
        try {
            return new AnnotatedVolume.Cut(SliceAxis.of(axis), modality);
        } catch (IllegalArgumentException e) {
            throw ServiceException.badParameter("--axis", axis, "one of " + e.getMessage());
        }
    }

    /** As the other one, whatever the labels are called. */
    DatasetFolder read(Path base, String images, PrintWriter err) {
        return read(base, images, label -> Optional.empty(), err);
    }

    /**
     * Likewise, of a folder, or of a glob of images in place of one.
     *
     * @param images null where nobody says it
     */
    DatasetFolder readAt(
            Path folder,
            @Nullable String images,
            Function<String, Optional<String>> label,
            PrintWriter err) {
        String where = folder.toString();
        if (where.chars().noneMatch(c -> "*?[{".indexOf(c) >= 0) || Files.isDirectory(folder)) {
            return read(folder, Objects.requireNonNullElse(images, IMAGES), label, err);
        }
        if (images != null) {
            throw ServiceException.badParameter(
                    "--images", images, "not there, as \"" + where + "\" says which are images");
        }
        return read(Path.of("."), where, label, err);
    }

    /**
     * Looks which masks belong to which image; tells when that takes longer.
     *
     * @param label why a folder's name cannot be a label; empty where it can
     */
    DatasetFolder read(
            Path base, String images, Function<String, Optional<String>> label, PrintWriter err) {
        try (FolderProgress progress = new FolderProgress(err, images)) {
            return DatasetFolder.read(
                    base,
                    images,
                    layout(),
                    patient(),
                    new DatasetFolder.Attendants(progress, label));
        }
    }

    /** Images and masks in memory, and how many images were refused. */
    record Loaded(List<EvaluationCase> cases, int refused) {}

    /** As {@link #load(DatasetFolder, String, PrintWriter)}, of pictures. */
    Loaded load(DatasetFolder folder, PrintWriter err) {
        return load(folder, "unknown", err);
    }

    /**
     * Reads all images and masks of a folder into memory, to measure with; volumes as their slices.
     * An image that is refused, or a mask of which is, is named and left out.
     *
     * @throws DomainException when every image is refused: the first refusal
     */
    Loaded load(DatasetFolder folder, String modality, PrintWriter err) {
        AnnotatedVolume.Cut cut = cut(modality);
        byte[] key = DataSecrets.passingKey();
        ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
        MaskReader reader = maskReader();
        MaskTally tally = maskTally();
        List<EvaluationCase> cases = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        DomainException first = null;
        try (VolumeReader volumes = new VolumeReader(Limits.VOLUMES);
                ProgressBar progress = new ProgressBar(err, "read", folder.cases().size())) {
            for (Case one : folder.cases()) {
                try {
                    if (one.isVolume()) {
                        String patient =
                                patientRegex != null
                                        ? one.patient()
                                        : volumes.patient(one.image(), key).orElse(one.patient());
                        AnnotatedVolume volume = one.readVolume(volumes, reader, cut);
                        cases.addAll(slices(one, patient, volume, tally));
                        progress.advance(1);
                        continue;
                    }
                    Raster image = one.readImage(decoder);
                    List<MaskReading> read = one.readMasks(decoder, reader, image);
                    cases.add(
                            new EvaluationCase(
                                    one.id(),
                                    CanonicalNames.key(one.patient()),
                                    image,
                                    MaskReading.masks(read)));
                    tally.add(read);
                } catch (RefusedFile e) {
                    first = first == null ? e : first;
                    refused.add("left out  " + e.path() + ": " + e.getMessage());
                }
                progress.advance(1);
            }
        }
        if (first != null && cases.isEmpty()) {
            throw first;
        }
        refused.forEach(err::println);
        tally.lines().forEach(err::println);
        err.flush();
        return new Loaded(cases, refused.size());
    }

    /**
     * All slices of a volume. Those that {@code ingest} would take know every label, if only as
     * absent; the others are queries that should find nothing.
     */
    private static List<EvaluationCase> slices(
            Case of, String patient, AnnotatedVolume volume, MaskTally tally) {
        List<EvaluationCase> slices = new ArrayList<>();
        List<MaskReading> readings = new ArrayList<>();
        List<Map<String, Mask>> masks = new ArrayList<>();
        boolean[] labelled = new boolean[volume.count()];
        for (int number = 0; number < volume.count(); number++) {
            List<MaskReading> read = volume.masks(number, volume.slice(number));
            readings.addAll(read);
            masks.add(MaskReading.masks(read));
            labelled[number] = !masks.getLast().isEmpty();
        }
        boolean[] supporting = AnnotatedVolume.supporting(labelled);
        for (int number = 0; number < volume.count(); number++) {
            Raster image = volume.slice(number);
            if (supporting[number]) {
                Mask nothing = volume.nothing();
                of.labels().forEach(label -> masks.get(slices.size()).putIfAbsent(label, nothing));
            }
            slices.add(
                    new EvaluationCase(
                            String.format(Locale.ROOT, "%s:%04d", of.id(), number),
                            CanonicalNames.key(patient),
                            image,
                            masks.get(number),
                            new EvaluationCase.Slice(of.id(), number)));
        }
        tally.add(readings);
        return slices;
    }

    MaskReader maskReader() {
        MaskReader.Strays strays =
                ignoreUnknownValues ? MaskReader.Strays.IGNORE : MaskReader.Strays.REFUSE;
        return new MaskReader(strays, ignored());
    }

    /** What is said of the masks once they are read. */
    MaskTally maskTally() {
        return new MaskTally(ignored());
    }

    private List<MaskValue> ignored() {
        return ignore.stream().map(value -> value("--ignore", value, value)).toList();
    }

    private static MaskValue value(String option, String given, String value) {
        try {
            return MaskValue.parse(value);
        } catch (IllegalArgumentException e) {
            throw ServiceException.badParameter(option, given, MaskValue.EXPECTED);
        }
    }

    private MaskLayout layout() {
        String where = masks == null ? "masks" : masks;
        boolean values = labels.stream().anyMatch(label -> label.contains("="));
        if (!values) {
            return new MaskLayout.LabelFolders(where, labels);
        }
        Map<String, MaskValue> byName = new LinkedHashMap<>();
        List<MaskValue> unknown = ignored();
        for (String label : labels) {
            int equals = label.indexOf('=');
            if (equals < 1) {
                throw ServiceException.badParameter(
                        "--label",
                        label,
                        "NAME=VALUE, e.g. nucleus=255 or nucleus=#FF0000, as the other labels"
                                + " have");
            }
            MaskValue value = value("--label", label, label.substring(equals + 1));
            if (unknown.stream().anyMatch(value::meansTheSameAs)) {
                throw ServiceException.badParameter(
                        "--label", label, "a value that --ignore does not name too");
            }
            if (byName.put(label.substring(0, equals), value) != null) {
                throw ServiceException.badParameter("--label", label, "one value a label");
            }
        }
        try {
            return new MaskLayout.LabelMaps(where, byName);
        } catch (IllegalArgumentException e) {
            throw ServiceException.badParameter(
                    "--label", String.join(" ", labels), String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Pattern patient() {
        if (patientRegex == null) {
            return null;
        }
        try {
            return Pattern.compile(patientRegex);
        } catch (PatternSyntaxException e) {
            throw ServiceException.badParameter(
                    "--patient-regex", patientRegex, String.valueOf(e.getDescription()));
        }
    }

    /**
     * How far the look through a folder is. How much there is nobody knows before it is done, so it
     * counts up; a short look says nothing.
     */
    private static final class FolderProgress implements LongConsumer, AutoCloseable {
        private static final long FIRST_NANOS = 1_000_000_000L;
        private static final long REDRAW_NANOS = 200_000_000L;
        private static final long PLAIN_NANOS = 10_000_000_000L;

        private final PrintWriter err;
        private final String what;
        private final boolean terminal = Boolean.getBoolean("terminal");
        private long next = System.nanoTime() + FIRST_NANOS;
        private boolean open;

        FolderProgress(PrintWriter err, String what) {
            this.err = err;
            this.what = what;
        }

        @Override
        public void accept(long entries) {
            long now = System.nanoTime();
            if (now - next < 0) {
                return;
            }
            String line = "looking through " + what + ": " + entries + " files and folders so far";
            if (terminal) {
                err.print("\r" + line);
                open = true;
            } else {
                err.println(line);
            }
            err.flush();
            next = now + (terminal ? REDRAW_NANOS : PLAIN_NANOS);
        }

        @Override
        public void close() {
            if (open) {
                err.println();
                err.flush();
            }
        }
    }
}
