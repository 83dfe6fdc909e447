package org.precedent.blob.s3;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.blob.StoredForm;

/**
 * Blobs of another store on this node's disk, in the form in which they are stored. What was not
 * asked for the longest time goes first when bytes exceed the bound, and nothing stays longer than
 * the age. Nobody relies on it: a file that is gone or damaged is fetched again, and a disk that
 * fails only makes reading slower.
 *
 * <p>One process at a time uses a directory; in others that share it there is no cache.
 * Thread-safe.
 */
final class BlobCache implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(BlobCache.class);
    private static final String PARTIAL_SUFFIX = ".partial";

    private record Kept(long bytes, Instant since) {}

    private final Path root;
    private final long maxBytes;
    private final Duration age;
    private final Clock clock;
    private final @Nullable FileChannel lock;

    /** In order of the last use. */
    private final Map<String, Kept> kept = new LinkedHashMap<>(16, .75f, true);

    private long bytes;
    private long partials;

    /**
     * Opens a cache, or one that keeps nothing where the bound is 0 or another process has it.
     *
     * @param root its directory, made when absent
     * @param maxBytes at least 0
     * @param age positive
     */
    BlobCache(Path root, long maxBytes, Duration age, Clock clock) {
        this.root = root;
        this.maxBytes = maxBytes;
        this.age = age;
        this.clock = clock;
        this.lock = maxBytes == 0 ? null : open();
    }

    /** Removes by itself what is older than the age, until it is shut down. */
    ScheduledExecutorService sweeping() {
        ScheduledExecutorService sweeper =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("blob-cache").factory());
        long pause = Math.max(1, age.toMillis() / 4);
        sweeper.scheduleWithFixedDelay(this::sweep, pause, pause, TimeUnit.MILLISECONDS);
        return sweeper;
    }

    private @Nullable FileChannel open() {
        FileChannel channel = null;
        try {
            Files.createDirectories(root);
            channel =
                    FileChannel.open(
                            root.resolve("lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            if (channel.tryLock() != null) {
                readDirectory();
                sweep();
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            LOG.debugf("another store of this process has %s", root);
        } catch (IOException e) {
            LOG.warnf("no blobs are kept in %s: %s", root, e.toString());
        }
        close(channel);
        return null;
    }

    /** What an earlier process left, by the age of its files. */
    private void readDirectory() throws IOException {
        record Found(String sha256, Kept kept) {}
        List<Found> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root, 2)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = root.relativize(file).toString();
                Optional<String> sha256 = StoredForm.sha256(name);
                if (sha256.isPresent()) {
                    BasicFileAttributes of = Files.readAttributes(file, BasicFileAttributes.class);
                    all.add(
                            new Found(
                                    sha256.get(),
                                    new Kept(of.size(), of.lastModifiedTime().toInstant())));
                } else if (name.endsWith(PARTIAL_SUFFIX)) {
                    Files.deleteIfExists(file);
                }
            }
        }
        all.sort(Comparator.comparing(found -> found.kept().since()));
        for (Found found : all) {
            kept.put(found.sha256(), found.kept());
            bytes += found.kept().bytes();
        }
    }

    /** A blob as it is stored, unchecked; empty where it is not here. */
    Optional<byte[]> get(String sha256) {
        if (lock == null) {
            return Optional.empty();
        }
        synchronized (this) {
            Kept one = kept.get(sha256);
            if (one == null) {
                return Optional.empty();
            }
            if (isOld(one)) {
                remove(sha256);
                return Optional.empty();
            }
        }
        try {
            return Optional.of(Files.readAllBytes(file(sha256)));
        } catch (IOException e) { // removed meanwhile, or the disk fails
            remove(sha256);
            return Optional.empty();
        }
    }

    /** Keeps a blob, as it is stored; a larger one than the bound is not kept. */
    void put(String sha256, byte[] stored) {
        if (lock == null || stored.length > maxBytes) {
            return;
        }
        Path file = file(sha256);
        try {
            Files.createDirectories(file.getParent());
            Path partial;
            synchronized (this) {
                partial = root.resolve(partials++ + PARTIAL_SUFFIX);
            }
            Files.write(partial, stored);
            synchronized (this) {
                Files.move(
                        partial,
                        file,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
                Kept before = kept.put(sha256, new Kept(stored.length, clock.instant()));
                bytes += stored.length - (before == null ? 0 : before.bytes());
                shrink();
            }
        } catch (IOException e) {
            LOG.warnf("a blob is not kept in %s: %s", root, e.toString());
        }
    }

    /** Forgets a blob: it was deleted, or the copy here is damaged. */
    synchronized void remove(String sha256) {
        Kept one = kept.remove(sha256);
        if (one != null) {
            bytes -= one.bytes();
        }
        delete(sha256);
    }

    /** Removes what is older than the age. */
    synchronized void sweep() {
        for (Iterator<Map.Entry<String, Kept>> all = kept.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, Kept> one = all.next();
            if (isOld(one.getValue())) {
                bytes -= one.getValue().bytes();
                all.remove();
                delete(one.getKey());
            }
        }
        shrink();
    }

    /** Bytes that it takes on the disk. */
    synchronized long bytes() {
        return bytes;
    }

    private void shrink() {
        for (Iterator<Map.Entry<String, Kept>> all = kept.entrySet().iterator();
                bytes > maxBytes && all.hasNext(); ) {
            Map.Entry<String, Kept> eldest = all.next();
            bytes -= eldest.getValue().bytes();
            all.remove();
            delete(eldest.getKey());
        }
    }

    private boolean isOld(Kept one) {
        return one.since().plus(age).isBefore(clock.instant());
    }

    private void delete(String sha256) {
        try {
            Files.deleteIfExists(file(sha256));
        } catch (IOException e) {
            LOG.warnf("%s is not removed: %s", file(sha256), e.toString());
        }
    }

    private Path file(String sha256) {
        return root.resolve(StoredForm.key(sha256));
    }

    /** Leaves the files to the next process. */
    @Override
    public void close() {
        close(lock);
    }

    private static void close(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("a lock is not closed", e);
            }
        }
    }
}
