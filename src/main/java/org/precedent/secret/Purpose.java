package org.precedent.secret;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a key is for. Each has a key of its own, so that hashes of two purposes tell nothing. */
public enum Purpose {
    /** By which indexes know that two images show one patient. */
    PATIENTS(null),
    /** From which the ids of images are made. */
    IMAGES(null),
    /** By which the patients of DICOM files become pseudonyms. */
    PSEUDONYMS("pseudonym.key"),
    /** By which it is known what was erased. */
    ERASURES("erasure.secret");

    private final @Nullable String ownFile;

    Purpose(@Nullable String ownFile) {
        this.ownFile = ownFile;
    }

    /** As the database, messages and settings write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The file that holds the key of this purpose alone, as data directories had it before there
     * was one secret; null where there never was one. Where it is there, it is the key.
     */
    @Nullable String ownFile() {
        return ownFile;
    }

    /** The key that a file of its own holds. */
    byte[] parse(byte[] content) {
        return this == PSEUDONYMS
                ? content
                : HexFormat.of().parseHex(new String(content, StandardCharsets.US_ASCII).trim());
    }
}
