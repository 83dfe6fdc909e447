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
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.cli.process.Version;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.imaging.format.VolumeNames;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.imaging.volume.VolumeSlices;
import org.precedent.query.Query;
import org.precedent.study.StudyAnswer;
import org.precedent.study.StudyFormat;
import org.precedent.study.StudyQuery;
import org.precedent.study.StudyService;
import org.precedent.study.StudySource;

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
     * @param stem what the names of files begin with, see {@link #stem}
     * @param series by which the study is known among its patient's
     * @param key by which the patient of a DICOM header gets its pseudonym
     */
    public record Source(Path path, String name, String stem, String series, byte[] key) {
        /** A file or folder of the user's. */
        public static Source of(Path path, String name, byte[] key) {
            String stem = StudyRun.stem(path);
            return new Source(path, name, stem, stem, key);
        }
    }

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
        StudyFormat format = options.format(source.name());
        @Nullable SourceSeries series =
                format == StudyFormat.DICOM_SEG
                        // Refused before any slice is asked.
                        ? StudySource.series(source.path(), "--as", source.name())
                        : null;
        StudySource read =
                StudySource.read(source.path(), source.path(), source.key(), options.burntIn());
        SliceAxis axis =
                options.axis()
                        .or(() ->
                                service.axis(
                                        scope,
                                        asked.task(),
                                        asked.pool(),
                                        read.study().volume().grid()))
                        .orElse(SliceAxis.WIDEST);
        VolumeSlices slices = new VolumeSlices(read.study().volume(), axis, options.modality());
        String stem = source.stem();
        long start = System.nanoTime();
        StudyAnswer answer;
        try (ProgressBar progress = new ProgressBar(err, "slices", slices.count())) {
            answer =
                    service.segment(
                            scope,
                            new StudyQuery(
                                    source.name(),
                                    slices,
                                    asked,
                                    read.patient(),
                                    source.series(),
                                    options.network()),
                            (done, all) -> {
                                progress.reach(done);
                                return true;
                            });
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        ObjectNode printed = described(source, asked, slices, answer, seconds);
        StudyOutput output = new StudyOutput(out, stem, json, err);
        output.write(
                format,
                series == null
                        ? format.write(read.study(), slices.slicing(), answer.labels(), stem)
                        : List.of(
                                new StudyFormat.Written(
                                        stem + format.suffix(),
                                        StudyFormat.segmentation(
                                                series,
                                                answer.labels(),
                                                answer.network(),
                                                Version.current(),
                                                LocalDateTime.now(ZoneId.systemDefault())))),
                printed);
        return printed;
    }

    /** What the names of a study's files begin with. */
    static String stem(Path path) {
        String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
        return Files.isDirectory(path) ? name : VolumeNames.stem(name);
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
        if (answer.whole() != null) {
            printed.put("network", options.network());
            printed.put("answer", answer.whole().toString());
        }
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
}
