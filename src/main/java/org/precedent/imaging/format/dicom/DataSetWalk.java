package org.precedent.imaging.format.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.dicom.Element.Fragment;

/**
 * Walks a data set by its lengths, without memory for anything but the elements that are kept.
 * Nesting, items, elements and fragments are bounded, and no length may reach beyond what holds it.
 */
final class DataSetWalk {
    private static final int MOST_DEPTH = 16;
    private static final int MOST_ELEMENTS = 5_000_000;
    private static final int MOST_FRAGMENTS = 1_000_000;

    private static final int ITEM = 0xfffe_e000;
    private static final int ITEM_END = 0xfffe_e00d;
    private static final int SEQUENCE_END = 0xfffe_e0dd;
    private static final int TRAILING_PADDING = 0xfffc_fffc;
    private static final long UNDEFINED = 0xffff_ffffL;

    private static final Set<String> LONG =
            Set.of("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV");
    private static final Set<String> SHORT =
            Set.of(
                    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN",
                    "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US");

    private final Reading reading;
    private final byte[] bytes;
    private final ByteBuffer in;
    private final @Nullable Passing passing;
    private int elements;

    /**
     * @param bytes what is walked: the file, or what it inflates to
     */
    DataSetWalk(Reading reading, byte[] bytes) {
        this(reading, bytes, null);
    }

    /**
     * @param passing is told of every element with a value, kept or not; null for nobody
     */
    DataSetWalk(Reading reading, byte[] bytes, @Nullable Passing passing) {
        this.reading = reading;
        this.bytes = bytes;
        this.in = ByteBuffer.wrap(bytes);
        this.passing = passing;
    }

    /** Whether elements of a representation have a length of four bytes. */
    static boolean isLong(String representation) {
        return LONG.contains(representation);
    }

    /** Looks at values on their way past, sequences and encapsulated pixels left out. */
    interface Passing {
        /**
         * One element.
         *
         * @param depth 0 outside all sequences
         * @param representation null where the file does not state it
         * @param source where the value lies at the offset
         */
        void value(
                int depth,
                int number,
                @Nullable String representation,
                byte[] source,
                int offset,
                int length);

        /** A sequence begins, known or not. */
        default void begin(int depth, int number) {}

        /** An item of it begins. */
        default void item() {}

        /** An item of it ends. */
        default void itemEnd() {}

        /** A sequence ends. */
        default void end(int depth, int number) {}
    }

    /** How elements are written. */
    record Encoding(boolean explicit, ByteOrder order) {
        static final Encoding IMPLICIT = new Encoding(false, ByteOrder.LITTLE_ENDIAN);
    }

    /** What follows an element's tag. */
    private record Head(@Nullable String representation, long length, int value) {}

    /**
     * The group of file meta information, explicit little endian whatever follows.
     *
     * @param into gets what is kept of it
     * @return where the data set begins
     */
    int meta(int from, DataSet into) {
        Encoding encoding = new Encoding(true, ByteOrder.LITTLE_ENDIAN);
        in.order(encoding.order());
        int at = from;
        while (at + 8 <= bytes.length && in.getShort(at) == 2) {
            at = element(at, bytes.length, encoding, 0, into);
        }
        return at;
    }

    /** A whole data set, to the end of the bytes. */
    DataSet dataSet(int from, Encoding declared) {
        DataSet into = new DataSet(reading);
        Encoding encoding = actual(from, declared);
        int at = from;
        while (at < bytes.length) {
            if (bytes.length - at < 8) {
                if (into.has(Tag.PIXEL_DATA)) {
                    break; // a few bytes behind the pixels
                }
                throw truncated(0, bytes.length - at, 8);
            }
            in.order(encoding.order());
            int tag = tag(at);
            if (tag == TRAILING_PADDING || (tag == 0 && into.has(Tag.PIXEL_DATA))) {
                break;
            }
            at = element(at, bytes.length, encoding, 0, into);
        }
        return into;
    }

    /** Some writers say explicit and write implicit, or the reverse: the first element tells. */
    private Encoding actual(int from, Encoding declared) {
        if (from + 8 > bytes.length || declared.order() == ByteOrder.BIG_ENDIAN) {
            return declared;
        }
        String letters = letters(from + 4);
        boolean known = LONG.contains(letters) || SHORT.contains(letters);
        return new Encoding(known, declared.order());
    }

    /** Walks one element and returns where the next begins. */
    private int element(int at, int end, Encoding encoding, int depth, DataSet into) {
        if (++elements > MOST_ELEMENTS) {
            throw reading.refuse(
                    Code.UNREADABLE, "has too many elements", "elements", elements, MOST_ELEMENTS);
        }
        int number = tag(at);
        Head head = head(at, end, number, encoding);
        Tag tag = Tag.of(number);
        if (head.length == UNDEFINED) {
            boolean pixels =
                    number == 0x7fe0_0010
                            || (head.representation != null && head.representation.startsWith("O"));
            if (pixels) {
                return encapsulated(head.value, end, encoding, tag, into);
            }
            Encoding inner = "UN".equals(head.representation) ? Encoding.IMPLICIT : encoding;
            List<DataSet> items = new ArrayList<>();
            int next = sequence(head.value, end, true, inner, depth, number, items);
            keepSequence(tag, items, head.value, next - head.value, encoding, into);
            in.order(encoding.order());
            return next;
        }
        long next = head.value + head.length;
        if (next > end) {
            throw truncated(number, end - head.value, head.length);
        }
        if (passing != null && !"SQ".equals(head.representation)) {
            passing.value(depth, number, head.representation, bytes, head.value, (int) head.length);
        }
        if (tag == null) {
            if (passing != null && "SQ".equals(head.representation)) {
                sequence(head.value, (int) next, false, encoding, depth, number, new ArrayList<>());
                in.order(encoding.order());
            }
            return (int) next;
        }
        String representation =
                head.representation == null || head.representation.equals("UN")
                        ? tag.representation()
                        : head.representation;
        if (representation.equals("SQ")) {
            Encoding inner = "UN".equals(head.representation) ? Encoding.IMPLICIT : encoding;
            List<DataSet> items = new ArrayList<>();
            sequence(head.value, (int) next, false, inner, depth, number, items);
            keepSequence(tag, items, head.value, (int) head.length, encoding, into);
            in.order(encoding.order());
        } else {
            into.put(
                    new Element(
                            tag,
                            representation,
                            bytes,
                            head.value,
                            (int) head.length,
                            encoding.order(),
                            List.of(),
                            List.of()));
        }
        return (int) next;
    }

    private void keepSequence(
            @Nullable Tag tag,
            List<DataSet> items,
            int offset,
            int length,
            Encoding encoding,
            DataSet into) {
        if (tag != null) {
            into.put(
                    new Element(
                            tag, "SQ", bytes, offset, length, encoding.order(), items, List.of()));
        }
    }

    private Head head(int at, int end, int number, Encoding encoding) {
        if (end - at < 8) {
            throw truncated(number, end - at, 8);
        }
        if (!encoding.explicit() || number >>> 16 == 0xfffe) {
            return new Head(null, in.getInt(at + 4) & UNDEFINED, at + 8);
        }
        String letters = letters(at + 4);
        if (LONG.contains(letters)) {
            if (end - at < 12) {
                throw truncated(number, end - at, 12);
            }
            return new Head(letters, in.getInt(at + 8) & UNDEFINED, at + 12);
        }
        if (SHORT.contains(letters) || letters.matches("[A-Z]{2}")) {
            return new Head(letters, in.getShort(at + 6) & 0xffff, at + 8);
        }
        // Two bytes that are no letters are half a length: this element is written implicitly.
        return new Head(null, in.getInt(at + 4) & UNDEFINED, at + 8);
    }

    private int sequence(
            int from,
            int end,
            boolean delimited,
            Encoding encoding,
            int depth,
            int number,
            List<DataSet> items) {
        if (passing == null) {
            return items(from, end, delimited, encoding, depth, number, items);
        }
        passing.begin(depth, number);
        int next = items(from, end, delimited, encoding, depth, number, items);
        passing.end(depth, number);
        return next;
    }

    /** Walks the items of a sequence and returns where it ends. */
    private int items(
            int from,
            int end,
            boolean delimited,
            Encoding encoding,
            int depth,
            int sequence,
            List<DataSet> items) {
        if (depth >= MOST_DEPTH) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "nests sequences too deeply at " + Tag.words(sequence),
                    Tag.words(sequence),
                    depth + 1,
                    MOST_DEPTH);
        }
        int at = from;
        while (delimited || at < end) {
            if (end - at < 8) {
                throw unended(sequence);
            }
            in.order(encoding.order());
            int tag = tag(at);
            long length = in.getInt(at + 4) & UNDEFINED;
            if (tag == SEQUENCE_END && delimited) {
                return at + 8;
            }
            if (tag != ITEM) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "has "
                                + Tag.name(tag)
                                + " where an item of "
                                + Tag.words(sequence)
                                + " begins",
                        Tag.words(sequence),
                        Tag.name(tag),
                        "(FFFE,E000)");
            }
            if (++elements > MOST_ELEMENTS) {
                throw reading.refuse(
                        Code.UNREADABLE, "has too many items", "items", elements, MOST_ELEMENTS);
            }
            DataSet item = new DataSet(reading);
            if (passing != null) {
                passing.item();
            }
            at = item(at + 8, end, length, encoding, depth, sequence, item);
            if (passing != null) {
                passing.itemEnd();
            }
            items.add(item);
        }
        return at;
    }

    private int item(
            int from,
            int end,
            long length,
            Encoding encoding,
            int depth,
            int sequence,
            DataSet into) {
        boolean delimited = length == UNDEFINED;
        if (!delimited && length > end - from) {
            throw truncated(sequence, end - from, length);
        }
        int last = delimited ? end : from + (int) length;
        int at = from;
        while (delimited || at < last) {
            if (last - at < 8) {
                throw unended(sequence);
            }
            in.order(encoding.order());
            if (delimited && tag(at) == ITEM_END) {
                return at + 8;
            }
            at = element(at, last, encoding, depth + 1, into);
        }
        return at;
    }

    /** Fragments, by their lengths alone: their bytes may look like anything. */
    private int encapsulated(
            int from, int end, Encoding encoding, @Nullable Tag tag, DataSet into) {
        List<Fragment> fragments = new ArrayList<>();
        int at = from;
        while (true) {
            if (end - at < 8) {
                throw reading.refuse(
                        Code.TRUNCATED,
                        "stops inside its encapsulated pixels, without their end",
                        Tag.PIXEL_DATA.toString(),
                        end - from,
                        "(FFFE,E0DD)");
            }
            in.order(encoding.order());
            int item = tag(at);
            long length = in.getInt(at + 4) & UNDEFINED;
            if (item == SEQUENCE_END) {
                break;
            }
            if (item != ITEM || length > end - at - 8L) {
                throw reading.refuse(
                        item == ITEM ? Code.TRUNCATED : Code.UNREADABLE,
                        item == ITEM
                                ? "has a fragment of "
                                        + length
                                        + " bytes, of which "
                                        + (end - at - 8)
                                        + " are there"
                                : "has " + Tag.name(item) + " where a fragment begins",
                        Tag.PIXEL_DATA.toString(),
                        item == ITEM ? length : Tag.name(item),
                        item == ITEM ? end - at - 8 : "(FFFE,E000)");
            }
            fragments.add(new Fragment(at + 8, (int) length));
            if (fragments.size() > MOST_FRAGMENTS) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "has too many fragments",
                        Tag.PIXEL_DATA.toString(),
                        fragments.size(),
                        MOST_FRAGMENTS);
            }
            at += 8 + (int) length;
        }
        if (tag != null) {
            if (fragments.isEmpty()) {
                throw reading.refuse(
                        Code.TRUNCATED,
                        "has no fragment in its encapsulated pixels",
                        Tag.PIXEL_DATA.toString(),
                        0,
                        "an offset table and a fragment");
            }
            into.put(
                    new Element(
                            tag,
                            "OB",
                            bytes,
                            from,
                            at - from,
                            encoding.order(),
                            List.of(),
                            fragments));
        }
        return at + 8;
    }

    private int tag(int at) {
        return (in.getShort(at) & 0xffff) << 16 | (in.getShort(at + 2) & 0xffff);
    }

    private String letters(int at) {
        return "" + (char) (bytes[at] & 0xff) + (char) (bytes[at + 1] & 0xff);
    }

    private ImagingException unended(int sequence) {
        return reading.refuse(
                Code.TRUNCATED,
                "ends inside " + Tag.words(sequence) + ", whose length is undefined",
                Tag.words(sequence),
                "no end",
                "(FFFE,E0DD)");
    }

    private ImagingException truncated(int number, long held, long needed) {
        return reading.refuse(
                Code.TRUNCATED,
                "stops inside "
                        + Tag.words(number)
                        + ", which has "
                        + needed
                        + " bytes, of which "
                        + Math.max(0, held)
                        + " are there",
                Tag.words(number),
                Math.max(0, held),
                needed);
    }
}
