package org.precedent.ingest.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.precedent.ingest.folder.DatasetException.Code;

/**
 * A folder of annotated images: the pairs that were found and what stayed alone. Only names are
 * read here.
 *
 * @param cases images with at least one mask file, in natural order of their ids
 * @param labels the labels asked for, or all that have a folder
 * @param imagesWithoutMask images that no mask file belongs to: skipped, in natural order
 * @param masksWithoutImage mask files that no image belongs to, in natural order
 */
public record DatasetFolder(
        List<Case> cases,
        List<String> labels,
        List<Path> imagesWithoutMask,
        List<Path> masksWithoutImage) {

    public DatasetFolder {
        cases = List.copyOf(cases);
        labels = List.copyOf(labels);
        imagesWithoutMask = List.copyOf(imagesWithoutMask);
        masksWithoutImage = List.copyOf(masksWithoutImage);
    }

    /**
     * Pairs images and masks by file name without suffix.
     *
     * @param base what relative globs and folders start from
     * @param imagesGlob which files are images; {@code **} crosses folders
     * @param layout where the masks are
     * @param patient found in an id, its one group is the patient; null where every image is of
     *     another patient
     * @throws DatasetException when nothing matches, a label has no folder, an id occurs twice or
     *     has no patient
     */
    public static DatasetFolder read(
            Path base, String imagesGlob, MaskLayout layout, @Nullable Pattern patient) {
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
        Map<String, Path> images = byId(Glob.images(base, imagesGlob), "images");
        if (images.isEmpty()) {
            throw new DatasetException(
                    Code.NO_IMAGES,
                    "no image matches " + imagesGlob + " (from " + base.toAbsolutePath() + ")",
                    "images",
                    imagesGlob,
                    null);
        }
        return switch (layout) {
            case MaskLayout.LabelFolders folders -> {
                Map<String, Map<String, Path>> byLabel = labelFolders(base, folders);
                yield pair(
                        images,
                        List.copyOf(byLabel.keySet()),
                        id -> {
                            Map<String, Path> files = new LinkedHashMap<>();
                            byLabel.forEach((label, byId) -> {
                                Path file = byId.get(id);
                                if (file != null) {
                                    files.put(label, file);
                                }
                            });
                            return files.isEmpty() ? null : new Case.Masks.Files(files);
                        },
                        byLabel.values(),
                        patient);
            }
            case MaskLayout.LabelMaps maps -> {
                Map<String, Path> byId = byId(Glob.images(base, maps.glob()), "masks");
                if (byId.isEmpty()) {
                    throw new DatasetException(
                            Code.NO_MASKS,
                            "no mask matches "
                                    + maps.glob()
                                    + " (from "
                                    + base.toAbsolutePath()
                                    + ")",
                            "masks",
                            maps.glob(),
                            null);
                }
                yield pair(
                        images,
                        List.copyOf(maps.values().keySet()),
                        id -> {
                            Path file = byId.get(id);
                            return file == null
                                    ? null
                                    : new Case.Masks.LabelMap(file, maps.values());
                        },
                        List.of(byId),
                        patient);
            }
        };
    }

    /** Where an id's masks are, or null where it has none. */
    private interface MaskFinder {
        Case.@Nullable Masks find(String id);
    }

    private static DatasetFolder pair(
            Map<String, Path> images,
            List<String> labels,
            MaskFinder finder,
            Iterable<Map<String, Path>> masks,
            @Nullable Pattern patient) {
        List<Case> cases = new ArrayList<>();
        List<Path> alone = new ArrayList<>();
        images.forEach((id, image) -> {
            Case.Masks found = finder.find(id);
            if (found == null) {
                alone.add(image);
            } else {
                cases.add(new Case(id, patient(id, patient), image, found));
            }
        });
        Set<Path> orphans = new LinkedHashSet<>();
        for (Map<String, Path> byId : masks) {
            byId.forEach((id, file) -> {
                if (!images.containsKey(id)) {
                    orphans.add(file);
                }
            });
        }
        if (cases.isEmpty()) {
            throw new DatasetException(
                    Code.NO_PAIRS,
                    "none of "
                            + images.size()
                            + " images has a mask of the same name; the first image is "
                            + images.values().iterator().next().getFileName()
                            + (orphans.isEmpty()
                                    ? ""
                                    : ", the first mask "
                                            + orphans.iterator().next().getFileName()),
                    "masks",
                    String.join(",", labels),
                    null);
        }
        return new DatasetFolder(cases, labels, alone, List.copyOf(orphans));
    }

    private static String patient(String id, @Nullable Pattern pattern) {
        if (pattern == null) {
            return id;
        }
        Matcher matcher = pattern.matcher(id);
        String patient = matcher.find() ? matcher.group(1) : null;
        if (patient == null || patient.isEmpty()) {
            throw new DatasetException(
                    Code.PATIENT_PATTERN,
                    "patient pattern " + pattern + " finds no patient in " + id,
                    "id",
                    id,
                    null);
        }
        return patient;
    }

    /** Label to id to mask file. */
    private static Map<String, Map<String, Path>> labelFolders(
            Path base, MaskLayout.LabelFolders layout) {
        Path directory = base.resolve(layout.directory());
        List<String> known = folders(directory);
        if (known.isEmpty()) {
            throw new DatasetException(
                    Code.NO_MASKS,
                    directory + " holds no folder of masks; expected LABEL/ID.png in it",
                    "masks",
                    layout.directory(),
                    null);
        }
        List<String> labels = layout.labels().isEmpty() ? known : layout.labels();
        Map<String, Map<String, Path>> byLabel = new LinkedHashMap<>();
        for (String label : labels) {
            // Compared with the names on disk, so that a label cannot walk out of the folder.
            if (!known.contains(label)) {
                throw new DatasetException(
                        Code.UNKNOWN_LABEL,
                        "label "
                                + label
                                + " has no folder in "
                                + directory
                                + "; there are "
                                + String.join(", ", known),
                        "label",
                        label,
                        null);
            }
            byLabel.put(label, byId(Glob.images(directory.resolve(label), "*"), label));
        }
        return byLabel;
    }

    private static List<String> folders(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted(Glob.NATURAL)
                    .toList();
        } catch (IOException e) {
            throw new DatasetException(
                    Code.UNREADABLE_FOLDER,
                    "cannot list " + directory + ": " + e.getMessage(),
                    "folder",
                    directory.toString(),
                    e);
        }
    }

    /** Files by name without suffix, in natural order of the ids. */
    private static Map<String, Path> byId(List<Path> files, String what) {
        Map<String, Path> byId = new LinkedHashMap<>();
        List<Path> ordered = new ArrayList<>(files);
        ordered.sort((a, b) -> Glob.NATURAL.compare(id(a), id(b)));
        for (Path file : ordered) {
            Path other = byId.putIfAbsent(id(file), file);
            if (other != null) {
                throw new DatasetException(
                        Code.DUPLICATE_ID,
                        what
                                + " hold the id "
                                + id(file)
                                + " twice: "
                                + other
                                + " and "
                                + file
                                + "; narrow the glob or rename one",
                        "id",
                        id(file),
                        null);
            }
        }
        return byId;
    }

    private static String id(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }
}
