package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.PrecedentConfig;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.AuditTrail;
import org.precedent.access.FileNames;
import org.precedent.access.Scope;
import org.precedent.catalog.Answer.SliceOfStudy;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Names;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.BurntIn;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.volume.AnatomicalPlane;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.imaging.volume.VolumeSlices;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.query.volume.VolumeQueries;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;

/**
 * Studies that are segmented in the background: taken, looked at, cancelled, and their results.
 * Everything about a study is checked before it is taken; once {@link #submit} returns, it survives
 * a crash, and goes on after one where it was.
 */
@ApplicationScoped
public class StudyJobs {
    /** Longer than any number of a slice, which follows the name in the record of an answer. */
    private static final String LONGEST_NUMBER = " slice 65535";

    private final StudyRows rows;
    private final StudyTurns turns;
    private final StudyService service;
    private final StudyWorker worker;
    private final StudyArchive archive;
    private final StudyResults results;
    private final AuditTrail audit;
    private final QueryService queries;
    private final VolumeQueries volumes;
    private final Catalog catalog;
    private final StudyFiles files;
    private final DataSecrets secrets;
    private final FileNames names;
    private final Clock clock;
    private final long quota;

    StudyJobs(
            StudyRows rows,
            StudyTurns turns,
            StudyService service,
            StudyWorker worker,
            StudyArchive archive,
            StudyResults results,
            AuditTrail audit,
            QueryService queries,
            VolumeQueries volumes,
            Catalog catalog,
            PrecedentConfig config,
            DataSecrets secrets,
            FileNames names,
            StudyConfig limits,
            Clock clock) {
        this.quota = limits.quota().asLongValue();
        this.rows = rows;
        this.turns = turns;
        this.service = service;
        this.worker = worker;
        this.archive = archive;
        this.results = results;
        this.audit = audit;
        this.queries = queries;
        this.volumes = volumes;
        this.catalog = catalog;
        this.files = new StudyFiles(config.dataDirectory(), Limits.VOLUMES);
        this.secrets = secrets;
        this.names = names;
        this.clock = clock;
    }

    /** Where a study comes from. */
    public sealed interface Origin {
        /** Files that were sent: of a volume, of one DICOM series, or a zip of either. */
        record Sent(List<StudyFiles.Sent> files) implements Origin {
            public Sent {
                files = List.copyOf(files);
            }
        }

        /**
         * A series of the archive.
         *
         * @param push whether the segmentation goes back there
         */
        record Archived(StudyArchive.Wanted wanted, boolean push) implements Origin {}
    }

    /**
     * A study to be segmented.
     *
     * @param name what answers call it; null for its file's name
     * @param axis along which it is cut; null for that of the pool's slices
     * @param modality where its file does not say it
     * @param series by which it is known among its patient's; null for its name without suffix, of
     *     a series of the archive for a keyed hash of its UID
     * @param burntIn whether its sender asserts that no name is burnt into its pixels
     * @param network of volumes that segments it at once; null for the pool's, slice by slice
     */
    public record Submission(
            Origin origin,
            @Nullable String name,
            @Nullable SliceAxis axis,
            String modality,
            @Nullable String series,
            BurntIn burntIn,
            @Nullable String network) {
        String shownName() {
            return name != null
                    ? name
                    : origin instanceof Origin.Sent sent && sent.files().size() == 1
                            ? sent.files().getFirst().name()
                            : "study";
        }
    }

    /** What is asked of every slice, as {@link #submit} wants it: its image is not looked at. */
    public static ImageSource noImage(String name) {
        return new ImageSource.Pixels(name, new Raster(1, 1, 1, 8, new short[1]));
    }

    /**
     * Takes a study.
     *
     * @param asked of every slice; its image is not looked at
     * @throws org.precedent.DomainException when anything about it is refused; nothing is stored
     *     then
     */
    public StudyJob submit(Scope scope, Query asked, Submission sent) {
        scope.require(Action.ASK);
        Task task = catalog.task(scope, asked.task());
        Pool pool = catalog.pool(scope, task, asked.pool());
        List<String> labels = service.labels(scope, asked);
        int version = queries.requireAskable(scope, asked);
        String network = sent.network();
        if (network != null) {
            volumes.requireAskable(scope, asked, network);
        }
        StudyRows.Owner owner = new StudyRows.Owner(scope.name(), scope.home(), scope.identity());
        rows.requireRoom(owner);
        long taken = files.bytes(rows.ids(owner));
        if (taken >= quota) {
            throw StudyException.quota(taken, quota);
        }
        UUID id = UUID.randomUUID();
        String said = Names.requireFileName(sent.shownName());
        String name =
                names.kept(
                        scope.home(),
                        said,
                        "study",
                        id,
                        said.substring(StudyResults.stem(said).length()));
        Names.requireFileName(name + LONGEST_NUMBER);
        Names.requireText("modality", sent.modality());
        StudyArchive.@Nullable Chosen chosen =
                sent.origin() instanceof Origin.Archived archived
                        ? archive.choose(scope, archived.wanted())
                        : null;
        SliceOfStudy first = new SliceOfStudy(series(sent, name, chosen), 0);
        try {
            files.keep(
                    id,
                    sent.origin() instanceof Origin.Sent these
                            ? StudyFiles.of(these.files())
                            : taker -> archive.retrieve(Objects.requireNonNull(chosen), taker),
                    quota - taken,
                    () -> StudyException.quota(taken, quota));
            boolean push = sent.origin() instanceof Origin.Archived archived && archived.push();
            Read read = read(scope, asked, sent, id);
            if (network != null) {
                Slicing slicing = read.slices().slicing();
                VolumeQueries.requireVolume(
                        name, read.slices().count(), slicing.width(), slicing.height());
            }
            if (push) {
                // What a segmentation could not refer to is refused before any slice is asked.
                results.alone(() -> StudySource.series(files.path(id), "push", name));
            }
            StudyJob job =
                    new StudyJob(
                            id,
                            task.name(),
                            pool.name(),
                            version,
                            name,
                            labels,
                            cut(read.slices()),
                            read.slices().count(),
                            0,
                            StudyJob.State.QUEUED,
                            null,
                            "",
                            null,
                            clock.instant(),
                            null,
                            0,
                            null,
                            null,
                            push ? StudyJob.Push.PENDING : null,
                            network,
                            read.dicom(),
                            List.of());
            StudyRows.Question question =
                    new StudyRows.Question(
                            asked.supportSize(),
                            asked.temperature() == null ? null : asked.temperature().word(),
                            asked.strategy().word(),
                            asked.seed(),
                            asked.site(),
                            asked.patient() == null ? read.patient() : asked.patient(),
                            asked.nearDuplicates() == Query.NearDuplicates.ALLOW,
                            asked.closeUp(),
                            first.series(),
                            sent.modality(),
                            network);
            rows.add(
                    new StudyRows.Row(job, owner, question),
                    new StudyRows.Place(files.home(), task.id(), pool.id()));
            if (sent.burntIn() == BurntIn.ALLOWED) {
                audit.record(scope, BurntIn.audited(), "/v1/studies/" + id, List.of(), "asserted");
            }
            worker.wake();
            return job;
        } catch (RuntimeException | Error e) {
            files.remove(id);
            throw e;
        }
    }

    private String series(Submission sent, String name, StudyArchive.@Nullable Chosen chosen) {
        if (sent.series() != null) {
            return sent.series();
        }
        return chosen == null
                ? StudyResults.stem(name)
                : chosen.name(secrets.key(Purpose.PSEUDONYMS));
    }

    private record Read(VolumeSlices slices, @Nullable String patient, boolean dicom) {}

    private Read read(Scope scope, Query asked, Submission sent, UUID id) {
        String part = sent.origin() instanceof Origin.Archived ? "studyUid" : "study";
        return results.alone(() ->
                ImagingException.about(
                        "study (part " + part + ")",
                        Map.of("part", part),
                        () -> {
                            StudySource source =
                                    StudySource.read(
                                            files.path(id),
                                            files.content(id),
                                            secrets.key(Purpose.PSEUDONYMS),
                                            sent.burntIn());
                            SliceAxis axis =
                                    Optional.ofNullable(sent.axis())
                                            .or(() ->
                                                    service.axis(
                                                            scope,
                                                            asked.task(),
                                                            asked.pool(),
                                                            source.study().volume().grid()))
                                            .orElse(SliceAxis.WIDEST);
                            return new Read(
                                    new VolumeSlices(
                                            source.study().volume(), axis, sent.modality()),
                                    source.patient(),
                                    source.dicom());
                        }));
    }

    private static StudyJob.Cut cut(VolumeSlices slices) {
        Slicing slicing = slices.slicing();
        double[] spacing = slicing.spacingMm();
        return new StudyJob.Cut(
                "ijk".substring(slicing.axis(), slicing.axis() + 1),
                slicing.plane()
                        .map(AnatomicalPlane::name)
                        .map(plane -> plane.toLowerCase(Locale.ROOT))
                        .orElse(null),
                slices.range().low(),
                slices.range().high(),
                spacing[0] * spacing[1] * spacing[2]);
    }

    /**
     * How far a study is, with its slices' answers.
     *
     * @throws StudyException UNKNOWN_STUDY where whoever asks may not read its answers
     */
    public StudyJob find(Scope scope, UUID id) {
        return require(scope, id).job();
    }

    private StudyRows.Row require(Scope scope, UUID id) {
        return rows.find(id)
                .filter(row ->
                        scope.readsAnswer(
                                row.job().task(), row.owner().askedBy(), row.owner().askedSite()))
                .orElseThrow(() -> StudyException.unknown(id));
    }

    /**
     * Ends a study that waits or runs, at the latest after the slice that is being answered; of one
     * that has ended, files and result go at once. The answers of its slices stay.
     *
     * @return the study as it was left
     * @throws StudyException UNKNOWN_STUDY
     */
    public StudyJob cancel(Scope scope, UUID id) {
        scope.require(Action.ASK);
        StudyJob.State before = require(scope, id).job().state();
        if (turns.cancelled(id)) {
            if (before == StudyJob.State.RUNNING) {
                worker.cancelled(id);
            } else {
                files.remove(id);
            }
            return require(scope, id).job();
        }
        StudyJob last = require(scope, id).job();
        turns.remove(id);
        files.remove(id);
        return last;
    }

    /** A result: one file, or several of which each has a name. */
    public record Result(
            StudyJob job, StudyFormat format, String stem, List<StudyFormat.Written> files) {
        public Result {
            files = List.copyOf(files);
        }
    }

    /**
     * The label map of a study that is done, on exactly the grid of what was sent. It is made anew
     * from the answers of its slices, the same bytes every time; patient and study of a DICOM
     * segmentation come from the files that were sent.
     *
     * @param format null for NRRD of NRRD, else NIfTI
     * @throws StudyException UNKNOWN_STUDY, STUDY_NOT_DONE
     * @throws ServiceException BAD_PARAMETER when a DICOM segmentation is asked of no DICOM
     */
    public Result result(Scope scope, UUID id, @Nullable StudyFormat format) {
        return results.of(find(scope, id), format);
    }

    /**
     * The volume of a study, to be looked at: gzipped NIfTI with the samples, values and grid of
     * what was sent, and nothing else of it.
     *
     * @throws StudyException UNKNOWN_STUDY; STUDY_NOT_DONE where it failed or was cancelled
     */
    public byte[] image(Scope scope, UUID id) {
        return results.image(find(scope, id));
    }
}
