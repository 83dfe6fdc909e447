package org.precedent.imaging.format.dicom.seg;

/**
 * What a thing is, in a coding scheme that other programs know.
 *
 * @param scheme {@code SCT} for SNOMED CT, {@code DCM} for DICOM's own
 * @param value in the scheme
 * @param meaning for people
 */
public record Code(String scheme, String value, String meaning) {
    /** The category and the type of a structure of which nothing but its name is known. */
    public static final Code TISSUE = new Code("SCT", "85756007", "Tissue");

    public static final Code ANATOMICAL_STRUCTURE =
            new Code("SCT", "91723000", "Anatomical Structure");

    static final Code ARTIFICIAL_INTELLIGENCE =
            new Code("DCM", "123110", "Artificial Intelligence");
    static final Code SEGMENTATION = new Code("DCM", "113076", "Segmentation");
    static final Code SOURCE_IMAGE =
            new Code("DCM", "121322", "Source image for image processing operation");

    public Code {
        for (String word : new String[] {scheme, value, meaning}) {
            if (word.isBlank() || word.length() > 64 || word.matches("(?s).*[\\\\\\p{Cntrl}].*")) {
                throw new IllegalArgumentException(
                        "a code of '%s', '%s', '%s': each is 1 to 64 characters without a backslash"
                                .formatted(scheme, value, meaning));
            }
        }
        if (scheme.length() > 16 || value.length() > 16) {
            throw new IllegalArgumentException(
                    "a code '%s' of scheme '%s': at most 16 characters each"
                            .formatted(value, scheme));
        }
    }
}
