package org.precedent.study;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;

/**
 * The files of studies that were sent, each study in a folder of its own below the data directory
 * that only its owner can read: DICOM headers hold names. They are in no backup and go with their
 * study. A folder is complete and on the disk before the study is acknowledged.
 */
public final class StudyFiles {
    private static final String FOLDER = "studies";

    /** Within a study's folder, so that refusals of it as a whole call it by this name. */
    private static final String CONTENT = "study";

    private static final String HOME = "home";
    private static final int MOST_FILES = 20_000;
    private static final int LONGEST_NAME = 200;
    private static final int BLOCK = 1 << 16;

    private final Path folder;
    private final Limits limits;

    /**
     * A file as it was sent.
     *
     * @param name its own, without any folder
     */
    public record Sent(String name, Content content) {}

    /** The bytes of a file that was sent. */
    @FunctionalInterface
    public interface Content {
        InputStream open() throws IOException;
    }

    /** Takes the files of a study, one after the other. */
    @FunctionalInterface
    public interface Taker {
        /**
         * Reads one file to its end.
         *
         * @param content stays the caller's to close
         */
        void take(String name, InputStream content) throws IOException;
    }

    /** Hands over the files of a study. */
    @FunctionalInterface
    interface Arrival {
        void into(Taker taker) throws IOException;
    }

    /**
     * Files that were sent.
     *
     * @param sent at least one; a single zip is unpacked
     */
    static Arrival of(List<Sent> sent) {
        return taker -> {
            if (sent.size() == 1 && isZip(sent.getFirst())) {
                unpack(sent.getFirst(), taker);
                return;
            }
            for (Sent one : sent) {
                try (InputStream in = one.content().open()) {
                    taker.take(one.name(), in);
                }
            }
        };
    }

    StudyFiles(Path data, Limits limits) {
        this.folder = data.resolve(FOLDER);
        this.limits = limits;
    }

    /** Removes what is kept of some studies; nothing happens where there is nothing. */
    public static void remove(Path data, Collection<UUID> studies) {
        studies.forEach(id -> delete(data.resolve(FOLDER).resolve(id.toString())));
    }

    /** Which data directory this is, so that several services know whose studies are whose. */
    UUID home() {
        Path file = folder.resolve(HOME);
        try {
            make();
            try {
                return UUID.fromString(Files.readString(file).strip());
            } catch (NoSuchFileException absent) {
                Path fresh = Files.createTempFile(folder, HOME, ".new");
                try {
                    Files.writeString(fresh, UUID.randomUUID().toString());
                    // A link, because it never replaces what another process made meanwhile.
                    Files.createLink(file, fresh);
                } catch (FileAlreadyExistsException made) {
                    // Another process was first.
                } finally {
                    Files.delete(fresh);
                }
                return UUID.fromString(Files.readString(file).strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** A file that whoever runs the studies of this directory locks. */
    FileChannel lockFile() throws IOException {
        make();
        return FileChannel.open(
                folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private void make() throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    /**
     * Keeps the files of a study.
     *
     * @param room bytes that they may take
     * @param full what is thrown where they take more
     * @throws ImagingException when a zip cannot be read, or holds more than a volume may
     * @throws ServiceException UPLOAD_NOT_KEPT when the disk is full or fails
     */
    void keep(UUID id, Arrival arrival, long room, Supplier<? extends RuntimeException> full) {
        Path content = folder.resolve(id.toString()).resolve(CONTENT);
        try {
            make();
            Files.createDirectories(content);
            Budget budget = new Budget(limits.maxFileBytes(), room, full);
            arrival.into((name, in) -> copy(name, in, content, budget));
            sync(content);
            sync(folder.resolve(id.toString()));
            sync(folder);
        } catch (IOException e) {
            throw ServiceException.uploadNotKept(e);
        }
    }

    /** Keeps files for one request, which no quota counts. */
    void keep(UUID id, Arrival arrival) {
        keep(id, arrival, Long.MAX_VALUE, IllegalStateException::new);
    }

    /** Bytes that the files of some studies take; nothing where there are none. */
    long bytes(Collection<UUID> studies) {
        long sum = 0;
        for (UUID study : studies) {
            try (Stream<Path> files = Files.walk(folder.resolve(study.toString()))) {
                for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                    sum += Files.size(file);
                }
            } catch (NoSuchFileException gone) {
                // it has none, or they went meanwhile
            } catch (UncheckedIOException | IOException e) {
                throw new UncheckedIOException(
                        "cannot count the files of study " + study,
                        e instanceof UncheckedIOException u ? u.getCause() : (IOException) e);
            }
        }
        return sum;
    }

    /** How many bytes and files may still come. */
    private static final class Budget {
        private final long limit;
        private final long room;
        private final Supplier<? extends RuntimeException> full;
        private long bytes;
        private int files;

        Budget(long limit, long room, Supplier<? extends RuntimeException> full) {
            this.limit = limit;
            this.room = room;
            this.full = full;
        }

        void file(String name) {
            if (++files > MOST_FILES) {
                throw refuse(
                        Code.TOO_MANY_BYTES,
                        name,
                        "is one of more than " + MOST_FILES + " files",
                        "files",
                        files,
                        MOST_FILES);
            }
        }

        void bytes(String name, int more) {
            bytes += more;
            if (bytes > room) {
                throw full.get();
            }
            if (bytes > limit) {
                throw refuse(
                        Code.TOO_MANY_BYTES,
                        name,
                        "and what was sent with it have more than " + limit + " bytes",
                        "bytes",
                        bytes,
                        limit);
            }
        }
    }

    private static ImagingException refuse(
            Code code, String name, String problem, String field, Object value, Object limit) {
        String shown = Reading.shown(name);
        return new ImagingException(
                code,
                shown + ": " + problem,
                Map.of("file", shown, "field", field, "value", value, "limit", limit),
                null);
    }

    private static boolean isZip(Sent sent) throws IOException {
        try (InputStream in = sent.content().open()) {
            byte[] start = in.readNBytes(4);
            return start.length == 4
                    && start[0] == 'P'
                    && start[1] == 'K'
                    && start[2] == 3
                    && start[3] == 4;
        }
    }

    private static void unpack(Sent sent, Taker taker) throws IOException {
        try (InputStream in = sent.content().open();
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = next(sent, zip); entry != null; entry = next(sent, zip)) {
                String name = lastPart(entry.getName());
                boolean beside =
                        name.startsWith(".")
                                || name.equals("DICOMDIR")
                                || entry.getName().startsWith("__MACOSX/");
                if (!entry.isDirectory() && !beside && !name.isEmpty()) {
                    taker.take(name, new Unzipped(sent, zip));
                }
            }
        }
    }

    private static @Nullable ZipEntry next(Sent sent, ZipInputStream zip) throws IOException {
        try {
            return zip.getNextEntry();
        } catch (ZipException | EOFException | IllegalArgumentException e) {
            throw broken(sent);
        }
    }

    private static ImagingException broken(Sent sent) {
        return refuse(
                Code.UNREADABLE,
                sent.name(),
                "is a damaged zip, or one of a kind that is not read",
                "content",
                "zip",
                "files that are stored or deflated, none of them encrypted");
    }

    /** An entry, whose damage is the sender's and not the disk's. */
    private static final class Unzipped extends InputStream {
        private final Sent sent;
        private final ZipInputStream zip;

        Unzipped(Sent sent, ZipInputStream zip) {
            this.sent = sent;
            this.zip = zip;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            try {
                return zip.read(into, from, length);
            } catch (ZipException | EOFException e) {
                throw broken(sent);
            }
        }
    }

    private static void copy(String name, InputStream in, Path content, Budget budget)
            throws IOException {
        budget.file(name);
        byte[] block = new byte[BLOCK];
        try (FileChannel file = create(name, content, budget.files);
                OutputStream out = Channels.newOutputStream(file)) {
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                budget.bytes(name, read);
                out.write(block, 0, read);
            }
            file.force(true);
        }
    }

    /** A new file under its own name where the disk takes it and no other has it. */
    private static FileChannel create(String name, Path content, int number) throws IOException {
        String plain = name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME ? "" : name;
        for (String candidate :
                List.of(
                        plain,
                        plain.replaceAll("[^\\x20-\\x7e]", "_"),
                        number + " " + plain.replaceAll("[^\\x20-\\x7e]", "_"),
                        "file " + number)) {
            if (candidate.isBlank() || candidate.startsWith(".")) {
                continue;
            }
            try {
                return FileChannel.open(
                        content.resolve(candidate),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE);
            } catch (FileAlreadyExistsException | InvalidPathException e) {
                // the next candidate
            }
        }
        throw new IOException("no name for file " + number);
    }

    private static String lastPart(String name) {
        return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The folder that a study's files are in. */
    Path content(UUID id) {
        return folder.resolve(id.toString()).resolve(CONTENT);
    }

    /** A file of ours that goes with a study. */
    Path beside(UUID id, String name) {
        return folder.resolve(id.toString()).resolve(name);
    }

    /** What is to be read: the only file, or the folder of several. */
    Path path(UUID id) {
        Path content = content(id);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(content)) {
            Path only = null;
            for (Path file : files) {
                if (only != null) {
                    return content;
                }
                only = file;
            }
            return only == null ? content : only;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + content, e);
        }
    }

    boolean has(UUID id) {
        return Files.isDirectory(content(id));
    }

    void remove(UUID id) {
        delete(folder.resolve(id.toString()));
    }

    /** Studies whose folder is older than an age. */
    List<UUID> before(Duration age) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        // A folder's own time is of the system's clock, which our own may be ahead of.
        Instant time = Instant.now().minus(age);
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory)
                    .filter(one -> isBefore(one, time))
                    .map(one -> UUID.fromString(String.valueOf(one.getFileName())))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder, e);
        }
    }

    private static boolean isBefore(Path one, Instant time) {
        try {
            return Files.getLastModifiedTime(one).toInstant().isBefore(time);
        } catch (IOException e) {
            return false; // it went meanwhile
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + folder, e);
        }
    }
}
