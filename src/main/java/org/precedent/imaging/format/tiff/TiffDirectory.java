package org.precedent.imaging.format.tiff;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The first directory of a TIFF file (revision 6.0), which is also the form of EXIF data. Every
 * offset and count is held against the bytes that are there; no array is longer than they are.
 *
 * <p>Methods throw {@link IndexOutOfBoundsException} where the data points outside itself.
 */
public final class TiffDirectory {
    static final int ORIENTATION = 274;

    /** More than the tiles of any image within sane limits. */
    private static final int MAX_VALUES = 1 << 20;

    private static final int MAX_PAGES = 10_000;

    private record Entry(int type, long count, int position) {}

    private final ByteBuffer data;
    private final Map<Integer, Entry> entries = new TreeMap<>();
    private final int pages;

    private TiffDirectory(ByteBuffer data) {
        this.data = data;
        data.order(data.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int offset = position(data.getInt(4));
        int count = data.getShort(offset) & 0xffff;
        for (int i = 0; i < count; i++) {
            int at = offset + 2 + 12 * i;
            entries.putIfAbsent(
                    data.getShort(at) & 0xffff,
                    new Entry(
                            data.getShort(at + 2) & 0xffff,
                            data.getInt(at + 4) & 0xffffffffL,
                            at + 8));
        }
        pages = countPages(offset);
    }

    /**
     * @param data from the byte order mark on; its order is changed
     */
    static TiffDirectory read(ByteBuffer data) {
        return new TiffDirectory(data);
    }

    /** The orientation in EXIF data, 1 where it has none or cannot be understood. */
    public static long orientation(ByteBuffer exif) {
        try {
            return read(exif).value(ORIENTATION, 1);
        } catch (IndexOutOfBoundsException e) {
            // EXIF that cannot be read asks for nothing.
            return 1;
        }
    }

    /** How many directories are chained; a chain that bites its tail is counted once. */
    int pages() {
        return pages;
    }

    boolean has(int tag) {
        return entries.containsKey(tag);
    }

    /** The first value of a tag, or another where the tag is absent. */
    long value(int tag, long otherwise) {
        long[] values = values(tag);
        return values == null || values.length == 0 ? otherwise : values[0];
    }

    /**
     * The unsigned integers of a tag, or null where it is absent.
     *
     * @throws IndexOutOfBoundsException when they lie outside the data or are no integers
     */
    long @Nullable [] values(int tag) {
        Entry entry = entries.get(tag);
        if (entry == null) {
            return null;
        }
        int size =
                switch (entry.type()) {
                    case 1, 6, 7 -> 1;
                    case 3 -> 2;
                    case 4 -> 4;
                    default ->
                            throw new IndexOutOfBoundsException(
                                    "tag " + tag + " has type " + entry.type());
                };
        long bytes = entry.count() * size;
        long start = bytes <= 4 ? entry.position() : data.getInt(entry.position()) & 0xffffffffL;
        if (entry.count() > MAX_VALUES) {
            throw new IndexOutOfBoundsException("tag " + tag + " has too many values");
        }
        if (start + bytes > data.limit()) {
            throw new IndexOutOfBoundsException("tag " + tag + " lies outside the file");
        }
        long[] values = new long[(int) entry.count()];
        for (int i = 0; i < values.length; i++) {
            int at = (int) start + i * size;
            values[i] =
                    switch (size) {
                        case 1 -> data.get(at) & 0xff;
                        case 2 -> data.getShort(at) & 0xffff;
                        default -> data.getInt(at) & 0xffffffffL;
                    };
        }
        return values;
    }

    /**
     * The same file with a directory of only these tags, put behind it: every offset stays valid,
     * and a reader never meets the others.
     */
    byte[] only(List<Integer> tags) {
        int end = data.limit() + (data.limit() & 1);
        List<Integer> kept = tags.stream().sorted().filter(entries::containsKey).toList();
        ByteBuffer out = ByteBuffer.allocate(end + 2 + 12 * kept.size() + 4).order(data.order());
        out.put(0, data, 0, data.limit());
        out.putInt(4, end);
        out.putShort(end, (short) kept.size());
        for (int i = 0; i < kept.size(); i++) {
            Entry entry = entries.get(kept.get(i));
            if (entry != null) {
                out.put(end + 2 + 12 * i, data, entry.position() - 8, 12);
            }
        }
        return out.array();
    }

    private int countPages(int first) {
        Set<Integer> seen = new HashSet<>();
        int offset = first;
        while (offset != 0 && seen.size() < MAX_PAGES && seen.add(offset)) {
            int count = data.getShort(offset) & 0xffff;
            int next = offset + 2 + 12 * count;
            offset = next + 4 > data.limit() ? 0 : position(data.getInt(next));
        }
        return seen.size();
    }

    private int position(int offset) {
        if (offset < 0 || offset > data.limit() - 2) {
            throw new IndexOutOfBoundsException("a directory lies outside the file");
        }
        return offset;
    }
}
