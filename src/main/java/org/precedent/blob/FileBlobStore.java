package org.precedent.blob;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
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
    private static final int FOLDERS = 256;
    private static final Duration LONGEST_WRITE = Duration.ofMinutes(10);
    private static final String DISK = "the disk of DATA/blobs";

    private final Path root;
    private final StoreFiles files;

    /** Opens or creates the store and removes what an interrupted write left behind. */
    public FileBlobStore(Path root) {
        this(root, new DiskFiles());
    }

    /**
     * @param files where the store lies
     */
    FileBlobStore(Path root, StoreFiles files) {
        this.root = root;
        this.files = files;
        try {
            for (int i = 0; i < FOLDERS; i++) {
                files.createFolder(folder(i));
            }
            files.force(root);
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
                files.force(folder);
                return sha256;
            }
            Path partial = folder.resolve(UUID.randomUUID() + PARTIAL_SUFFIX);
            files.write(partial, StoredForm.deflate(bytes));
            files.force(partial);
            files.move(partial, file);
            files.force(folder);
            return sha256;
        } catch (IOException e) {
            throw notWritten(sha256, e);
        }
    }

    @Override
    public byte[] get(String sha256) {
        try {
            return StoredForm.inflate(sha256, files.read(path(sha256)));
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
            files.touch(file);
            return true;
        } catch (BlobException | NoSuchFileException e) {
            return false; // what is missing or damaged is written anew
        }
    }

    @Override
    public void delete(String sha256) {
        try {
            files.delete(path(sha256));
        } catch (IOException e) {
            throw notWritten(sha256, e);
        }
    }

    @Override
    public Stream<Stored> list() {
        return IntStream.range(0, FOLDERS)
                .mapToObj(this::folder)
                .flatMap(folder -> files(folder).flatMap(file -> stored(folder, file).stream()));
    }

    private Path folder(int number) {
        return root.resolve("%02x".formatted(number));
    }

    private Stream<Path> files(Path folder) {
        try {
            return files.list(folder).stream();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    private Optional<Stored> stored(Path folder, Path file) {
        String sha256 = String.valueOf(folder.getFileName()) + file.getFileName();
        if (!sha256.matches("[0-9a-f]{64}")) {
            return Optional.empty(); // being written
        }
        try {
            StoreFiles.Facts facts = files.facts(file);
            return Optional.of(new Stored(sha256, facts.written(), facts.bytes()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    @Override
    public boolean contains(String sha256) {
        return files.exists(path(sha256));
    }

    private Path path(String sha256) {
        return root.resolve(StoredForm.key(sha256));
    }

    private static BlobException notWritten(String sha256, IOException cause) {
        return BlobException.blobNotWritten(sha256, DISK, "see that there is room on it", cause);
    }

    private void removePartialWrites() throws IOException {
        for (int i = 0; i < FOLDERS; i++) {
            for (Path file : files.list(folder(i))) {
                if (file.toString().endsWith(PARTIAL_SUFFIX) && isOlderThanAWrite(file)) {
                    files.delete(file);
                }
            }
        }
    }

    /** Another process may be writing right now: only what is minutes old was abandoned. */
    private boolean isOlderThanAWrite(Path file) throws IOException {
        try {
            return files.facts(file).written().isBefore(Instant.now().minus(LONGEST_WRITE));
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
