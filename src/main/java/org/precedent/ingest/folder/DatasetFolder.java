package org.precedent.ingest.folder;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.format.VolumeNames;
import org.precedent.ingest.folder.DatasetException.Code;
import org.precedent.ingest.folder.NotTaken.Reason;

/**
 * A folder of annotated images: the pairs that were found and what stayed alone. Only names are
 * read here.
 *
 * @param cases images with at least one mask file, in natural order of their ids
 * @param labels the labels asked for, or all that have a folder and a name that can be a label
 * @param notTaken what is not taken, and why: images without masks and masks without images, files
 *     of other types, names that stand for two files
 * @param passedOver what systems leave behind, counted
 */
public record DatasetFolder(
        List<Case> cases, List<String> labels, List<NotTaken> notTaken, PassedOver passedOver) {

    public DatasetFolder {
        cases = List.copyOf(cases);
        labels = List.copyOf(labels);
        notTaken = List.copyOf(notTaken);
    }

    /**
     * Who is told, and who decides, while a folder is read.
     *
     * @param seen told how many files and folders were looked at so far, often
     * @param label why a folder's name cannot be a label; empty where it can
     */
    public record Attendants(LongConsumer seen, Function<String, Optional<String>> label) {
        /** Tells nobody and takes every name. */
        public static final Attendants NONE =
                new Attendants(entries -> {}, name -> Optional.empty());
    }

    /** As {@link #read(Path, String, MaskLayout, Pattern, Attendants)}, without attendants. */
    public static DatasetFolder read(
            Path base, String imagesGlob, MaskLayout layout, @Nullable Pattern patient) {
        return read(base, imagesGlob, layout, patient, Attendants.NONE);
    }

    /**
     * Pairs images and masks by file name without suffix. Names are compared in Unicode's composed
     * form. What cannot be taken is named in {@link #notTaken}; the rest goes on.
     *
     * @param base what relative globs and folders start from
     * @param imagesGlob which files are images; {@code **} crosses folders
     * @param layout where the masks are
     * @param patient found in an id, its one group is the patient; null where every image is of
     *     another patient
     * @throws DatasetException when nothing matches, a label asked for has no folder, or no image
     *     is left that has a mask, an id of its own and a patient
     */
    public static DatasetFolder read(
            Path base,
            String imagesGlob,
            MaskLayout layout,
            @Nullable Pattern patient,
            Attendants attendants) {
        if (patient != null && patient.matcher("").groupCount() != 1) {
            throw new DatasetException(
                    Code.PATIENT_PATTERN,
                    "patient pattern "
                            + patient
                            + " has "
                            + patient.matcher("").groupCount()
                            + " groups; it needs one, e.g. ^(\\d+)_",
                    "patient",
                    patient.toString(),
                    null);
        }
        if (!Files.isDirectory(base) && !imagesGlob.startsWith("/")) {
            throw new DatasetException(
                    Code.NO_FOLDER,
                    Files.exists(base)
                            ? base + " is a file, not a folder of images and masks"
                            : "there is no folder " + base + " (" + base.toAbsolutePath() + ")",
                    "folder",
                    base.toString(),
                    null);
        }
        return new FolderReader(base, attendants).read(imagesGlob, layout, patient);
    }

    /** Images that no mask file belongs to, in natural order. */
    public List<Path> imagesWithoutMask() {
        return notTaken(Reason.NO_MASK);
    }

    /** Mask files that no image belongs to, in natural order. */
    public List<Path> masksWithoutImage() {
        return notTaken(Reason.NO_IMAGE);
    }

    private List<Path> notTaken(Reason reason) {
        return notTaken.stream().filter(one -> one.reason() == reason).map(NotTaken::path).toList();
    }

    /**
     * What pairs images and masks: the name without its suffix, in composed form; of a folder that
     * holds a study, its whole name.
     */
    static String id(Path file) {
        String name = Glob.composed(file.getFileName().toString());
        return Files.isDirectory(file) ? name : VolumeNames.stem(name);
    }
}
