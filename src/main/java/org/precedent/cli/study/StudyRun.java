package org.precedent.cli.study;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.cli.process.Version;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.Study;
import org.precedent.imaging.format.VolumeNames;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.format.dicom.seg.CodedSegment;
import org.precedent.imaging.format.dicom.seg.Making;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.imaging.volume.VolumeSlices;
import org.precedent.query.Query;
import org.precedent.study.StudyAnswer;
import org.precedent.study.StudyQuery;
import org.precedent.study.StudyService;

/** Segments one study and writes its label map. */
public final class StudyRun {
    private final StudyService service;
    private final ObjectMapper json;
    private final Scope scope;
    private final StudyOptions options;

    /**
     * A study on disk.
     *
     * @param name of the file or folder
     * @param key by which the patient of a DICOM header gets its pseudonym
     */
    public record Source(Path path, String name, byte[] key) {}

    public StudyRun(StudyService service, ObjectMapper json, Scope scope, StudyOptions options) {
        this.service = service;
        this.json = json;
        this.scope = scope;
        this.options = options;
    }

    /**
     * Answers every slice, writes label map and legend, and gives what is to be printed.
     *
     * @param out the folder, made if absent
     */
    public ObjectNode segment(Source source, Query asked, Path out, PrintWriter err)
            throws IOException {
        StudyOptions.Format format = options.format(source.name());
        @Nullable SourceSeries series =
                format == StudyOptions.Format.DICOM_SEG ? series(source) : null;
        Study study;
        @Nullable String patient;
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            study = reader.study(source.path());
            patient = reader.patient(source.path(), source.key()).orElse(null);
        }
        SliceAxis axis =
                options.axis()
                        .or(() ->
                                service.axis(
                                        scope, asked.task(), asked.pool(), study.volume().grid()))
                        .orElse(SliceAxis.WIDEST);
        VolumeSlices slices = new VolumeSlices(study.volume(), axis, options.modality());
        long start = System.nanoTime();
        StudyAnswer answer;
        try (ProgressBar progress = new ProgressBar(err, "slices", slices.count())) {
            answer =
                    service.segment(
                            scope,
                            new StudyQuery(source.name(), slices, asked, patient),
                            (done, all) -> {
                                progress.advance(1);
                                return true;
                            });
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Files.createDirectories(out.toAbsolutePath());
        String stem =
                Files.isDirectory(source.path()) ? source.name() : VolumeNames.stem(source.name());
        ObjectNode printed = described(source, asked, slices, answer, seconds);
        String written = out.resolve(stem).toString();
        if (series != null) {
            writeSegmentation(series, answer, Path.of(written + ".seg.dcm"), printed);
        } else {
            write(study, slices.slicing(), answer, format, written, printed);
        }
        Path legend = out.resolve(stem + ".labels.json");
        Files.writeString(
                legend, json.writerWithDefaultPrettyPrinter().writeValueAsString(printed) + "\n");
        long doubtful = answer.slices().stream().filter(one -> !one.cautions().isEmpty()).count();
        if (doubtful > 0) {
            err.printf(
                    "INSUFFICIENT PRECEDENT in %d of %d slices; which and why: %s%n",
                    doubtful, slices.count(), legend);
            err.flush();
        }
        return printed;
    }

    /** The DICOM series that a segmentation refers to: refused before any slice is asked. */
    private static SourceSeries series(Source source) {
        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
            SourceSeries series = converter.source(source.path()).series();
            if (series == null) {
                throw ServiceException.badParameter(
                        "--as",
                        "dicom-seg",
                        "a DICOM series to refer to, which " + source.name() + " is not");
            }
            return series;
        }
    }

    /** One binary segment a label, empty ones too; patient and study come from the source. */
    private static void writeSegmentation(
            SourceSeries series, StudyAnswer answer, Path file, ObjectNode printed)
            throws IOException {
        List<CodedSegment> segments = new ArrayList<>();
        answer.legend()
                .forEach((label, value) -> {
                    BitSet inside = new BitSet(answer.labelMap().length);
                    for (int i = 0; i < answer.labelMap().length; i++) {
                        if ((answer.labelMap()[i] & 0xff) == value) {
                            inside.set(i);
                        }
                    }
                    segments.add(CodedSegment.of(label, inside));
                });
        Making making =
                new Making(
                        "Precedent",
                        answer.network().isEmpty() ? "no slice was asked" : answer.network(),
                        Version.current(),
                        "",
                        LocalDateTime.now(ZoneId.systemDefault()));
        Files.write(file, MaskConverter.dicom(series, segments, making));
        printed.put("segmentation", file.toString());
    }

    private ObjectNode described(
            Source source, Query asked, VolumeSlices slices, StudyAnswer answer, double seconds) {
        Slicing slicing = slices.slicing();
        ObjectNode printed = json.createObjectNode();
        printed.put("study", source.name());
        printed.put("task", asked.task());
        printed.put("pool", asked.pool());
        printed.put("poolVersion", answer.poolVersion());
        printed.put("axis", "ijk".substring(slicing.axis(), slicing.axis() + 1));
        slicing.plane()
                .ifPresent(plane -> printed.put("plane", plane.name().toLowerCase(Locale.ROOT)));
        printed.putArray("valueRange").add(slices.range().low()).add(slices.range().high());
        printed.put("seconds", Math.round(seconds * 1000) / 1000.0);
        double[] spacing = slicing.spacingMm();
        double voxel = spacing[0] * spacing[1] * spacing[2];
        ArrayNode labels = printed.putArray("labels");
        answer.legend()
                .forEach((label, value) -> {
                    long voxels = answer.voxels().getOrDefault(label, 0L);
                    ObjectNode one = labels.addObject().put("label", label).put("value", value);
                    one.put("voxels", voxels);
                    if (voxel > 0) {
                        one.put("millilitres", Math.round(voxels * voxel) / 1000.0);
                    }
                });
        ArrayNode all = printed.putArray("slices");
        for (StudyAnswer.Slice slice : answer.slices()) {
            ObjectNode one = all.addObject().put("slice", slice.number());
            one.put("answer", slice.answer() == null ? null : slice.answer().toString());
            if (!slice.cautions().isEmpty()) {
                ObjectNode cautions = one.putObject("insufficientPrecedent");
                slice.cautions().forEach(cautions::put);
            }
        }
        return printed;
    }

    private static void write(
            Study study,
            Slicing slicing,
            StudyAnswer answer,
            StudyOptions.Format format,
            String stem,
            ObjectNode printed)
            throws IOException {
        switch (format) {
            case NIFTI -> {
                Path file = Path.of(stem + ".labels.nii.gz");
                Files.write(file, study.nifti(answer.labelMap()));
                printed.put("labelMap", file.toString());
            }
            case NRRD -> {
                Path file = Path.of(stem + ".labels.seg.nrrd");
                Files.write(file, study.nrrd(answer.labelMap(), answer.legend()));
                printed.put("labelMap", file.toString());
            }
            case PNG -> {
                ArrayNode files = printed.putArray("labelMaps");
                for (int number = 0; number < slicing.count(); number++) {
                    Path file =
                            Path.of(String.format(Locale.ROOT, "%s.%04d.labels.png", stem, number));
                    Files.write(file, PngWriter.png(slice(slicing, answer, number)));
                    files.add(file.toString());
                }
            }
            case DICOM_SEG -> throw new IllegalStateException("written from its series");
        }
    }

    private static Raster slice(Slicing slicing, StudyAnswer answer, int number) {
        short[] values = new short[slicing.width() * slicing.height()];
        for (int y = 0; y < slicing.height(); y++) {
            for (int x = 0; x < slicing.width(); x++) {
                values[y * slicing.width() + x] =
                        (short) (answer.labelMap()[slicing.index(number, x, y)] & 0xff);
            }
        }
        return new Raster(slicing.width(), slicing.height(), 1, 8, values);
    }
}
