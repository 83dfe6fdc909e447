package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.precedent.DomainException;
import org.precedent.PrecedentConfig;
import org.precedent.access.Scope;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.DicomObjects;
import org.precedent.imaging.format.dicom.DicomObject;

/**
 * The DICOM objects of studies that are done and kept: what was sent, and the segmentation of it.
 * They are there for whoever may read the study's answers, and go with the study. Their UIDs and
 * names are read from the files whenever somebody asks, and are in no table.
 */
@ApplicationScoped
public class StudyObjects {
    /** Studies whose headers stay in memory. */
    private static final int REMEMBERED = 16;

    private final StudyRows rows;
    private final StudyResults results;
    private final StudyFiles files;

    private final Map<UUID, List<Stored>> remembered =
            Collections.synchronizedMap(
                    new LinkedHashMap<>(REMEMBERED, 0.75f, true) {
                        private static final long serialVersionUID = 1L;

                        @Override
                        protected boolean removeEldestEntry(Map.Entry<UUID, List<Stored>> eldest) {
                            return size() > REMEMBERED;
                        }
                    });

    StudyObjects(StudyRows rows, StudyResults results, PrecedentConfig config) {
        this.rows = rows;
        this.results = results;
        this.files = new StudyFiles(config.dataDirectory(), Limits.VOLUMES);
    }

    /**
     * One object.
     *
     * @param job the study that it is of
     * @param header in DICOM's JSON model
     */
    public record Stored(UUID job, Path file, Map<String, Object> header) {
        /** Its UIDs. */
        public String study() {
            return text("0020000D");
        }

        public String series() {
            return text("0020000E");
        }

        public String instance() {
            return text("00080018");
        }

        private String text(String tag) {
            return header.get(tag) instanceof Map<?, ?> element
                            && element.get("Value") instanceof List<?> values
                            && !values.isEmpty()
                    ? String.valueOf(values.getFirst())
                    : "";
        }

        /** The file as it is handed out: uncompressed ones explicit VR little endian. */
        public byte[] bytes() {
            return read().file();
        }

        /** The UID of how it is encoded then. */
        public String syntax() {
            return text("00083002");
        }

        /** The object with its pixels. */
        public DicomObject read() {
            try {
                return DicomObjects.read(file).orElseThrow(() -> StudyException.unknown(job));
            } catch (ImagingException e) {
                if (Files.exists(file)) {
                    throw e;
                }
                throw StudyException.unknown(job);
            }
        }
    }

    /**
     * A study that is kept.
     *
     * @param first the first object that was sent
     * @param instances how many were sent
     */
    public record Kept(Stored first, int instances) {}

    /** What is kept for somebody, the latest first. */
    public List<Kept> kept(Scope scope) {
        List<Kept> kept = new ArrayList<>();
        for (StudyJob job : readable(scope)) {
            List<Path> content = content(job.id());
            first(job, content).ifPresent(first -> kept.add(new Kept(first, content.size())));
        }
        return kept;
    }

    /** The objects of the study of a UID that are there for somebody, segmentations last. */
    public List<Stored> of(Scope scope, String study) {
        List<Stored> found = new ArrayList<>();
        for (StudyJob job : readable(scope)) {
            List<Path> content = content(job.id());
            if (first(job, content).filter(first -> first.study().equals(study)).isPresent()) {
                found.addAll(all(job, content));
            }
        }
        return found;
    }

    private List<StudyJob> readable(Scope scope) {
        return rows.done(files.home()).stream()
                .filter(row ->
                        scope.readsAnswer(
                                row.job().task(), row.owner().askedBy(), row.owner().askedSite()))
                .map(StudyRows.Row::job)
                .filter(job -> files.has(job.id()))
                .toList();
    }

    /** One file tells whether the rest is worth reading; empty of what is no DICOM. */
    private Optional<Stored> first(StudyJob job, List<Path> content) {
        List<Stored> known = remembered.get(job.id());
        if (known != null) {
            return Optional.of(known.getFirst());
        }
        return content.isEmpty() ? Optional.empty() : stored(job, content.getFirst());
    }

    private static Optional<Stored> stored(StudyJob job, Path file) {
        try {
            return DicomObjects.read(file)
                    .map(object -> new Stored(job.id(), file, object.header()));
        } catch (ImagingException e) {
            return Optional.empty(); // it went meanwhile; it was read before
        }
    }

    private List<Stored> all(StudyJob job, List<Path> content) {
        List<Stored> known = remembered.get(job.id());
        if (known != null) {
            return known;
        }
        List<Stored> objects = new ArrayList<>();
        content.forEach(file -> stored(job, file).ifPresent(objects::add));
        segmentation(job).flatMap(file -> stored(job, file)).ifPresent(objects::add);
        if (!objects.isEmpty()) {
            remembered.put(job.id(), List.copyOf(objects));
        }
        return objects;
    }

    /** The segmentation, written once beside what was sent; empty where there can be none. */
    private Optional<Path> segmentation(StudyJob job) {
        Path file = files.beside(job.id(), "segmentation.dcm");
        if (Files.exists(file)) {
            return Optional.of(file);
        }
        try {
            byte[] bytes = results.of(job, StudyFormat.DICOM_SEG).files().getFirst().bytes();
            Path part = Files.createTempFile(file.getParent(), "segmentation", ".part");
            Files.write(part, bytes);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            return Optional.of(file);
        } catch (DomainException e) {
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty(); // the study went meanwhile
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    private List<Path> content(UUID id) {
        try (Stream<Path> all = Files.list(files.content(id))) {
            return all.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            return List.of(); // it went meanwhile
        }
    }
}
