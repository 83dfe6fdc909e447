package org.precedent.imaging.format.dicom;

import java.nio.ByteOrder;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.volume.Meaning.Lookup;

/** Reads tables of values and of colours. */
final class LookupTable {
    private static final int MOST_ENTRIES = 65_536;

    private LookupTable() {}

    /**
     * A table by its descriptor: entries (0 means 65,536), first stored sample (signed if the
     * pixels are), bits of an entry.
     */
    static Lookup of(
            DicomFile file, DataSet set, Tag descriptorTag, Tag dataTag, boolean signedPixels) {
        Reading reading = file.reading();
        Element descriptor = set.get(descriptorTag);
        Element data = set.get(dataTag);
        if (descriptor == null || data == null || descriptor.length() < 6) {
            throw broken(reading, descriptorTag, "none", "three numbers and a table");
        }
        int[] numbers = descriptor.shorts(false);
        int entries = numbers[0] == 0 ? MOST_ENTRIES : numbers[0];
        int first = signedPixels ? (short) numbers[1] : numbers[1];
        int[] values = new int[entries];
        if (data.length() >= 2 * entries) {
            int[] words = data.shorts(false);
            System.arraycopy(words, 0, values, 0, entries);
        } else if (data.length() >= entries && numbers[2] <= 8) {
            // Entries of 8 bits, two in a word; words in big endian hold them the other way round.
            boolean swapped =
                    data.representation().equals("OW") && data.order() == ByteOrder.BIG_ENDIAN;
            for (int i = 0; i < entries; i++) {
                values[i] = data.bytes().get(swapped ? i ^ 1 : i) & 0xff;
            }
        } else {
            throw broken(reading, dataTag, data.length() + " bytes", entries + " entries");
        }
        return new Lookup(first, values);
    }

    private static ImagingException broken(Reading reading, Tag tag, String value, String limit) {
        return reading.refuse(
                Code.UNREADABLE,
                "has a table of " + value + " where " + limit + " are needed",
                tag.toString(),
                value,
                limit);
    }
}
