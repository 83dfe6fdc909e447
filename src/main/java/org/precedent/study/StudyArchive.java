package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.access.ViewerConfig;
import org.precedent.dicomweb.Archive;
import org.precedent.dicomweb.DicomWebClient;
import org.precedent.dicomweb.DicomWebConfig;
import org.precedent.dicomweb.DicomWebException;
import org.precedent.imaging.format.dicom.KeptHeader;

/**
 * The archive that studies are asked for by their UID, and that segmentations go back to. Who may
 * name something of it is decided by the site that it belongs to; for everybody else it holds
 * nothing.
 */
@ApplicationScoped
public class StudyArchive {
    /** Modalities of objects that are no images, which nobody wants to have segmented. */
    private static final Set<String> NO_IMAGES =
            Set.of(
                    "SEG",
                    "SR",
                    "PR",
                    "KO",
                    "RTSTRUCT",
                    "RTPLAN",
                    "RTDOSE",
                    "RTRECORD",
                    "REG",
                    "FID",
                    "DOC",
                    "ECG",
                    "AU",
                    "ANN",
                    "PLAN",
                    "HD");

    private final DicomWebConfig config;
    private final ViewerConfig viewers;

    StudyArchive(DicomWebConfig config, ViewerConfig viewers) {
        this.config = config;
        this.viewers = viewers;
    }

    /**
     * A study of the archive.
     *
     * @param study its UID
     * @param series the UID of the series that is meant; null for the only one with images
     */
    public record Wanted(String study, @Nullable String series) {
        @Override
        public String toString() {
            return "a study of the archive"; // no identifiers in messages
        }
    }

    /**
     * A series that the archive has said it holds.
     *
     * @param instances how many objects; -1 where the archive does not say
     */
    public record Chosen(String study, String series, long instances) {
        /**
         * By what it is known among its patient's: the same each time, and not its UID.
         *
         * @param key of the site, that of {@link org.precedent.secret.Purpose#PSEUDONYMS}
         */
        public String name(byte[] key) {
            return KeptHeader.seriesName(key, series);
        }

        @Override
        public String toString() {
            return "a series of the archive"; // no identifiers in messages
        }
    }

    /** Whether a text is fit for the UID of a study or series. */
    public static boolean isUid(String text) {
        return text.length() <= 64 && text.matches("[0-9]+(\\.[0-9]+)+");
    }

    /** Whether there is an archive for a caller. */
    public boolean isFor(Scope scope) {
        return config.url().isPresent() && scope.owns(viewers.archiveSite());
    }

    /** A question to the archive; empty where it does not know what is asked for. */
    public interface Asking<T> {
        Optional<T> ask(DicomWebClient client);
    }

    /**
     * Asks the archive.
     *
     * @param field of the request that names the UID
     * @return empty where the archive does not know what is asked for
     * @throws StudyException ARCHIVE_AWAY, ARCHIVE_REFUSED
     */
    public <T> Optional<T> ask(String field, String uid, Asking<T> asking) {
        try (DicomWebClient client = new DicomWebClient(Archive.of(config).orElseThrow())) {
            return asking.ask(client);
        } catch (DicomWebException e) {
            // Its message has the archive's address, which is for the log.
            return switch (e.kind()) {
                case UNKNOWN -> Optional.empty();
                case BUSY -> throw StudyException.archiveAway(e);
                default -> throw StudyException.archiveRefused(field, uid, words(e), e);
            };
        }
    }

    private static String words(DicomWebException e) {
        return e.code().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /**
     * Finds the series that is meant.
     *
     * @throws StudyException UNKNOWN_STUDY where there is no such study for this caller;
     *     ARCHIVE_AWAY, ARCHIVE_REFUSED
     * @throws ServiceException BAD_PARAMETER where no UID is one, no archive is configured, or it
     *     cannot be told which series is meant
     */
    public Chosen choose(Scope scope, Wanted wanted) {
        requireUid("studyUid", wanted.study());
        if (wanted.series() != null) {
            requireUid("seriesUid", wanted.series());
        }
        if (config.url().isEmpty()) {
            throw ServiceException.badParameter(
                    "studyUid",
                    wanted.study(),
                    "an archive to ask: set precedent.dicomweb.url (PRECEDENT_DICOMWEB_URL)");
        }
        List<DicomWebClient.Series> all =
                isFor(scope)
                        ? ask(
                                        "studyUid",
                                        wanted.study(),
                                        client -> Optional.of(client.series(wanted.study())))
                                .orElse(List.of())
                        : List.of();
        if (all.isEmpty()) {
            throw StudyException.notInArchive(wanted.study());
        }
        List<DicomWebClient.Series> meant =
                all.stream()
                        .filter(series ->
                                wanted.series() == null
                                        ? !NO_IMAGES.contains(series.modality())
                                        : series.uid().equals(wanted.series()))
                        .toList();
        if (meant.size() != 1) {
            throw ServiceException.badParameter(
                    "seriesUid",
                    wanted.series() == null ? "" : wanted.series(),
                    (wanted.series() == null && meant.isEmpty()
                                    ? "the study has no series of images: "
                                    : "one of the study's series: ")
                            + listed(all));
        }
        DicomWebClient.Series series = meant.getFirst();
        return new Chosen(wanted.study(), series.uid(), series.instances());
    }

    private static String listed(List<DicomWebClient.Series> all) {
        return all.stream()
                .map(series ->
                        series.uid()
                                + " ("
                                + series.modality()
                                + (series.instances() < 0
                                        ? ")"
                                        : ", " + series.instances() + " objects)"))
                .collect(Collectors.joining(", "));
    }

    private static void requireUid(String field, String uid) {
        if (!isUid(uid)) {
            String shown = uid.length() > 80 ? uid.substring(0, 80) + "..." : uid;
            throw ServiceException.badParameter(
                    field, shown, "a UID: numbers with dots between, at most 64 characters");
        }
    }

    /**
     * Gets all objects of a series.
     *
     * @throws StudyException ARCHIVE_AWAY, ARCHIVE_REFUSED, also where it gives fewer than it lists
     */
    public void retrieve(Chosen series, StudyFiles.Taker taker) {
        int given =
                ask(
                                "seriesUid",
                                series.series(),
                                client -> {
                                    int[] number = new int[1];
                                    return Optional.of(
                                            client.retrieve(
                                                    series.study(),
                                                    series.series(),
                                                    object ->
                                                            taker.take(
                                                                    ++number[0] + ".dcm", object)));
                                })
                        .orElse(0);
        if (given == 0 || given < series.instances()) {
            throw StudyException.archiveRefused(
                    "seriesUid",
                    series.series(),
                    "it lists %d objects and gave %d".formatted(series.instances(), given),
                    null);
        }
    }

    /**
     * Gets a series into a folder that exists.
     *
     * @throws StudyException as {@link #retrieve}
     */
    public void pull(Chosen series, Path folder) {
        retrieve(series, (name, content) -> Files.copy(content, folder.resolve(name)));
    }

    /**
     * What became of an object that was sent to the archive.
     *
     * @param stored whether the archive holds it now
     * @param away whether it may be sent again later
     * @param reason why it is not stored; empty where it is
     */
    public record Pushed(boolean stored, boolean away, String reason) {}

    /** Stores a segmentation. */
    public Pushed push(byte[] segmentation) {
        try (DicomWebClient client = new DicomWebClient(Archive.of(config).orElseThrow())) {
            DicomWebClient.Stored stored = client.store(segmentation);
            return new Pushed(stored.stored(), false, stored.stored() ? "" : stored.reason());
        } catch (DicomWebException e) {
            boolean away = e.kind() == DomainException.Kind.BUSY;
            return new Pushed(
                    false,
                    away,
                    away
                            ? "the archive does not answer now"
                            : "the archive does not take it: " + words(e));
        }
    }

    /**
     * Stores a file.
     *
     * @throws IllegalStateException with the reason where the archive does not take it
     */
    public void push(Path file) throws IOException {
        Pushed pushed = push(Files.readAllBytes(file));
        if (!pushed.stored()) {
            throw new IllegalStateException(
                    file + " is not in the archive: " + pushed.reason() + " (`precedent push`)");
        }
    }
}
