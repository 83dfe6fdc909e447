package org.precedent.blob;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Named files in a directory: written beside their place, synced and moved there. */
public final class FolderFiles implements NamedFiles {
    private static final String PARTIAL = ".partial";
    private static final String LOCK = "write.lock";

    private final Path home;

    /**
     * @param home made when the first file is written
     */
    public FolderFiles(Path home) {
        this.home = home;
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public Optional<byte[]> read(String name) {
        try {
            return Optional.of(Files.readAllBytes(home.resolve(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + home.resolve(name), e);
        }
    }

    @Override
    public Optional<byte[]> readNow(String name) {
        return read(name);
    }

    @Override
    public boolean contains(String name) {
        return Files.exists(home.resolve(name));
    }

    @Override
    public void write(String name, byte[] bytes) {
        // One name a target, and one writer: an interrupted write is written over by the next.
        Path file = home.resolve(name);
        Path partial = partial(file);
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            try (FileChannel channel =
                    FileChannel.open(
                            partial,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(bytes);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.delete(file); // which only an empty one lets happen
            }
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    @Override
    public void delete(String name) {
        Path file = home.resolve(name);
        try {
            Files.deleteIfExists(partial(file));
            Files.deleteIfExists(file);
            Path folder = file.getParent();
            if (folder != null && !folder.equals(home)) {
                Files.deleteIfExists(folder);
            }
        } catch (DirectoryNotEmptyException e) {
            // Others remain in the folder.
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + file, e);
        }
    }

    @Override
    public List<String> list(String folder) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(home.resolve(folder))) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + home.resolve(folder), e);
        }
        return names;
    }

    @Override
    public Optional<Lock> lock(String folder) {
        return lock(home.resolve(folder));
    }

    /** The lock of a directory among the processes of this machine; empty while another has it. */
    public static Optional<Lock> lock(Path directory) {
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(
                            directory.resolve(LOCK),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            try {
                if (channel.tryLock() != null) {
                    return Optional.of(() -> close(channel));
                }
            } catch (OverlappingFileLockException e) {
                // Another one of this process writes: the same as another process.
            }
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock " + directory, e);
        }
    }

    @Override
    public void close() {}

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot give up a lock", e);
        }
    }

    private static Path partial(Path file) {
        return file.resolveSibling(file.getFileName() + PARTIAL);
    }
}
