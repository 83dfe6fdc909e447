package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.DomainException;
import org.precedent.PrecedentConfig;
import org.precedent.ServiceException;
import org.precedent.Sha256;
import org.precedent.access.Action;
import org.precedent.access.RepeatedRequests;
import org.precedent.access.Scope;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.curation.AnswerLoop;
import org.precedent.dicomweb.DicomWebException;
import org.precedent.dicomweb.MultipartReader;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.format.DicomObjects;
import org.precedent.imaging.format.LabelMasks;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.study.StudyObjects.Stored;

/**
 * Segmentations that a viewer stores of a study which is offered here: they correct the recorded
 * answers of its slices. Task, pool and labels are the study's; what is corrected is every slice
 * and label whose mask differs from what was offered, and what does not differ says nothing. The
 * object itself is not kept: it names a patient, and what is new in it is in the annotations.
 */
@ApplicationScoped
public class StudyCorrections {
    /** Objects of one request. */
    static final int MOST_PARTS = 100;

    private static final Set<String> SEGMENTATIONS =
            Set.of("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7");

    private static final String SOP_CLASS = "00080016";
    private static final String MODALITY = "00080060";
    private static final String REFERENCED_SERIES = "00081115";
    private static final String REFERENCED_INSTANCE = "00081155";

    /** Sequences that name the images which a segmentation is of. */
    private static final List<String> REFERENCES =
            List.of(REFERENCED_SERIES, "00082112", "52009229", "52009230");

    private static final String WHY = "a segmentation that a viewer stored";

    private final StudyRows rows;
    private final StudyObjects objects;
    private final StudyResults results;
    private final StudyService service;
    private final AnswerLoop loop;
    private final RepeatedRequests requests;
    private final StudyFiles files;

    StudyCorrections(
            StudyRows rows,
            StudyObjects objects,
            StudyResults results,
            StudyService service,
            AnswerLoop loop,
            RepeatedRequests requests,
            PrecedentConfig config) {
        this.rows = rows;
        this.objects = objects;
        this.results = results;
        this.service = service;
        this.loop = loop;
        this.requests = requests;
        this.files = new StudyFiles(config.dataDirectory(), Limits.VOLUMES);
    }

    /**
     * What became of an object that was sent.
     *
     * @param sopClass its UIDs; empty where it has none
     * @param study likewise
     * @param job whose answers it corrects; null where it is not taken
     * @param code why it is not taken (PS3.18, table I.2-2); 0 where it is
     * @param reason in words; empty where it is
     */
    public record Outcome(
            String sopClass,
            String instance,
            String study,
            @Nullable UUID job,
            int code,
            String reason) {
        /** Whether all that is new in it is kept. */
        public boolean isTaken() {
            return code == 0;
        }

        @Override
        public String toString() {
            return isTaken() ? "taken" : reason; // no identifiers in messages
        }
    }

    /**
     * Takes the objects of a request, each of them wholly or not at all.
     *
     * @param study the UID that all of them must be of; null for any
     * @param contentType of the body, {@code multipart/related} with its boundary
     * @return what became of each, in their order
     * @throws org.precedent.access.AccessException for whoever may not judge answers
     * @throws ServiceException BAD_PARAMETER where the body is none, holds no part or more than
     *     {@link #MOST_PARTS}; nothing of it is taken then
     */
    public List<Outcome> take(
            Scope scope, @Nullable String study, String contentType, InputStream body) {
        scope.require(Action.JUDGE);
        UUID spool = UUID.randomUUID();
        try {
            List<String> names = keep(spool, contentType, body);
            List<Outcome> outcomes = new ArrayList<>();
            for (String name : names) {
                outcomes.add(take(scope, study, files.content(spool).resolve(name), outcomes));
            }
            return outcomes;
        } finally {
            files.remove(spool);
        }
    }

    /** Everything is read first: what a broken body holds is not half taken. */
    private List<String> keep(UUID spool, String contentType, InputStream body) {
        List<String> names = new ArrayList<>();
        try {
            files.keep(
                    spool,
                    taker -> {
                        MultipartReader reader =
                                new MultipartReader(
                                        body,
                                        "the body",
                                        contentType,
                                        Limits.VOLUMES.maxFileBytes());
                        for (MultipartReader.Part part = reader.next();
                                part != null;
                                part = reader.next()) {
                            if (names.size() == MOST_PARTS) {
                                throw ServiceException.badParameter(
                                        "parts", "more than " + MOST_PARTS, "send fewer at once");
                            }
                            names.add("part " + (names.size() + 1));
                            taker.take(names.getLast(), part.body());
                        }
                    });
        } catch (DicomWebException e) {
            throw ServiceException.badParameter(
                    "body", "multipart/related", String.valueOf(e.getMessage()));
        }
        if (names.isEmpty()) {
            throw ServiceException.badParameter("body", "no part", "send at least one object");
        }
        return names;
    }

    private Outcome take(Scope scope, @Nullable String study, Path part, List<Outcome> before) {
        String sopClass = "";
        String instance = "";
        String of = "";
        try {
            Stored sent = read(part);
            sopClass = text(sent, SOP_CLASS);
            instance = sent.instance();
            of = sent.study();
            return new Outcome(sopClass, instance, of, taken(scope, study, sent), 0, "");
        } catch (NotTaken e) {
            return new Outcome(sopClass, instance, of, null, e.code(), e.reason());
        } catch (DomainException e) {
            if (e.kind() == DomainException.Kind.DAMAGED
                    || (e.kind() == DomainException.Kind.BUSY
                            && before.stream().noneMatch(Outcome::isTaken))) {
                throw e; // the whole request may come again
            }
            return new Outcome(
                    sopClass, instance, of, null, code(e), String.valueOf(e.getMessage()));
        }
    }

    private static int code(DomainException e) {
        if (e instanceof ImagingException refusal) {
            return switch ((ImagingException.Code) refusal.code()) {
                case SERIES, GRID, MASK_SIZE, MASK_VALUE, MASK_EMPTY -> NotTaken.INVALID_VALUE;
                case TOO_MANY_BYTES, TOO_MANY_PIXELS, TOO_LONG_SIDE, OUT_OF_MEMORY ->
                        NotTaken.OUT_OF_RESOURCES;
                default -> NotTaken.CANNOT_UNDERSTAND;
            };
        }
        return switch (e.kind()) {
            case FORBIDDEN -> NotTaken.NOT_AUTHORIZED;
            case UNKNOWN -> NotTaken.NO_SUCH_OBJECT;
            case BUSY, TOO_LARGE -> NotTaken.OUT_OF_RESOURCES;
            default -> NotTaken.PROCESSING_FAILURE;
        };
    }

    private static Stored read(Path part) {
        return DicomObjects.read(part)
                .map(object -> new Stored(new UUID(0, 0), part, object.header()))
                .orElseThrow(
                        () -> new NotTaken(NotTaken.CANNOT_UNDERSTAND, "it is no DICOM object"));
    }

    // ---- one object

    /** Takes what is new in a segmentation; returns whose answers it corrects. */
    private UUID taken(Scope scope, @Nullable String study, Stored sent) {
        if (!SEGMENTATIONS.contains(text(sent, SOP_CLASS))) {
            throw new NotTaken(
                    NotTaken.CLASS_NOT_SUPPORTED,
                    "it is no segmentation: nothing else is stored here");
        }
        if (!StudyArchive.isUid(sent.instance())) {
            throw new NotTaken(NotTaken.CANNOT_UNDERSTAND, "it has no SOP Instance UID");
        }
        if (study != null && !study.equals(sent.study())) {
            throw new NotTaken(
                    NotTaken.INVALID_VALUE, "it is of another study than the address names");
        }
        Set<String> referred = new HashSet<>();
        REFERENCES.forEach(tag -> collect(sent.header().get(tag), referred));
        Map<UUID, List<Stored>> offered =
                objects.of(scope, sent.study()).stream()
                        .collect(
                                Collectors.groupingBy(
                                        Stored::job, LinkedHashMap::new, Collectors.toList()));
        List<UUID> jobs = sources(offered, referred);
        String content = sha256(sent.file());
        for (List<Stored> all : offered.values()) {
            requireNew(sent, content, all);
        }
        Target target = results.alone(() -> target(jobs, sent));
        try {
            requests.once(
                    scope,
                    "stow-" + Sha256.of(sent.instance()),
                    content,
                    () -> {
                        correct(
                                scope,
                                target,
                                modality(offered.getOrDefault(target.row().job().id(), List.of())),
                                referred);
                        return new RepeatedRequests.Reply(200, "", target.row().job().id(), false);
                    });
        } catch (ServiceException e) {
            if (e.code() == ServiceException.Code.KEY_REUSED) {
                throw duplicate();
            }
            throw e;
        }
        return target.row().job().id();
    }

    private static NotTaken duplicate() {
        return new NotTaken(
                NotTaken.DUPLICATE,
                "another object of this SOP Instance UID is here: what is changed needs a new one");
    }

    private static void requireNew(Stored sent, String content, List<Stored> offered) {
        for (Stored one : offered) {
            if (one.instance().equals(sent.instance()) && !content.equals(sha256(one.file()))) {
                throw duplicate();
            }
        }
    }

    private static String sha256(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Sha256.of(in);
        } catch (IOException e) {
            throw StudyException.notKept(); // it went meanwhile
        }
    }

    /** The studies here whose images a segmentation refers to, the latest first. */
    private static List<UUID> sources(Map<UUID, List<Stored>> offered, Set<String> referred) {
        if (referred.isEmpty()) {
            throw new NotTaken(
                    NotTaken.NO_SUCH_OBJECT,
                    "it refers to no image: its Referenced Series Sequence (0008,1115) says which it is of");
        }
        Set<String> unknown = new HashSet<>(referred);
        List<UUID> jobs = new ArrayList<>();
        offered.forEach((job, all) -> {
            Set<String> images =
                    all.stream()
                            .filter(one -> !SEGMENTATIONS.contains(text(one, SOP_CLASS)))
                            .map(Stored::instance)
                            .collect(Collectors.toSet());
            unknown.removeAll(images);
            if (images.containsAll(referred)) {
                jobs.add(job);
            }
        });
        if (jobs.isEmpty()) {
            throw new NotTaken(
                    NotTaken.NO_SUCH_OBJECT,
                    unknown.isEmpty()
                            ? "it refers to images of several series: send one object a series"
                            : "it refers to %d images, %d of them of no study that was segmented here and is kept for whoever sends it"
                                    .formatted(referred.size(), unknown.size()));
        }
        return jobs;
    }

    /** Every SOP Instance UID that is referred to in a sequence, however deep. */
    private static void collect(@Nullable Object element, Set<String> uids) {
        if (element instanceof Map<?, ?> of && of.get("Value") instanceof List<?> items) {
            for (Object item : items) {
                if (item instanceof Map<?, ?> set) {
                    if (set.get(REFERENCED_INSTANCE) instanceof Map<?, ?> uid
                            && uid.get("Value") instanceof List<?> values
                            && !values.isEmpty()) {
                        uids.add(String.valueOf(values.getFirst()));
                    }
                    set.values().forEach(inner -> collect(inner, uids));
                }
            }
        }
    }

    // ---- whose answers

    /**
     * What a segmentation corrects.
     *
     * @param drawn by label, as the study calls it
     */
    private record Target(StudyRows.Row row, SourceSeries source, Map<String, BitSet> drawn) {}

    /** The only study, or the latest of those asked of one pool, that was asked for the labels. */
    private Target target(List<UUID> jobs, Stored sent) {
        List<Target> fitting = new ArrayList<>();
        Set<String> asked = new HashSet<>();
        Set<String> drawn = new HashSet<>();
        for (UUID id : jobs) {
            StudyRows.Row row = rows.find(id).orElseThrow(StudyException::notKept);
            SourceSeries source = StudySource.series(files.path(id), "study", row.job().name());
            LabelMasks masks = masks(sent, row, source);
            masks.labels().forEach(label -> drawn.add(label.name()));
            asked.addAll(row.job().labels());
            if (masks.labels().stream().allMatch(one -> known(row.job(), one.name()) != null)) {
                fitting.add(new Target(row, source, named(row.job(), masks)));
            }
        }
        if (fitting.isEmpty()) {
            throw new NotTaken(
                    NotTaken.INVALID_VALUE,
                    "its segments are %s, and the study was asked for %s"
                            .formatted(sorted(drawn), sorted(asked)));
        }
        Set<String> pools =
                fitting.stream()
                        .map(one -> one.row().job().task() + "/" + one.row().job().pool())
                        .collect(Collectors.toSet());
        if (pools.size() > 1) {
            throw new NotTaken(
                    NotTaken.INVALID_VALUE,
                    "the study was asked of %s, and the segments do not say which is meant: correct it by POST /v1/curation/segmentations/ID/corrections"
                            .formatted(sorted(pools)));
        }
        return fitting.getFirst();
    }

    private LabelMasks masks(Stored sent, StudyRows.Row row, SourceSeries source) {
        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
            return converter.read(
                    sent.file(),
                    new MaskConverter.Source(row.job().name(), source.grid(), source, null),
                    new MaskConverter.Naming(Map.of(), Set.of()));
        }
    }

    private static @Nullable String known(StudyJob job, String label) {
        return job.labels().stream()
                .filter(one -> CanonicalNames.same(one, label))
                .findFirst()
                .orElse(null);
    }

    private static Map<String, BitSet> named(StudyJob job, LabelMasks masks) {
        Map<String, BitSet> drawn = new LinkedHashMap<>();
        for (LabelMasks.Label label : masks.labels()) {
            String own = String.valueOf(known(job, label.name()));
            if (drawn.put(own, label.inside()) != null) {
                throw new NotTaken(
                        NotTaken.INVALID_VALUE, "two segments are \"" + own + "\": join them");
            }
        }
        return drawn;
    }

    private static List<String> sorted(Set<String> names) {
        return names.stream().sorted().toList();
    }

    // ---- what is kept

    /** What the images say that they are; empty where they do not. */
    private static String modality(List<Stored> offered) {
        return offered.stream()
                .filter(one -> !SEGMENTATIONS.contains(text(one, SOP_CLASS)))
                .map(one -> text(one, MODALITY))
                .findFirst()
                .orElse("");
    }

    private void correct(Scope scope, Target target, String modality, Set<String> referred) {
        StudyRows.Row row = target.row();
        StudyJob job = row.job();
        if (job.volumeNetwork() != null) {
            throw new NotTaken(
                    NotTaken.PROCESSING_FAILURE,
                    "%s answered the whole volume at once, and corrections are of slices: ask the study without a network"
                            .formatted(job.volumeNetwork()));
        }
        Slicing slicing = Slicing.of(target.source().grid(), SliceAxis.of(job.cut().axis()));
        LabelMap offered = service.labels(slicing, job.labels(), rows.masks(job.id()));
        Map<UUID, Map<String, Mask>> changed =
                new DrawnChanges(slicing, offered, target.source(), target.drawn(), referred)
                        .of(job.answers());
        loop.correctAll(
                changed,
                new AnswerLoop.Origin(
                        null,
                        null,
                        modality.isEmpty() ? row.question().modality() : modality,
                        null),
                Because.of(scope, WHY));
    }

    private static String text(Stored object, String tag) {
        return object.header().get(tag) instanceof Map<?, ?> element
                        && element.get("Value") instanceof List<?> values
                        && !values.isEmpty()
                ? String.valueOf(values.getFirst())
                : "";
    }
}
