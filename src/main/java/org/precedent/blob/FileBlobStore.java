package org.precedent.blob;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.precedent.Sha256;

/**
 * Blobs as files under a root, each in its {@link StoredForm}.
 *
 * <p>Crash safety, in this order: write to a temporary file in the target's own folder, fsync it,
 * rename it over the final name (atomic), fsync the folder. The 256 folders are made, and the root
 * synced, at opening. A reader sees a whole blob or none.
 */
public final class FileBlobStore implements BlobStore {
    private static final String PARTIAL_SUFFIX = ".partial";
    private static final String DISK = "the disk of DATA/blobs";

    private final Path root;

    /** Opens or creates the store and removes what an interrupted write left behind. */
    public FileBlobStore(Path root) {
        this.root = root;
        try {
            for (int i = 0; i < 256; i++) {
                Files.createDirectories(root.resolve("%02x".formatted(i)));
            }
            sync(root);
            removePartialWrites();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the blob store at " + root, e);
        }
    }

    @Override
    public String put(byte[] bytes) {
        String sha256 = Sha256.of(bytes);
        Path file = path(sha256);
        Path folder = root.resolve(sha256.substring(0, 2));
        try {
            if (isWhole(sha256, file)) {
                // Another writer may have renamed it and not have synced yet.
                sync(folder);
                return sha256;
            }
            Path partial = folder.resolve(UUID.randomUUID() + PARTIAL_SUFFIX);
            try (FileChannel channel =
                    FileChannel.open(
                            partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer deflated = ByteBuffer.wrap(StoredForm.deflate(bytes));
                while (deflated.hasRemaining()) {
                    channel.write(deflated);
                }
                channel.force(true);
            }
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            sync(folder);
            return sha256;
        } catch (IOException e) {
            throw notWritten(sha256, e);
        }
    }

    @Override
    public byte[] get(String sha256) {
        try {
            return StoredForm.inflate(sha256, Files.readAllBytes(path(sha256)));
        } catch (NoSuchFileException e) {
            throw BlobException.blobMissing(sha256, e);
        } catch (IOException e) {
            throw BlobException.blobNotRead(sha256, DISK, e);
        }
    }

    /**
     * Whether a file holds the bytes of its name; says so by its date, too, because whoever puts
     * them is about to name them.
     */
    private boolean isWhole(String sha256, Path file) throws IOException {
        try {
            get(sha256);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return true;
        } catch (BlobException | NoSuchFileException e) {
            return false; // what is missing or damaged is written anew
        }
    }

    @Override
    public void delete(String sha256) {
        try {
            Files.deleteIfExists(path(sha256));
        } catch (IOException e) {
            throw notWritten(sha256, e);
        }
    }

    @Override
    public Stream<Stored> list() {
        return IntStream.range(0, 256)
                .mapToObj("%02x"::formatted)
                .flatMap(folder ->
                        files(root.resolve(folder)).flatMap(file -> stored(folder, file).stream()));
    }

    private static Stream<Path> files(Path folder) {
        try {
            return Files.list(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    private static Optional<Stored> stored(String folder, Path file) {
        String sha256 = folder + file.getFileName();
        if (!sha256.matches("[0-9a-f]{64}")) {
            return Optional.empty(); // being written
        }
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(
                    new Stored(
                            sha256, attributes.lastModifiedTime().toInstant(), attributes.size()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    @Override
    public boolean contains(String sha256) {
        return Files.exists(path(sha256));
    }

    private Path path(String sha256) {
        return root.resolve(StoredForm.key(sha256));
    }

    private static BlobException notWritten(String sha256, IOException cause) {
        return BlobException.blobNotWritten(sha256, DISK, "see that there is room on it", cause);
    }

    /** On Linux a folder can be opened for reading and synced; that makes the rename durable. */
    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private void removePartialWrites() throws IOException {
        try (Stream<Path> files = Files.walk(root, 2)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (file.toString().endsWith(PARTIAL_SUFFIX) && olderThanAWrite(file)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Another process may be writing right now: only what is minutes old was abandoned. */
    private static boolean olderThanAWrite(Path file) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toMillis()
                    < System.currentTimeMillis() - 10 * 60_000L;
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
