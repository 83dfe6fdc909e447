package org.precedent.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A zip file from an untrusted hand, read under limits: what its directory declares is checked at
 * opening, and no entry yields a byte more than it declared.
 */
final class Archive implements AutoCloseable {
    private static final int MAX_ENTRIES = 100_000;

    private final String file;
    private final ZipFile zip;

    private Archive(String file, ZipFile zip) {
        this.file = file;
        this.zip = zip;
    }

    /**
     * @param maxBytes limit of the sizes of all entries together, unpacked
     */
    static Archive open(Path path, long maxBytes) {
        String file = String.valueOf(path.getFileName());
        ZipFile zip;
        try {
            zip = new ZipFile(path.toFile());
        } catch (ZipException e) {
            throw WeightsException.malformed(file, "no sound zip: " + e.getMessage(), e);
        } catch (IOException e) {
            throw WeightsException.unreadable(file, "cannot be read: " + e.getMessage(), e);
        }
        Archive archive = new Archive(file, zip);
        try {
            archive.check(maxBytes);
        } catch (RuntimeException e) {
            archive.close();
            throw e;
        }
        return archive;
    }

    private void check(long maxBytes) {
        if (zip.size() > MAX_ENTRIES) {
            throw WeightsException.tooLarge(file, "number of entries", zip.size(), MAX_ENTRIES);
        }
        Set<String> names = new HashSet<>();
        long total = 0;
        for (ZipEntry entry : entries()) {
            if (!names.add(entry.getName())) {
                throw WeightsException.malformed(file, "two entries called " + entry.getName());
            }
            if (entry.getSize() < 0) {
                throw WeightsException.malformed(file, entry.getName() + " declares no size");
            }
            // Each size is below 2^63 and the sum is checked at every step, so it cannot wrap.
            if (entry.getSize() > maxBytes - total) {
                throw WeightsException.tooLarge(
                        file, "unpacked size up to " + entry.getName(), entry.getSize(), maxBytes);
            }
            total += entry.getSize();
        }
    }

    private List<ZipEntry> entries() {
        List<ZipEntry> entries = new ArrayList<>();
        zip.stream().forEach(entries::add);
        return entries;
    }

    /** Names of all entries, in the order of the directory. */
    List<String> names() {
        return entries().stream().map(ZipEntry::getName).toList();
    }

    boolean has(String name) {
        return zip.getEntry(name) != null;
    }

    /** Size of an entry, unpacked. */
    long size(String name) {
        return entry(name).getSize();
    }

    /** All bytes of an entry of at most {@code maxBytes}. */
    byte[] read(String name, int maxBytes) {
        ZipEntry entry = entry(name);
        if (entry.getSize() > maxBytes) {
            throw WeightsException.tooLarge(file, "size of " + name, entry.getSize(), maxBytes);
        }
        int size = (int) entry.getSize();
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(size);
            if (bytes.length < size || in.read() != -1) {
                throw WeightsException.malformed(
                        file, name + " does not hold the " + size + " bytes that it declares");
            }
            return bytes;
        } catch (IOException e) {
            throw WeightsException.malformed(file, name + " does not unpack", e);
        }
    }

    private ZipEntry entry(String name) {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw WeightsException.malformed(file, "no entry " + name);
        }
        return entry;
    }

    String file() {
        return file;
    }

    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw WeightsException.unreadable(file, "cannot be closed", e);
        }
    }
}
