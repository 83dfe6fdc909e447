package org.precedent.curation;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One line of a list.
 *
 * @param image the name of the image for its own site, else its id; null where an entry is about no
 *     single image
 * @param label null where an entry is about the whole image
 * @param score what the list is sorted by, the largest first
 * @param reason why, for people
 * @param other the other image of a pair; null where there is none
 * @param imageId null where the image is not in the catalogue
 * @param annotationId null where an entry is about the whole image
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ListEntry(
        @Nullable String image,
        @Nullable String label,
        double score,
        String reason,
        @Nullable String other,
        @Nullable UUID imageId,
        @Nullable Long annotationId,
        @Nullable UUID otherId) {

    /** An entry about something that is not in the catalogue. */
    static ListEntry ofQuery(
            @Nullable String image, @Nullable String label, double score, String reason) {
        return new ListEntry(image, label, score, reason, null, null, null, null);
    }
}
