package org.precedent.catalog;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A stored image of the same task that holds the pixels of an example, but is said to be of another
 * patient or site.
 *
 * @param imageId the stored image
 * @param inPool whether it is in the pool that the example was sent to, so that the example would
 *     be the same support twice
 * @param name the file that it came from; null where it is of another site, whose names stay there
 * @param patient its pseudonym; null likewise
 */
public record SamePixels(
        UUID imageId, boolean inPool, @Nullable String name, @Nullable String patient) {

    /** What becomes of an example whose pixels its pool holds as of another patient or site. */
    public enum Policy {
        /** It is refused, and the image that it equals is named. */
        REFUSE,
        /**
         * It is taken, and the image that it equals is named. A query still uses one of the two.
         */
        ALLOW
    }

    /** Which image that is, for people. */
    String words() {
        return patient == null
                ? "image " + imageId + " of another site"
                : "image %s (%s), of patient \"%s\" of the same site"
                        .formatted(imageId, name, patient);
    }
}
