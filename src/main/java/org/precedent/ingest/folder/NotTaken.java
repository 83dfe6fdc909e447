package org.precedent.ingest.folder;

import java.nio.file.Path;
import java.util.Locale;

/**
 * A file or folder that is not taken from a dataset, and why.
 *
 * @param path as reached from where the dataset is read
 * @param reason in a word
 * @param message what is wrong and what to do about it, for people; without the path
 */
public record NotTaken(Path path, Reason reason, String message) {

    /** The reasons that show before a file is opened, stable across releases. */
    public enum Reason {
        /** A file of a type that is not read. */
        OTHER_TYPE,
        /** A folder where files were expected. */
        FOLDER,
        /** Neither file nor folder: a pipe, a socket, a device. */
        NOT_A_FILE,
        /** A link that leads nowhere, or to itself. */
        BROKEN_LINK,
        /** Another name of a file that is taken. */
        SAME_FILE,
        /** A name that cannot be read as UTF-8. */
        NAME_ENCODING,
        /** Two files that pair with the same name; neither is taken. */
        DUPLICATE_ID,
        /** An image that no mask belongs to. */
        NO_MASK,
        /** A mask that no image belongs to. */
        NO_IMAGE,
        /** An image whose name tells no patient. */
        NO_PATIENT,
        /** A folder of masks whose name cannot be a label. */
        LABEL_NAME,
        /** A mask beside the folders of labels, in none of them. */
        NO_LABEL,
        /** A folder that cannot be listed. */
        UNREADABLE_FOLDER;

        /** The name as reports write it, e.g. {@code other-type}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
