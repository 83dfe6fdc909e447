package org.precedent.segmentation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.InputRange;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.weights.WeightsException;

/**
 * Encodings of annotations on disk: a projection, so everything here may be deleted while nobody
 * writes. One folder holds those of one network with one set of weights at one side in one range;
 * in it {@code ab/IMAGE/ANNOTATION.safetensors}, {@code ab} being the first two digits of the
 * image's id, and {@code sequence}, the step of the outbox that it has reached. An annotation never
 * changes (a correction is a new one), so neither does its file. What lies around its mask is in
 * {@code ANNOTATION.near} beside it, once a query needed it.
 *
 * <p>One process writes and holds {@code write.lock}; any number read. A reader sees a whole file
 * or none: a file is written beside its place, synced and moved there. One that is damaged or
 * cannot be read all the same is taken for absent: it is encoded again to the same bits.
 */
public final class EncodingStore implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(EncodingStore.class);

    private static final int HASH_DIGITS = 16;
    private static final String SUFFIX = ".safetensors";
    private static final String NEAR_SUFFIX = ".near";
    private static final String PARTIAL = ".partial";

    private final Path home;
    private final Path root;
    private final SegmentationNetwork network;
    private final int side;
    private final InputRange range;
    private @Nullable FileChannel lock;

    /**
     * @param home under which every network has its own folder
     * @param side in pixels that images are brought to before they are encoded
     * @param range of grey values that images keep
     */
    public EncodingStore(Path home, SegmentationNetwork network, int side, InputRange range) {
        this.home = home;
        this.network = network;
        this.side = side;
        this.range = range;
        this.root =
                home.resolve(
                        network.name()
                                + "-"
                                + network.weightsSha256().substring(0, HASH_DIGITS)
                                + "-"
                                + side
                                + (range == InputRange.MIN_MAX ? "" : "-" + range.word())
                                + (network.arithmeticVersion() == 1
                                        ? ""
                                        : "-v" + network.arithmeticVersion()));
    }

    /** The store of another network, beside this one, of the same side and range. */
    public EncodingStore of(SegmentationNetwork other) {
        return new EncodingStore(home, other, side, range);
    }

    /**
     * Names the network, its weights, the side, the range, unless that is min-max, and the version
     * of the network's arithmetic, unless that is 1.
     */
    public String name() {
        return root.getFileName().toString();
    }

    /** The range of grey values that images keep. */
    public InputRange range() {
        return range;
    }

    /** Side in pixels of what is encoded. */
    public int side() {
        return side;
    }

    /** Becomes the writer, or is it already; false while another process is. */
    public synchronized boolean lock() {
        if (lock != null) {
            return true;
        }
        try {
            Files.createDirectories(root);
            FileChannel channel =
                    FileChannel.open(
                            root.resolve("write.lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            try {
                if (channel.tryLock() != null) {
                    lock = channel;
                    return true;
                }
            } catch (OverlappingFileLockException e) {
                // Another store of this process writes: the same as another process.
            }
            channel.close();
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock " + root, e);
        }
    }

    /** Whether this process is the writer. */
    public synchronized boolean isWriter() {
        return lock != null;
    }

    /** The step of the outbox up to which everything is here; 0 at first. */
    public long sequence() {
        try {
            return Long.parseLong(Files.readString(root.resolve("sequence")).strip());
        } catch (NoSuchFileException | NumberFormatException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + root.resolve("sequence"), e);
        }
    }

    /** Records that everything up to a step of the outbox is here. */
    public void reached(long sequence) {
        write(
                root.resolve("sequence"),
                Long.toString(sequence).getBytes(StandardCharsets.US_ASCII));
    }

    /** An annotation's encoding; empty when it is not here, or damaged. */
    public Optional<SupportEncoding> find(UUID imageId, long annotationId) {
        return find(file(imageId, annotationId));
    }

    /** The encoding of what lies around an annotation's mask; empty likewise. */
    public Optional<SupportEncoding> findNear(UUID imageId, long annotationId) {
        return find(near(imageId, annotationId));
    }

    private Optional<SupportEncoding> find(Path file) {
        SupportEncoding encoding;
        try {
            encoding =
                    SupportEncoding.read(file.getFileName().toString(), Files.readAllBytes(file));
        } catch (NoSuchFileException | NetworkException | WeightsException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.warnf("an encoding is made anew, because its file cannot be read: %s", e);
            return Optional.empty();
        }
        boolean own =
                encoding.network().equals(network.name())
                        && encoding.weightsSha256().equals(network.weightsSha256())
                        && encoding.height() == side
                        && encoding.width() == side;
        return own ? Optional.of(encoding) : Optional.empty();
    }

    /** Keeps an annotation's encoding, in the place of any other. */
    public void put(UUID imageId, long annotationId, SupportEncoding encoding) {
        write(file(imageId, annotationId), encoding.bytes());
    }

    /** Keeps the encoding of what lies around the mask of an annotation that is here. */
    public void putNear(UUID imageId, long annotationId, SupportEncoding encoding) {
        if (Files.exists(file(imageId, annotationId))) {
            write(near(imageId, annotationId), encoding.bytes());
        }
    }

    /** Forgets an annotation's encodings. */
    public void remove(UUID imageId, long annotationId) {
        try {
            // The one that says that the annotation is here goes last.
            for (Path file : List.of(near(imageId, annotationId), file(imageId, annotationId))) {
                Files.deleteIfExists(partial(file));
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder(imageId));
        } catch (DirectoryNotEmptyException e) {
            // Others of this image remain.
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove from " + folder(imageId), e);
        }
    }

    /** The annotations of an image that have a file here, ascending. */
    public Set<Long> annotations(UUID imageId) {
        Set<Long> annotations = new TreeSet<>();
        for (Path file : list(folder(imageId), "*" + SUFFIX)) {
            String name = file.getFileName().toString();
            annotations.add(Long.valueOf(name.substring(0, name.length() - SUFFIX.length())));
        }
        return annotations;
    }

    /** All images that have a folder here. */
    public Set<UUID> images() {
        Set<UUID> images = new TreeSet<>();
        for (Path shard : list(root, "[0-9a-f][0-9a-f]")) {
            for (Path image : list(shard, "*")) {
                images.add(UUID.fromString(image.getFileName().toString()));
            }
        }
        return images;
    }

    /** Forgets everything. */
    public void clear() {
        // The sequence first: a crash in between must not leave holes behind it.
        reached(0);
        for (UUID image : images()) {
            annotations(image).forEach(annotation -> remove(image, annotation));
            list(folder(image), "*" + PARTIAL).forEach(EncodingStore::delete);
            delete(folder(image));
        }
    }

    /**
     * Removes what any network, of now or before, made of some images.
     *
     * @param home under which every network has its own folder
     */
    public static void erase(Path home, Collection<UUID> images) {
        for (Path network : list(home, "*")) {
            for (UUID image : images) {
                Path folder = folder(network, image);
                list(folder, "*").forEach(EncodingStore::delete);
                delete(folder);
            }
        }
    }

    /**
     * Removes all that a network with some weights made, of any side and range.
     *
     * @param home under which every network has its own folder
     */
    public static void eraseWeights(Path home, String weightsSha256) {
        String digits = weightsSha256.substring(0, HASH_DIGITS);
        for (Path network : list(home, "*-" + digits + "-*")) {
            delete(network.resolve("sequence")); // first: a crash must not leave holes behind it
            for (Path shard : list(network, "[0-9a-f][0-9a-f]")) {
                for (Path image : list(shard, "*")) {
                    list(image, "*").forEach(EncodingStore::delete);
                    delete(image);
                }
                delete(shard);
            }
        }
    }

    private Path folder(UUID imageId) {
        return folder(root, imageId);
    }

    private static Path folder(Path network, UUID imageId) {
        String id = imageId.toString();
        return network.resolve(id.substring(0, 2)).resolve(id);
    }

    private Path file(UUID imageId, long annotationId) {
        return folder(imageId).resolve(annotationId + SUFFIX);
    }

    private Path near(UUID imageId, long annotationId) {
        return folder(imageId).resolve(annotationId + NEAR_SUFFIX);
    }

    private static Path partial(Path file) {
        return file.resolveSibling(file.getFileName() + PARTIAL);
    }

    private static List<Path> list(Path folder, String glob) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
            stream.forEach(files::add);
        } catch (NoSuchFileException e) {
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
        return files;
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + path, e);
        }
    }

    private static void write(Path file, byte[] bytes) {
        // One name a target, and one writer: an interrupted write is written over by the next.
        Path partial = partial(file);
        try {
            Files.createDirectories(file.getParent());
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

    /** Lets another process write. */
    @Override
    public synchronized void close() {
        if (lock != null) {
            try {
                lock.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot unlock " + root, e);
            }
            lock = null;
        }
    }
}
