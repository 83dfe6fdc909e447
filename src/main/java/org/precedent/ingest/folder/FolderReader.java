package org.precedent.ingest.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.precedent.ingest.folder.DatasetException.Code;
import org.precedent.ingest.folder.NotTaken.Reason;

/** Reads one folder: lists images and masks, pairs them, and keeps what stays alone. */
final class FolderReader {
    /** How many names a refusal lists. */
    private static final int LISTED = 3;

    private final Path base;
    private final DatasetFolder.Attendants attendants;
    private final Map<String, Integer> passedOver = new TreeMap<>();
    private final List<NotTaken> notTaken = new ArrayList<>();
    private final Set<String> refusedImages = new HashSet<>();
    private final FolderWalk walk;

    FolderReader(Path base, DatasetFolder.Attendants attendants) {
        this.base = base;
        this.attendants = attendants;
        this.walk = new FolderWalk(passedOver, attendants.seen());
    }

    /** Files by id, those that share one left out. */
    private record ById(Map<String, Path> files, Set<String> shared) {}

    /** Where an id's masks are, or null where it has none. */
    private interface MaskFinder {
        Case.@Nullable Masks find(String id);
    }

    DatasetFolder read(String imagesGlob, MaskLayout layout, @Nullable Pattern patient) {
        ById images = images(imagesGlob);
        return switch (layout) {
            case MaskLayout.LabelFolders folders -> {
                Map<String, ById> byLabel = labelFolders(folders);
                yield pair(
                        images,
                        List.copyOf(byLabel.keySet()),
                        id -> {
                            Map<String, Path> files = new LinkedHashMap<>();
                            byLabel.forEach((label, byId) -> {
                                Path file = byId.files().get(id);
                                if (file != null) {
                                    files.put(label, file);
                                }
                            });
                            return files.isEmpty() ? null : new Case.Masks.Files(files);
                        },
                        List.copyOf(byLabel.values()),
                        patient);
            }
            case MaskLayout.LabelMaps maps -> {
                ById byId = labelMaps(maps.glob());
                yield pair(
                        images,
                        List.copyOf(maps.values().keySet()),
                        id -> {
                            Path file = byId.files().get(id);
                            return file == null
                                    ? null
                                    : new Case.Masks.LabelMap(file, maps.values());
                        },
                        List.of(byId),
                        patient);
            }
        };
    }

    // ---- listing

    private ById images(String pattern) {
        Glob glob = Glob.of(base, pattern);
        Path around = glob.start().getParent();
        if (around != null && !glob.start().equals(base)) {
            leftOversOf(around);
        }
        FolderWalk.Listing listing = walk.list(glob, false);
        notTaken.addAll(listing.notTaken());
        listing.notTaken().forEach(one -> refusedImages.add(DatasetFolder.id(one.path())));
        if (listing.files().isEmpty()) {
            throw new DatasetException(
                    Code.NO_IMAGES,
                    "no image matches " + found(pattern, glob, listing),
                    "images",
                    pattern,
                    null);
        }
        return byId(listing.files(), "images");
    }

    private ById labelMaps(String pattern) {
        Glob glob = Glob.of(base, pattern);
        FolderWalk.Listing listing = walk.list(glob, true);
        notTaken.addAll(listing.notTaken());
        if (listing.files().isEmpty()) {
            throw new DatasetException(
                    Code.NO_MASKS,
                    "no mask matches " + found(pattern, glob, listing),
                    "masks",
                    pattern,
                    null);
        }
        return byId(listing.files(), "masks");
    }

    /** What was looked for, where, and what lies there instead. */
    private String found(String pattern, Glob glob, FolderWalk.Listing listing) {
        String looked = pattern + " (from " + base.toAbsolutePath().normalize() + "): ";
        if (!listing.folder()) {
            return looked
                    + (Files.exists(glob.start())
                            ? glob.start() + " is not a folder"
                            : "there is no folder " + glob.start());
        }
        if (listing.notTaken().isEmpty()) {
            return looked + contents(glob.start()) + ", nothing of that name";
        }
        return looked
                + listing.notTaken().stream()
                        .limit(LISTED)
                        .map(one -> one.path().getFileName() + " " + one.message())
                        .collect(Collectors.joining("; "))
                + (listing.notTaken().size() > LISTED
                        ? "; and " + (listing.notTaken().size() - LISTED) + " more"
                        : "");
    }

    private static String contents(Path folder) {
        List<String> names;
        try (Stream<Path> entries = Files.list(folder)) {
            names =
                    entries.map(entry -> entry.getFileName().toString())
                            .filter(name -> PassedOver.kind(name).isEmpty())
                            .sorted(Glob.NATURAL)
                            .toList();
        } catch (IOException e) {
            throw FolderWalk.unreadable(folder, e);
        }
        if (names.isEmpty()) {
            return folder + " is empty";
        }
        return folder
                + " holds "
                + names.stream().limit(LISTED).collect(Collectors.joining(", "))
                + (names.size() > LISTED ? " and " + (names.size() - LISTED) + " more" : "");
    }

    /** Counts what lies beside the folders that are read. */
    private void leftOversOf(Path folder) {
        if (!Files.isReadable(folder)) {
            return; // what is read lies further down
        }
        try (Stream<Path> entries = Files.list(folder)) {
            entries.forEach(entry ->
                    PassedOver.kind(entry.getFileName().toString()).ifPresent(walk::count));
        } catch (IOException e) {
            throw FolderWalk.unreadable(folder, e);
        }
    }

    /** Label to id to mask file. */
    private Map<String, ById> labelFolders(MaskLayout.LabelFolders layout) {
        Path directory = Glob.folder(base, layout.directory());
        Map<String, Path> known = folders(directory, layout.labels().isEmpty());
        if (known.isEmpty()) {
            throw new DatasetException(
                    Code.NO_MASKS,
                    (Files.isDirectory(directory)
                                    ? contents(directory) + ", no folder of masks"
                                    : Files.exists(directory)
                                            ? directory + " is a file, not a folder of masks"
                                            : "there is no folder " + directory)
                            + "; expected LABEL/ID.png in it",
                    "masks",
                    layout.directory(),
                    null);
        }
        Map<String, ById> byLabel = new LinkedHashMap<>();
        if (layout.labels().isEmpty()) {
            known.forEach((label, folder) -> {
                Optional<String> refusal = attendants.label().apply(label);
                if (refusal.isPresent()) {
                    notTaken.add(
                            new NotTaken(
                                    folder,
                                    Reason.LABEL_NAME,
                                    "cannot be a label: " + refusal.get() + ": rename the folder"));
                } else {
                    byLabel.put(label, masks(folder, label));
                }
            });
            if (byLabel.isEmpty()) {
                NotTaken first = notTaken.getLast();
                throw new DatasetException(
                        Code.NO_MASKS,
                        first.path() + " " + first.message(),
                        "masks",
                        layout.directory(),
                        null);
            }
        }
        for (String asked : layout.labels()) {
            // Compared with the names on disk, so that a label cannot walk out of the folder.
            String label = Glob.composed(asked);
            Path folder = known.get(label);
            if (folder == null) {
                throw new DatasetException(
                        Code.UNKNOWN_LABEL,
                        "label "
                                + asked
                                + " has no folder in "
                                + directory
                                + "; there are "
                                + String.join(", ", known.keySet()),
                        "label",
                        asked,
                        null);
            }
            byLabel.put(label, masks(folder, label));
        }
        return byLabel;
    }

    private ById masks(Path folder, String label) {
        FolderWalk.Listing listing = walk.list(Glob.of(folder, "*"), true);
        notTaken.addAll(listing.notTaken());
        return byId(listing.files(), label);
    }

    /**
     * The folders in a folder by composed name. What lies beside them is told where all are asked
     * for.
     */
    private Map<String, Path> folders(Path directory, boolean tellOthers) {
        Map<String, Path> folders = new TreeMap<>(Glob.NATURAL);
        if (!Files.isDirectory(directory)) {
            return folders;
        }
        List<Path> entries;
        try (Stream<Path> all = Files.list(directory)) {
            entries = all.sorted(Comparator.comparing(Path::toString, Glob.NATURAL)).toList();
        } catch (IOException e) {
            throw FolderWalk.unreadable(directory, e);
        }
        for (Path entry : entries) {
            String name = Glob.composed(entry.getFileName().toString());
            Optional<String> leftOver = PassedOver.kind(name);
            if (leftOver.isPresent()) {
                walk.count(leftOver.get());
            } else if (Files.isDirectory(entry)) {
                Path other = folders.putIfAbsent(name, entry);
                if (other != null) {
                    notTaken.add(
                            new NotTaken(
                                    entry,
                                    Reason.DUPLICATE_ID,
                                    "has the same name as " + other + ": put them together"));
                }
            } else if (tellOthers) {
                notTaken.add(
                        new NotTaken(
                                entry,
                                Reason.NO_LABEL,
                                "lies beside the folders of labels, in none of them"));
            }
        }
        return folders;
    }

    /** Files by name without suffix, in natural order of the ids. */
    private ById byId(List<Path> files, String what) {
        Map<String, Path> byId = new LinkedHashMap<>();
        Set<String> shared = new TreeSet<>();
        List<Path> ordered = new ArrayList<>(files);
        ordered.sort(Comparator.comparing(DatasetFolder::id, Glob.NATURAL));
        for (Path file : ordered) {
            String id = DatasetFolder.id(file);
            Path other = byId.putIfAbsent(id, file);
            if (other != null) {
                if (shared.add(id)) {
                    notTaken.add(duplicate(other, file, id, what));
                }
                notTaken.add(duplicate(file, other, id, what));
            }
        }
        byId.keySet().removeAll(shared);
        return new ById(byId, shared);
    }

    private static NotTaken duplicate(Path file, Path other, String id, String what) {
        return new NotTaken(
                file,
                Reason.DUPLICATE_ID,
                "is not the only one: "
                        + what
                        + " hold the id "
                        + id
                        + " twice, also as "
                        + other
                        + "; narrow the glob or rename one");
    }

    // ---- pairing

    private DatasetFolder pair(
            ById images,
            List<String> labels,
            MaskFinder finder,
            List<ById> masks,
            @Nullable Pattern patient) {
        Set<String> sharedMasks = new HashSet<>();
        masks.forEach(byId -> sharedMasks.addAll(byId.shared()));
        List<Case> cases = new ArrayList<>();
        List<NotTaken> alone = new ArrayList<>();
        images.files()
                .forEach((id, image) -> {
                    Case.Masks found = finder.find(id);
                    String of = patient(id, patient);
                    if (sharedMasks.contains(id)) {
                        // With one mask in doubt the image would look as if it lacked the label.
                        alone.add(
                                new NotTaken(
                                        image,
                                        Reason.DUPLICATE_ID,
                                        "has two masks of one label: which one is meant?"));
                    } else if (found == null) {
                        alone.add(
                                new NotTaken(
                                        image,
                                        Reason.NO_MASK,
                                        "has no mask: none is named "
                                                + id
                                                + " in any folder of masks"));
                    } else if (of == null) {
                        alone.add(
                                new NotTaken(
                                        image,
                                        Reason.NO_PATIENT,
                                        "patient pattern "
                                                + patient
                                                + " finds no patient in "
                                                + id));
                    } else {
                        cases.add(new Case(id, of, image, found));
                    }
                });
        Set<Path> orphans = new LinkedHashSet<>();
        for (ById byId : masks) {
            byId.files()
                    .forEach((id, file) -> {
                        if (!images.files().containsKey(id)) {
                            orphans.add(file);
                        }
                    });
        }
        for (Path orphan : orphans) {
            String id = DatasetFolder.id(orphan);
            alone.add(
                    new NotTaken(
                            orphan,
                            Reason.NO_IMAGE,
                            images.shared().contains(id)
                                    ? "belongs to two images named " + id
                                    : refusedImages.contains(id)
                                            ? "belongs to an image that is not taken"
                                            : "has no image: none is named " + id));
        }
        notTaken.addAll(alone);
        if (cases.isEmpty()) {
            throw nothing(images, labels, alone, orphans);
        }
        return new DatasetFolder(cases, labels, notTaken, new PassedOver(passedOver));
    }

    /** Why not one image can be taken, by the first reason that is not a mask's absence. */
    private DatasetException nothing(
            ById images, List<String> labels, List<NotTaken> alone, Set<Path> orphans) {
        for (NotTaken one : alone) {
            if (one.reason() == Reason.NO_PATIENT) {
                return new DatasetException(
                        Code.PATIENT_PATTERN,
                        one.message(),
                        "id",
                        DatasetFolder.id(one.path()),
                        null);
            }
        }
        for (NotTaken one : notTaken) {
            if (one.reason() == Reason.DUPLICATE_ID) {
                return new DatasetException(
                        Code.DUPLICATE_ID,
                        one.path() + " " + one.message(),
                        "id",
                        DatasetFolder.id(one.path()),
                        null);
            }
        }
        return new DatasetException(
                Code.NO_PAIRS,
                "none of "
                        + images.files().size()
                        + " images has a mask of the same name; the first image is "
                        + images.files().values().iterator().next().getFileName()
                        + (orphans.isEmpty()
                                ? ", and there is no mask at all"
                                : ", the first mask " + orphans.iterator().next().getFileName()),
                "masks",
                String.join(",", labels),
                null);
    }

    private static @Nullable String patient(String id, @Nullable Pattern pattern) {
        if (pattern == null) {
            return id;
        }
        Matcher matcher = pattern.matcher(id);
        String patient = matcher.find() ? matcher.group(1) : null;
        return patient == null || patient.isEmpty() ? null : patient;
    }
}
