package org.precedent.imaging.format.dicom;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;

/**
 * What of a DICOM header may be kept beside pixels: a list of what is kept, never of what is
 * removed. Identifiers come out as keyed hashes, which nobody without the site's key can reverse or
 * compare; texts only where they are from a closed list.
 *
 * @param fields by their names in DICOM, in a fixed order
 */
public record KeptHeader(Map<String, String> fields) {
    private static final List<Tag> NUMBERS =
            List.of(
                    Tag.ROWS,
                    Tag.COLUMNS,
                    Tag.SAMPLES_PER_PIXEL,
                    Tag.BITS_ALLOCATED,
                    Tag.BITS_STORED,
                    Tag.HIGH_BIT,
                    Tag.PIXEL_REPRESENTATION);

    private static final List<Tag> DECIMALS =
            List.of(
                    Tag.RESCALE_SLOPE,
                    Tag.RESCALE_INTERCEPT,
                    Tag.WINDOW_CENTER,
                    Tag.WINDOW_WIDTH,
                    Tag.PIXEL_SPACING,
                    Tag.IMAGER_PIXEL_SPACING,
                    Tag.SPACING_BETWEEN_SLICES,
                    Tag.IMAGE_ORIENTATION,
                    Tag.IMAGE_POSITION);

    private static final Set<String> MODALITIES =
            Set.of(
                    "CR", "CT", "DX", "ES", "GM", "IO", "IVOCT", "MG", "MR", "NM", "OCT", "OP",
                    "OT", "PT", "PX", "RF", "RTDOSE", "RTIMAGE", "SC", "SEG", "SM", "US", "XA",
                    "XC");

    private static final Set<String> BODY_PARTS =
            Set.of(
                    "ABDOMEN",
                    "ABDOMENPELVIS",
                    "ANKLE",
                    "AORTA",
                    "ARM",
                    "BLADDER",
                    "BRAIN",
                    "BREAST",
                    "CHEST",
                    "CHESTABDOMEN",
                    "COLON",
                    "CSPINE",
                    "ELBOW",
                    "EYE",
                    "FINGER",
                    "FOOT",
                    "HAND",
                    "HEAD",
                    "HEADNECK",
                    "HEART",
                    "HIP",
                    "JAW",
                    "KIDNEY",
                    "KNEE",
                    "LEG",
                    "LIVER",
                    "LSPINE",
                    "NECK",
                    "PANCREAS",
                    "PELVIS",
                    "PROSTATE",
                    "SHOULDER",
                    "SKULL",
                    "SPINE",
                    "SPLEEN",
                    "STOMACH",
                    "THYROID",
                    "TSPINE",
                    "UTERUS",
                    "WHOLEBODY",
                    "WRIST");

    private static final Set<String> LATERALITIES = Set.of("L", "R", "U", "B");

    /** Modalities whose pictures often carry names burnt into the pixels. */
    private static final Set<String> DOUBTFUL = Set.of("US", "SC", "XC", "OT", "ES");

    private static final int HASH_BYTES = 16;

    public KeptHeader {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * What is kept of a file.
     *
     * @param siteKey secret of the site, at least 16 bytes
     */
    public static KeptHeader of(DicomFile file, byte[] siteKey) {
        DataSet set = file.set();
        Map<String, String> fields = new LinkedHashMap<>();
        keep(fields, Tag.MODALITY, set.code(Tag.MODALITY), MODALITIES);
        uid(fields, Tag.SOP_CLASS_UID, file.sopClass());
        fields.put(Tag.TRANSFER_SYNTAX_UID.title(), file.transferSyntax());
        fields.put(Tag.PHOTOMETRIC_INTERPRETATION.title(), file.pixels().photometric());
        for (Tag tag : NUMBERS) {
            set.optional(tag)
                    .ifPresent(number -> fields.put(tag.title(), Integer.toString(number)));
        }
        fields.put(Tag.NUMBER_OF_FRAMES.title(), Integer.toString(file.pixels().frames()));
        for (Tag tag : DECIMALS) {
            double[] numbers = set.decimals(tag);
            if (numbers != null) {
                fields.put(tag.title(), String.join("\\", words(numbers)));
            }
        }
        keep(fields, Tag.BODY_PART_EXAMINED, set.code(Tag.BODY_PART_EXAMINED), BODY_PARTS);
        keep(fields, Tag.LATERALITY, set.code(Tag.LATERALITY), LATERALITIES);
        keep(fields, Tag.IMAGE_LATERALITY, set.code(Tag.IMAGE_LATERALITY), LATERALITIES);
        keep(
                fields,
                Tag.LOSSY_IMAGE_COMPRESSION,
                set.code(Tag.LOSSY_IMAGE_COMPRESSION),
                Set.of("00", "01"));
        String place = set.text(Tag.FRAME_OF_REFERENCE_UID);
        if (!place.isEmpty()) {
            fields.put(Tag.FRAME_OF_REFERENCE_UID.title(), hash(siteKey, place));
        }
        return new KeptHeader(fields);
    }

    private static String[] words(double[] numbers) {
        String[] words = new String[numbers.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = Double.toString(numbers[i]);
        }
        return words;
    }

    private static void keep(Map<String, String> fields, Tag tag, String value, Set<String> known) {
        if (known.contains(value)) {
            fields.put(tag.title(), value);
        }
    }

    /** A class of objects is public; what has a class's place but is no UID of DICOM is dropped. */
    private static void uid(Map<String, String> fields, Tag tag, String value) {
        if (value.matches("1\\.2\\.840\\.10008\\.[0-9.]{1,50}")) {
            fields.put(tag.title(), value);
        }
    }

    /**
     * The pseudonym of a file's patient at a site: the same for all files of the patient.
     *
     * @return empty where the file names no patient
     */
    public static Optional<String> pseudonym(DicomFile file, byte[] siteKey) {
        String id = file.patientId();
        return id.isEmpty()
                ? Optional.empty()
                : Optional.of(hash(siteKey, file.set().text(Tag.ISSUER_OF_PATIENT_ID) + "\0" + id));
    }

    /** By what a series is known at a site, whose UID is not to be written anywhere. */
    public static String seriesName(byte[] siteKey, String seriesUid) {
        return hash(siteKey, "series\0" + seriesUid);
    }

    /**
     * Refuses a file whose pixels may show a name, unless somebody vouches for them.
     *
     * @throws ImagingException when the header says so, or is silent where names are common
     */
    public static void checkPixels(DicomFile file) {
        DataSet set = file.set();
        String burnt = set.code(Tag.BURNED_IN_ANNOTATION);
        boolean screen =
                set.texts(Tag.IMAGE_TYPE).stream()
                        .anyMatch(word -> word.toUpperCase(Locale.ROOT).contains("SCREEN SAVE"));
        boolean doubtful = screen || DOUBTFUL.contains(file.modality());
        if (burnt.equals("YES") || (!burnt.equals("NO") && doubtful)) {
            throw file.reading()
                    .refuse(
                            Code.UNSUPPORTED_CONTENT,
                            burnt.equals("YES")
                                    ? "has annotations burnt into its pixels"
                                    : "does not say whether annotations are burnt into its pixels,"
                                            + " as they often are in "
                                            + file.modality()
                                            + (screen ? " screen copies" : ""),
                            Tag.BURNED_IN_ANNOTATION.toString(),
                            burnt.isEmpty() ? "none" : burnt,
                            "NO, or the assertion that its pixels are clean (burnt-in allowed)");
        }
    }

    private static String hash(byte[] key, String text) {
        if (key.length < HASH_BYTES) {
            throw new IllegalArgumentException("a site key of " + key.length + " bytes");
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            byte[] hash = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
            // As a UID of its own: 2.25 and a number of 128 bits.
            return "2.25." + new BigInteger(1, Arrays.copyOf(hash, HASH_BYTES));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(e); // every Java runtime has it
        }
    }
}
