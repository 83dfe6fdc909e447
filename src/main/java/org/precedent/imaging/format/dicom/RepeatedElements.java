package org.precedent.imaging.format.dicom;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.format.dicom.SourceSeries.Repeated;

/**
 * The elements that an object repeats of the image that it was derived from, so that an archive
 * files it with its patient and its study. All of them are text.
 */
final class RepeatedElements {
    private static final int PATIENT_ORIENTATION = 0x0020_0020;
    private static final int PATIENT_IDENTITY_REMOVED = 0x0012_0062;
    private static final int DEIDENTIFICATION_METHOD = 0x0012_0063;

    private static final Map<Integer, String> REPRESENTATIONS =
            Map.ofEntries(
                    Map.entry(0x0008_0005, "CS"), // Specific Character Set
                    Map.entry(0x0008_0020, "DA"), // Study Date
                    Map.entry(0x0008_0030, "TM"), // Study Time
                    Map.entry(0x0008_0050, "SH"), // Accession Number
                    Map.entry(0x0008_0090, "PN"), // Referring Physician's Name
                    Map.entry(0x0008_1030, "LO"), // Study Description
                    Map.entry(0x0010_0010, "PN"), // Patient's Name
                    Map.entry(0x0010_0020, "LO"), // Patient ID
                    Map.entry(0x0010_0021, "LO"), // Issuer of Patient ID
                    Map.entry(0x0010_0030, "DA"), // Patient's Birth Date
                    Map.entry(0x0010_0032, "TM"), // Patient's Birth Time
                    Map.entry(0x0010_0040, "CS"), // Patient's Sex
                    Map.entry(0x0010_1010, "AS"), // Patient's Age
                    Map.entry(0x0010_1020, "DS"), // Patient's Size
                    Map.entry(0x0010_1030, "DS"), // Patient's Weight
                    Map.entry(PATIENT_IDENTITY_REMOVED, "CS"),
                    Map.entry(DEIDENTIFICATION_METHOD, "LO"),
                    Map.entry(0x0020_000d, "UI"), // Study Instance UID
                    Map.entry(0x0020_0010, "SH"), // Study ID
                    Map.entry(PATIENT_ORIENTATION, "CS"),
                    Map.entry(0x0020_0052, "UI"), // Frame of Reference UID
                    Map.entry(0x0020_1040, "LO")); // Position Reference Indicator

    /** Must be there in every object, with or without a value. */
    private static final TreeSet<Integer> NEEDED =
            new TreeSet<>(
                    List.of(
                            0x0008_0020,
                            0x0008_0030,
                            0x0008_0050,
                            0x0008_0090,
                            0x0010_0010,
                            0x0010_0020,
                            0x0010_0030,
                            0x0010_0040,
                            0x0020_0010));

    private RepeatedElements() {}

    /** How an element is written; null where it is not repeated. */
    static @Nullable String representation(int number) {
        return REPRESENTATIONS.get(number);
    }

    /** Adds what must be there without a value, and drops what would be half a statement. */
    static void complete(SortedMap<Integer, Repeated> found, boolean placed) {
        for (int number : NEEDED) {
            String as = String.valueOf(REPRESENTATIONS.get(number));
            found.putIfAbsent(number, new Repeated(as, new byte[0]));
        }
        if (placed) {
            found.remove(PATIENT_ORIENTATION); // frames have their own
        } else {
            found.putIfAbsent(PATIENT_ORIENTATION, new Repeated("CS", new byte[0]));
        }
        Repeated method = found.get(DEIDENTIFICATION_METHOD);
        if (method == null || method.value().length == 0) {
            found.remove(PATIENT_IDENTITY_REMOVED);
            found.remove(DEIDENTIFICATION_METHOD);
        }
        // The indicator belongs to a frame of reference, and must be there with it.
        Repeated frame = found.get(0x0020_0052);
        if (frame == null || frame.value().length == 0) {
            found.remove(0x0020_0052);
            found.remove(0x0020_1040);
        } else {
            found.putIfAbsent(0x0020_1040, new Repeated("LO", new byte[0]));
        }
    }
}
