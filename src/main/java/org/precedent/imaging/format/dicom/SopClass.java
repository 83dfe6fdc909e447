package org.precedent.imaging.format.dicom;

import java.util.Map;

/** The names of objects without pixels, so that a refusal can say what was sent. */
final class SopClass {
    static final String SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4";
    static final String LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7";

    private static final String STORAGE = "1.2.840.10008.5.1.4.1.1.";

    /** The longest prefix of an UID decides. */
    private static final Map<String, String> NAMES =
            Map.ofEntries(
                    Map.entry("1.2.840.10008.1.3.10", "a DICOMDIR, which only lists files"),
                    Map.entry(STORAGE + "481.3", "an RT Structure Set"),
                    Map.entry(STORAGE + "481.4", "RT Beams Treatment Record"),
                    Map.entry(STORAGE + "481.5", "an RT Plan"),
                    Map.entry(STORAGE + "481.8", "an RT Ion Plan"),
                    Map.entry(STORAGE + "481.9", "an RT Ion Beams Treatment Record"),
                    Map.entry(STORAGE + "88.", "a Structured Report"),
                    Map.entry(STORAGE + "88.59", "a Key Object Selection"),
                    Map.entry(STORAGE + "9.", "a waveform"),
                    Map.entry(STORAGE + "11.", "a Presentation State"),
                    Map.entry(STORAGE + "66.1", "a Spatial Registration"),
                    Map.entry(STORAGE + "66.2", "Spatial Fiducials"),
                    Map.entry(STORAGE + "66.5", "a Surface Segmentation"),
                    Map.entry(STORAGE + "66.6", "Tractography Results"),
                    Map.entry(STORAGE + "104.1", "an encapsulated PDF"),
                    Map.entry(STORAGE + "104.2", "an encapsulated CDA"));

    private SopClass() {}

    /** What an object of a class is, in words. */
    static String nameOf(String uid) {
        String best = "";
        for (String prefix : NAMES.keySet()) {
            boolean matches = prefix.endsWith(".") ? uid.startsWith(prefix) : uid.equals(prefix);
            if (matches && prefix.length() > best.length()) {
                best = prefix;
            }
        }
        if (!best.isEmpty()) {
            return NAMES.getOrDefault(best, "");
        }
        return uid.isEmpty() ? "an object of no stated class" : "an object of class " + uid;
    }
}
