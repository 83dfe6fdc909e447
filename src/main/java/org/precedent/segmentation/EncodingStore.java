package org.precedent.segmentation;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.blob.NamedFiles;
import org.precedent.imaging.InputRange;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.weights.WeightsException;

/**
 * Encodings of annotations, on disk or in the bucket of blobs: a projection, so everything here may
 * be deleted while nobody writes. One folder holds those of one network with one set of weights at
 * one side in one range; in it {@code ab/IMAGE/ANNOTATION.safetensors}, {@code ab} being the first
 * two digits of the image's id, and {@code sequence}, the step of the outbox that it has reached.
 * An annotation never changes (a correction is a new one), so neither does its file. What lies
 * around its mask is in {@code ANNOTATION.near} beside it, once a query needed it.
 *
 * <p>One process writes and holds {@code write.lock}; any number read. A reader sees a whole file
 * or none. One that is damaged or cannot be read all the same is taken for absent: it is encoded
 * again to the same bits.
 */
public final class EncodingStore implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(EncodingStore.class);

    private static final int HASH_DIGITS = 16;
    private static final String SUFFIX = ".safetensors";
    private static final String NEAR_SUFFIX = ".near";
    private static final Pattern SHARD = Pattern.compile("[0-9a-f]{2}");
    private static final String SEQUENCE = "sequence";

    private final NamedFiles files;
    private final String name;
    private final SegmentationNetwork network;
    private final int side;
    private final InputRange range;
    private NamedFiles.@Nullable Lock lock;
    private volatile long seen;

    /**
     * @param files in which every network has its own folder
     * @param side in pixels that images are brought to before they are encoded
     * @param range of grey values that images keep
     */
    public EncodingStore(
            NamedFiles files, SegmentationNetwork network, int side, InputRange range) {
        this.files = files;
        this.network = network;
        this.side = side;
        this.range = range;
        this.name =
                network.name()
                        + "-"
                        + network.weightsSha256().substring(0, HASH_DIGITS)
                        + "-"
                        + side
                        + (range == InputRange.MIN_MAX ? "" : "-" + range.word())
                        + (network.arithmeticVersion() == 1
                                ? ""
                                : "-v" + network.arithmeticVersion());
    }

    /** The store of another network, beside this one, of the same side and range. */
    public EncodingStore of(SegmentationNetwork other) {
        return new EncodingStore(files, other, side, range);
    }

    /**
     * Names the network, its weights, the side, the range, unless that is min-max, and the version
     * of the network's arithmetic, unless that is 1.
     */
    public String name() {
        return name;
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
        if (lock == null) {
            lock = files.lock(name).orElse(null);
        }
        return lock != null;
    }

    /** Whether all nodes share it: files are one machine's. */
    public boolean isShared() {
        return files.isShared();
    }

    /** Whether this process is the writer. */
    public synchronized boolean isWriter() {
        return lock != null;
    }

    /**
     * The step of the outbox up to which everything is here; 0 at first. Where all nodes share the
     * store, it is what {@link #refresh} has seen: whoever asks does not wait for the bucket.
     */
    public long sequence() {
        return files.isShared() ? seen : written();
    }

    /**
     * Looks how far a store is that all nodes share.
     *
     * @return false where that cannot be told now
     */
    public boolean refresh() {
        if (files.isShared()) {
            try {
                seen = written();
            } catch (UncheckedIOException e) {
                LOG.debugf("how far the encodings are cannot be told now: %s", e.getMessage());
                return false;
            }
        }
        return true;
    }

    private long written() {
        try {
            return files.readNow(name + "/" + SEQUENCE)
                    .map(bytes ->
                            Long.parseLong(new String(bytes, StandardCharsets.US_ASCII).strip()))
                    .orElse(0L);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Records that everything up to a step of the outbox is here. */
    public void reached(long sequence) {
        files.write(
                name + "/" + SEQUENCE, Long.toString(sequence).getBytes(StandardCharsets.US_ASCII));
        seen = sequence;
    }

    /** An annotation's encoding; empty when it is not here, or damaged. */
    public Optional<SupportEncoding> find(UUID imageId, long annotationId) {
        return find(file(imageId, annotationId));
    }

    /** The encoding of what lies around an annotation's mask; empty likewise. */
    public Optional<SupportEncoding> findNear(UUID imageId, long annotationId) {
        return find(near(imageId, annotationId));
    }

    private Optional<SupportEncoding> find(String file) {
        SupportEncoding encoding;
        try {
            Optional<byte[]> bytes = files.read(file);
            if (bytes.isEmpty()) {
                return Optional.empty();
            }
            encoding = SupportEncoding.read(file.substring(file.lastIndexOf('/') + 1), bytes.get());
        } catch (NetworkException | WeightsException e) {
            return Optional.empty();
        } catch (UncheckedIOException e) {
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
        files.write(file(imageId, annotationId), encoding.bytes());
    }

    /** Keeps the encoding of what lies around the mask of an annotation that is here. */
    public void putNear(UUID imageId, long annotationId, SupportEncoding encoding) {
        if (files.contains(file(imageId, annotationId))) {
            files.write(near(imageId, annotationId), encoding.bytes());
        }
    }

    /** Forgets an annotation's encodings. */
    public void remove(UUID imageId, long annotationId) {
        // The one that says that the annotation is here goes last.
        files.delete(near(imageId, annotationId));
        files.delete(file(imageId, annotationId));
    }

    /** The annotations of an image that have a file here, ascending. */
    public Set<Long> annotations(UUID imageId) {
        Set<Long> annotations = new TreeSet<>();
        for (String file : files.list(folder(name, imageId))) {
            if (file.endsWith(SUFFIX)) {
                annotations.add(Long.valueOf(file.substring(0, file.length() - SUFFIX.length())));
            }
        }
        return annotations;
    }

    /** All images that have a folder here. */
    public Set<UUID> images() {
        Set<UUID> images = new TreeSet<>();
        for (String shard : shards(files, name)) {
            files.list(name + "/" + shard).forEach(image -> images.add(UUID.fromString(image)));
        }
        return images;
    }

    private static List<String> shards(NamedFiles files, String network) {
        return files.list(network).stream().filter(SHARD.asMatchPredicate()).toList();
    }

    /** Forgets everything. */
    public void clear() {
        // The sequence first: a crash in between must not leave holes behind it.
        reached(0);
        images().forEach(image -> delete(files, folder(name, image)));
    }

    private static void delete(NamedFiles files, String folder) {
        files.list(folder).forEach(file -> files.delete(folder + "/" + file));
    }

    /**
     * Removes what any network, of now or before, made of some images.
     *
     * @param files in which every network has its own folder
     */
    public static void erase(NamedFiles files, Collection<UUID> images) {
        for (String network : files.list("")) {
            images.forEach(image -> delete(files, folder(network, image)));
        }
    }

    /**
     * Removes all that a network with some weights made, of any side and range.
     *
     * @param files in which every network has its own folder
     */
    public static void eraseWeights(NamedFiles files, String weightsSha256) {
        String digits = "-" + weightsSha256.substring(0, HASH_DIGITS) + "-";
        for (String network : files.list("")) {
            if (network.contains(digits)) {
                // First: a crash must not leave holes behind it.
                files.delete(network + "/" + SEQUENCE);
                for (String shard : shards(files, network)) {
                    String below = network + "/" + shard;
                    files.list(below).forEach(image -> delete(files, below + "/" + image));
                }
            }
        }
    }

    private static String folder(String network, UUID imageId) {
        String id = imageId.toString();
        return network + "/" + id.substring(0, 2) + "/" + id;
    }

    private String file(UUID imageId, long annotationId) {
        return folder(name, imageId) + "/" + annotationId + SUFFIX;
    }

    private String near(UUID imageId, long annotationId) {
        return folder(name, imageId) + "/" + annotationId + NEAR_SUFFIX;
    }

    @Override
    public void close() {
        unlock();
    }

    /** Lets another process write. */
    public synchronized void unlock() {
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }
}
