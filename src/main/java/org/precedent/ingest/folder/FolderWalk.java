package org.precedent.ingest.folder;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.format.VolumeNames;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.ingest.folder.DatasetException.Code;
import org.precedent.ingest.folder.NotTaken.Reason;

/**
 * Looks through folders for image files, by name only. It reads folders as they are:
 *
 * <ol>
 *   <li>Links are followed, to files and to folders, after everything that is reached without one,
 *       so that a file keeps its own name where it has one.
 *   <li>A folder is listed once for each state of the pattern that it is reached in: cycles of
 *       links end, and two ways to the same folder do not double it.
 *   <li>What systems leave behind is counted and passed over; what matches the pattern and is no
 *       image file is named with the reason. A folder of DICOM files is one study where it matches.
 * </ol>
 */
final class FolderWalk {
    private final Map<String, Integer> passedOver;
    private final LongConsumer seen;
    private long looked;

    /**
     * What one pattern found.
     *
     * @param files image files in natural order of their paths
     * @param notTaken what matches but is not taken
     * @param folder whether the pattern's starting folder is there
     */
    record Listing(List<Path> files, List<NotTaken> notTaken, boolean folder) {}

    /**
     * @param passedOver counts of left-overs by kind; added to
     * @param seen told how many entries were looked at so far, often
     */
    FolderWalk(Map<String, Integer> passedOver, LongConsumer seen) {
        this.passedOver = passedOver;
        this.seen = seen;
    }

    /** A folder that is still to be listed. */
    private record Pending(Path folder, Path real, Glob.State state, boolean linked) {}

    /** A file and the file that it really is. */
    private record Found(Path file, Path real) {}

    private record Visit(Path real, Glob.State state) {}

    /**
     * @param aliases whether one file may serve under several names: true of masks, never of images
     * @throws DatasetException when the starting folder is there and cannot be listed
     */
    Listing list(Glob glob, boolean aliases) {
        if (!Files.isDirectory(glob.start())) {
            return new Listing(List.of(), List.of(), false);
        }
        List<NotTaken> notTaken = new ArrayList<>();
        List<Found> direct = new ArrayList<>();
        List<Found> linked = new ArrayList<>();
        Deque<Pending> pending = new ArrayDeque<>();
        Deque<Pending> behindLinks = new ArrayDeque<>();
        Set<Visit> visited = new HashSet<>();
        pending.add(new Pending(glob.start(), real(glob.start()), glob.first(), false));
        while (!pending.isEmpty() || !behindLinks.isEmpty()) {
            Pending next = pending.isEmpty() ? behindLinks.remove() : pending.remove();
            if (!visited.add(new Visit(next.real(), next.state()))) {
                count(PassedOver.LINK);
                continue;
            }
            for (Path entry : entries(next, glob, notTaken)) {
                String name = entry.getFileName().toString();
                Optional<String> leftOver = PassedOver.kind(name);
                if (leftOver.isPresent()) {
                    count(leftOver.get());
                    continue;
                }
                Glob.State inside = glob.step(next.state(), entry);
                boolean matches = glob.matches(next.state(), entry);
                if (!matches && inside.isDead()) {
                    continue;
                }
                BasicFileAttributes attributes = attributes(entry);
                boolean link = Files.isSymbolicLink(entry);
                boolean behindLink = link || next.linked();
                Path real = link ? realOrNull(entry) : next.real().resolve(entry.getFileName());
                if (attributes == null || real == null) {
                    notTaken.add(
                            new NotTaken(
                                    entry,
                                    Reason.BROKEN_LINK,
                                    link
                                            ? "is a link that leads nowhere: repair or remove it"
                                            : "vanished, or this user may not look at it"));
                } else if (attributes.isDirectory() && matches && VolumeNames.isSeries(entry)) {
                    (behindLink ? linked : direct).add(new Found(entry, real));
                } else if (attributes.isDirectory()) {
                    if (!inside.isDead()) {
                        (link ? behindLinks : pending)
                                .add(new Pending(entry, real, inside, behindLink));
                    } else {
                        notTaken.add(
                                new NotTaken(
                                        entry,
                                        Reason.FOLDER,
                                        "is a folder where files are expected; a pattern with **"
                                                + " takes what is in it"));
                    }
                } else if (matches) {
                    Optional<NotTaken> refused = refusal(entry, name, attributes);
                    refused.ifPresent(notTaken::add);
                    if (refused.isEmpty()) {
                        (behindLink ? linked : direct).add(new Found(entry, real));
                    }
                }
            }
        }
        List<Path> files = distinct(direct, linked, aliases, notTaken);
        files.sort(Comparator.comparing(Path::toString, Glob.NATURAL));
        notTaken.sort(Comparator.comparing(one -> one.path().toString(), Glob.NATURAL));
        return new Listing(files, notTaken, true);
    }

    /** Counts one of what is passed over. */
    void count(String kind) {
        passedOver.merge(kind, 1, Integer::sum);
    }

    private static Optional<NotTaken> refusal(
            Path entry, String name, BasicFileAttributes attributes) {
        if (!attributes.isRegularFile()) {
            return Optional.of(
                    new NotTaken(
                            entry, Reason.NOT_A_FILE, "is neither a file nor a folder: remove it"));
        }
        if (ImageFormat.ofName(name).isEmpty()
                && !VolumeNames.isVolume(name)
                && !VolumeReader.isDicom(entry)) { // which may be called anything
            return Optional.of(
                    new NotTaken(
                            entry,
                            Reason.OTHER_TYPE,
                            "is of no type that is read: PNG, BMP, JPEG, TIFF, DICOM, "
                                    + VolumeNames.EXPECTED));
        }
        return name.indexOf('\uFFFD') < 0
                ? Optional.empty()
                : Optional.of(new NotTaken(entry, Reason.NAME_ENCODING, encodingAdvice()));
    }

    private static String encodingAdvice() {
        String encoding = System.getProperty("sun.jnu.encoding", "unknown");
        return encoding.equalsIgnoreCase("UTF-8")
                ? "has a name that is not UTF-8: rename it, e.g. with convmv"
                : "has a name that cannot be read as "
                        + encoding
                        + ": set LC_ALL to a UTF-8 locale, e.g. C.UTF-8";
    }

    /** A file once, under its own name where it has one. */
    private List<Path> distinct(
            List<Found> direct, List<Found> linked, boolean aliases, List<NotTaken> notTaken) {
        Map<Path, Path> byReal = new HashMap<>();
        List<Path> files = new ArrayList<>();
        for (List<Found> some : List.of(direct, linked)) {
            some.sort(Comparator.comparing(one -> one.file().toString(), Glob.NATURAL));
            for (Found found : some) {
                Path first = byReal.putIfAbsent(found.real(), found.file());
                boolean sameId =
                        first != null
                                && DatasetFolder.id(first).equals(DatasetFolder.id(found.file()));
                if (first == null || (aliases && !sameId)) {
                    files.add(found.file());
                } else if (sameId) {
                    count(PassedOver.LINK);
                } else {
                    notTaken.add(
                            new NotTaken(
                                    found.file(),
                                    Reason.SAME_FILE,
                                    "is another name of "
                                            + first
                                            + ", and read under that one only"));
                }
            }
        }
        return files;
    }

    private List<Path> entries(Pending next, Glob glob, List<NotTaken> notTaken) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(next.folder())) {
            for (Path entry : stream) {
                entries.add(entry);
                seen.accept(++looked);
            }
        } catch (IOException | DirectoryIteratorException e) {
            if (next.folder().equals(glob.start())) {
                throw unreadable(next.folder(), e);
            }
            notTaken.add(
                    new NotTaken(
                            next.folder(),
                            Reason.UNREADABLE_FOLDER,
                            "cannot be listed: " + reason(e)));
        }
        return entries;
    }

    static DatasetException unreadable(Path folder, Exception cause) {
        return new DatasetException(
                Code.UNREADABLE_FOLDER,
                "cannot list " + folder + ": " + reason(cause),
                "folder",
                folder.toString(),
                cause);
    }

    private static String reason(Exception e) {
        Throwable cause = e instanceof DirectoryIteratorException ? e.getCause() : e;
        return cause instanceof AccessDeniedException
                ? "this user may not read it"
                : String.valueOf(cause);
    }

    private static @Nullable BasicFileAttributes attributes(Path entry) {
        try {
            return Files.readAttributes(entry, BasicFileAttributes.class);
        } catch (IOException e) {
            return null;
        }
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    private static @Nullable Path realOrNull(Path entry) {
        try {
            return entry.toRealPath();
        } catch (IOException e) {
            return null;
        }
    }
}
