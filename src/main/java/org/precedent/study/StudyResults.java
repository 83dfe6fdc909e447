package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.BuildVersion;
import org.precedent.PrecedentConfig;
import org.precedent.ServiceException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.BurntIn;
import org.precedent.imaging.format.VolumeNames;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;

/**
 * Results of studies that are done. They are made anew from the answers of the slices and the files
 * that were sent, the same bytes every time.
 */
@ApplicationScoped
class StudyResults {
    private final StudyRows rows;
    private final StudyService service;
    private final StudyFiles files;
    private final DataSecrets secrets;

    /** Whole volumes are read into memory: one at a time, besides those that are segmented. */
    private final Semaphore reading = new Semaphore(1, true);

    StudyResults(
            StudyRows rows, StudyService service, PrecedentConfig config, DataSecrets secrets) {
        this.rows = rows;
        this.service = service;
        this.files = new StudyFiles(config.dataDirectory(), Limits.VOLUMES);
        this.secrets = secrets;
    }

    /** Reads a volume while nobody else does. */
    <T> T alone(Supplier<T> read) {
        reading.acquireUninterruptibly();
        try {
            return read.get();
        } finally {
            reading.release();
        }
    }

    /**
     * The label map of a study, on exactly the grid of what was sent.
     *
     * @param format null for NRRD of NRRD, else NIfTI
     * @throws StudyException STUDY_NOT_DONE
     * @throws ServiceException BAD_PARAMETER when a DICOM segmentation is asked of no DICOM
     */
    StudyJobs.Result of(StudyJob job, @Nullable StudyFormat format) {
        if (job.state() != StudyJob.State.DONE || !files.has(job.id())) {
            throw StudyException.notDone(job, "result");
        }
        StudyFormat asked = Objects.requireNonNullElse(format, StudyFormat.usual(job.name()));
        return alone(() ->
                new StudyJobs.Result(
                        job,
                        asked,
                        stem(job.name()),
                        asked == StudyFormat.DICOM_SEG ? segmentation(job) : labelMap(job, asked)));
    }

    /**
     * The volume as it was sent, as gzipped NIfTI without names.
     *
     * @throws StudyException STUDY_NOT_DONE where its files are gone
     */
    byte[] image(StudyJob job) {
        if (!files.has(job.id())) {
            throw StudyException.notDone(job, "volume");
        }
        return alone(() -> source(job).study().image());
    }

    private List<StudyFormat.Written> segmentation(StudyJob job) {
        SourceSeries series = StudySource.series(files.path(job.id()), "as", job.name());
        byte[] bytes =
                StudyFormat.segmentation(
                        series,
                        labels(job, source(job)),
                        job.network(),
                        BuildVersion.current(),
                        time(job));
        return List.of(
                new StudyFormat.Written(stem(job.name()) + StudyFormat.DICOM_SEG.suffix(), bytes));
    }

    private List<StudyFormat.Written> labelMap(StudyJob job, StudyFormat format) {
        StudySource source = source(job);
        return format.write(
                source.study(), slicing(job, source), labels(job, source), stem(job.name()));
    }

    private StudySource source(StudyJob job) {
        return StudySource.read(
                files.path(job.id()),
                files.content(job.id()),
                secrets.key(Purpose.PSEUDONYMS),
                BurntIn.ALLOWED); // it was looked at when it was taken
    }

    private static Slicing slicing(StudyJob job, StudySource source) {
        return Slicing.of(source.study().volume().grid(), SliceAxis.of(job.cut().axis()));
    }

    private LabelMap labels(StudyJob job, StudySource source) {
        return service.labels(slicing(job, source), job.labels(), rows.masks(job.id()));
    }

    /** A name without the suffix of a volume. */
    static String stem(String name) {
        return VolumeNames.isVolume(name) ? VolumeNames.stem(name) : name;
    }

    private static LocalDateTime time(StudyJob job) {
        Instant ended = Objects.requireNonNull(job.endedAt());
        return LocalDateTime.ofInstant(ended, ZoneId.systemDefault());
    }
}
